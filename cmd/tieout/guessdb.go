package main

import (
	"bytes"
	"context"
	stdsql "database/sql"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"tieout/cmd/internal/files"
	"tieout/sources/generic"
)

// isDatabase reports a SQLite file, or a dump of one.
func isDatabase(in files.Input) bool {
	f, err := in.Open()
	if err != nil {
		return false
	}
	defer f.Close()
	start := make([]byte, 4096)
	n, _ := io.ReadFull(f, start)
	start = start[:n]
	return bytes.HasPrefix(start, []byte("SQLite format 3\x00")) ||
		strings.HasSuffix(in.Path, ".sql") && bytes.Contains(bytes.ToUpper(start), []byte("CREATE TABLE"))
}

// guessDatabase looks for the table that holds orders, by the names of its columns.
func guessDatabase(ctx context.Context, in files.Input) guess {
	g := guess{what: "a database of SQLite"}
	fail := func(err error) guess {
		g.why = err.Error()
		return g
	}
	path, err := filepath.Abs(in.Path)
	if err != nil {
		return fail(err)
	}
	db, err := openSQLite(path)
	if err != nil {
		return fail(err)
	}
	defer db.Close()
	tables, err := tablesOf(ctx, db)
	if err != nil {
		return fail(err)
	}
	table, mapping := bookTable(tables)
	if table == "" {
		return fail(errNoTable)
	}
	g.sure, g.why = perhaps, fmt.Sprintf("its table %s has the columns of an order book: %s", table, strings.Join(slices.Sorted(maps.Keys(mapping)), ", "))
	for _, name := range tables[table] {
		if !slices.Contains(slices.Collect(maps.Values(mapping)), name) {
			g.notes = append(g.notes, "not used: "+name)
		}
	}
	g.draft = draft{section: "orders", name: "shop", provider: "generic", book: "merchant", dsn: "sqlite://" + in.Path, query: queryOf(table, mapping)}
	return g
}

// tablesOf lists the tables and views of a database with their columns.
func tablesOf(ctx context.Context, db *stdsql.DB) (map[string][]string, error) {
	rows, err := db.QueryContext(ctx, "SELECT t.name, c.name FROM sqlite_master AS t, pragma_table_info(t.name) AS c WHERE t.type IN ('table', 'view') ORDER BY t.name, c.cid")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	tables := map[string][]string{}
	for rows.Next() {
		var table, column string
		if err := rows.Scan(&table, &column); err != nil {
			return nil, err
		}
		tables[table] = append(tables[table], column)
	}
	return tables, rows.Err()
}

// bookTable is the table that says most of orders, "" without one.
func bookTable(tables map[string][]string) (table string, mapping map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(tables)) {
		if confidence, m, _ := generic.Recognise(tables[name]); confidence != generic.None && len(m) > len(mapping) {
			table, mapping = name, m
		}
	}
	return table, mapping
}

// queryOf asks a table for the columns of a book. The window goes by the time of
// creation, where there is one.
func queryOf(table string, mapping map[string]string) string {
	name := func(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
	var columns []string
	for _, c := range generic.Columns {
		if header, ok := mapping[c.Name]; ok {
			columns = append(columns, name(header)+" as "+c.Name)
		}
	}
	query := "select " + strings.Join(columns, ",\n       ") + "\nfrom " + name(table) + "\n"
	if created, ok := mapping["created_at"]; ok {
		query += "where " + name(created) + " >= :from and " + name(created) + " < :to\n"
	}
	return query
}
