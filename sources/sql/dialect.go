package sql

import (
	"context"
	stdsql "database/sql"
	"fmt"
	"strings"
	"time"
)

// Dialect is the kind of a database.
type Dialect string

// The databases that are known.
const (
	Postgres Dialect = "postgres"
	MySQL    Dialect = "mysql" // and MariaDB
	SQLite   Dialect = "sqlite"
)

// numbered reports whether parameters are written $1 and $2; elsewhere each is a
// question mark.
func (d Dialect) numbered() bool { return d == Postgres }

// prepare readies a connection before its transaction. Times with a zone are shown
// in UTC, and the server itself gives up on a query that takes too long: one that
// nobody waits for any more should not go on.
func (d Dialect) prepare(ctx context.Context, conn *stdsql.Conn, timeout time.Duration) error {
	if d != MySQL {
		return nil
	}
	settings := []string{"SET SESSION time_zone = '+00:00'", "SET SESSION TRANSACTION READ ONLY"}
	if timeout > 0 {
		var version string
		if err := conn.QueryRowContext(ctx, "SELECT VERSION()").Scan(&version); err != nil {
			return err
		}
		limit := fmt.Sprintf("SET SESSION max_execution_time = %d", timeout.Milliseconds())
		if strings.Contains(version, "MariaDB") {
			limit = fmt.Sprintf("SET SESSION max_statement_time = %.3f", timeout.Seconds())
		}
		settings = append(settings, limit)
	}
	return execute(ctx, conn.ExecContext, settings...)
}

// begun readies a transaction that has just begun.
func (d Dialect) begun(ctx context.Context, tx *stdsql.Tx, timeout time.Duration) error {
	if d != Postgres {
		return nil
	}
	settings := []string{"SET LOCAL TimeZone = 'UTC'"}
	if timeout > 0 {
		settings = append(settings, fmt.Sprintf("SET LOCAL statement_timeout = %d", timeout.Milliseconds()))
	}
	return execute(ctx, tx.ExecContext, settings...)
}

func execute(ctx context.Context, exec func(context.Context, string, ...any) (stdsql.Result, error), statements ...string) error {
	for _, s := range statements {
		if _, err := exec(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// readOnly asks a session in its last column whether its database will refuse to
// write. What the variable is called depends on the version of MySQL.
func (d Dialect) readOnly() string {
	switch d {
	case Postgres:
		return "SHOW transaction_read_only"
	case MySQL:
		return "SHOW SESSION VARIABLES WHERE Variable_name IN ('tx_read_only', 'transaction_read_only')"
	}
	return "PRAGMA query_only"
}

// server asks which program answers.
func (d Dialect) server() string {
	switch d {
	case Postgres:
		return "SELECT 'PostgreSQL ' || current_setting('server_version')"
	case MySQL:
		return "SELECT CONCAT(IF(VERSION() LIKE '%MariaDB%', '', 'MySQL '), VERSION())"
	}
	return "SELECT 'SQLite ' || sqlite_version()"
}

// none is the query that answers with the columns of another and no row. The line end
// keeps a comment at its end from swallowing what follows.
func none(query string) string { return "SELECT * FROM (" + query + "\n) AS book LIMIT 0" }

// plain asks SQLite to show the columns at those places as text. Its driver makes a
// time of a text in a column that is declared as one, and then nobody can tell any
// more whether the text had a zone.
func plain(query string, header []string, dated []int) string {
	names, shown := make([]string, len(header)), make([]string, len(header))
	for i := range header {
		names[i] = fmt.Sprintf("c%d", i)
		shown[i] = names[i]
	}
	for _, i := range dated {
		shown[i] = "CAST(" + names[i] + " AS TEXT)"
	}
	return "WITH book(" + strings.Join(names, ", ") + ") AS (" + query + "\n) SELECT " + strings.Join(shown, ", ") + " FROM book"
}

// tookTooLong reports the words with which servers end a query after its time; each
// driver has error types of its own, and none is known here.
func tookTooLong(err error) bool {
	for _, said := range []string{"statement timeout", "max_statement_time exceeded", "maximum statement execution time exceeded"} {
		if strings.Contains(err.Error(), said) {
			return true
		}
	}
	return false
}
