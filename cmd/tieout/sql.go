package main

import (
	"context"
	stdsql "database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"tieout/cmd/internal/config"
	"tieout/sources"
	"tieout/sources/sql"
)

// sqlOptions are those of a source that reads a database.
func sqlOptions(s config.Source, o sources.FileOptions) sql.Options {
	return sql.Options{FileOptions: o, Statement: s.SQL.Statement, Timeout: s.SQL.Timeout,
		Open: func() (*stdsql.DB, error) { return openDatabase(s.SQL.Dialect, s.SQL.DSN.Reveal()) }}
}

// connectTimeout is how long a server may take to answer the telephone.
const connectTimeout = 10 * time.Second

func openDatabase(d sql.Dialect, dsn string) (*stdsql.DB, error) {
	switch d {
	case sql.Postgres:
		return openPostgres(dsn)
	case sql.MySQL:
		return openMySQL(dsn)
	}
	return openSQLite(strings.TrimPrefix(dsn, "sqlite://"))
}

func openPostgres(dsn string) (*stdsql.DB, error) {
	conf, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, err // pgx leaves the password out
	}
	if conf.ConnectTimeout == 0 {
		conf.ConnectTimeout = connectTimeout
	}
	return stdlib.OpenDB(*conf), nil
}

// openMySQL reads mysql://user:password@host:3306/database, with ?tls=true (or
// skip-verify, preferred) and ?socket=/path in place of a host.
func openMySQL(dsn string) (*stdsql.DB, error) {
	u, err := url.Parse(dsn)
	if err != nil {
		return nil, errors.New("its URL cannot be read")
	}
	conf := mysql.NewConfig()
	conf.User, conf.DBName = u.User.Username(), strings.TrimPrefix(u.Path, "/")
	conf.Passwd, _ = u.User.Password()
	conf.Net, conf.Addr = "tcp", u.Host
	conf.Timeout, conf.Collation = connectTimeout, "utf8mb4_general_ci"
	conf.Logger = silent{}
	for key, values := range u.Query() {
		switch key {
		case "tls":
			conf.TLSConfig = values[0]
		case "socket":
			conf.Net, conf.Addr = "unix", values[0]
		default:
			return nil, fmt.Errorf("its URL has the parameter %q; tls and socket are known", key)
		}
	}
	connector, err := mysql.NewConnector(conf)
	if err != nil {
		return nil, err
	}
	return stdsql.OpenDB(connector), nil
}

// silent takes what the driver would write on stderr; its errors say the same.
type silent struct{}

func (silent) Print(...any) {}

// openSQLite opens a database file for reading alone, or the text of a dump (.sql),
// which is carried out in memory.
func openSQLite(path string) (*stdsql.DB, error) {
	script, dump := []byte(nil), strings.HasSuffix(path, ".sql")
	name := url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: "mode=ro&_pragma=busy_timeout(10000)&_pragma=query_only(1)"}
	switch info, err := os.Stat(path); {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", filepath.Base(path), pathless(err))
	case info.IsDir():
		return nil, fmt.Errorf("%s is a directory", filepath.Base(path))
	}
	if dump {
		var err error
		if script, err = os.ReadFile(path); err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.Base(path), pathless(err))
		}
		name = url.URL{Scheme: "file", Opaque: ":memory:"}
	}
	db, err := stdsql.Open("sqlite", name.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	if dump {
		if err := carryOut(db, string(script)); err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", filepath.Base(path), err), db.Close())
		}
	}
	return db, nil
}

// carryOut fills a database in memory from a dump, and closes it to writing. A script
// that attaches a file, which is also how a database is copied into one, fails.
func carryOut(db *stdsql.DB, script string) error {
	ctx := context.Background()
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := sqlite.Limit(conn, sqlite3.SQLITE_LIMIT_ATTACHED, 0); err != nil {
		return err
	}
	if _, err := conn.ExecContext(ctx, script); err != nil {
		return err
	}
	_, err = conn.ExecContext(ctx, "PRAGMA query_only = 1")
	return err
}

// pathless is an error without the path, which says where the run took place.
func pathless(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}
