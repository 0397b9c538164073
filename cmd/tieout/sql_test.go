package main

import (
	"context"
	stdsql "database/sql"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tieout/cmd/internal/config"
	"tieout/cmd/internal/store/storetest"
	"tieout/reconcile"
	"tieout/sources"
	"tieout/sources/generic"
	"tieout/sources/sourcetest"
	"tieout/sources/sql"
)

// database is a real one of each dialect: how it is reached, and how tables are made
// in it.
type database struct {
	dialect sql.Dialect
	dsn     string
	exec    func(query string)
}

func postgres(t testing.TB) database {
	server := storetest.Start(t)
	return database{sql.Postgres, server.Database("shop"), func(q string) { server.Exec("shop", q) }}
}

func mariaDB(t testing.TB) database {
	server := storetest.StartMariaDB(t)
	server.Exec("CREATE DATABASE shop CHARACTER SET utf8mb4; CREATE USER reader IDENTIFIED BY 'p@ss/word'; GRANT ALL ON shop.* TO reader")
	dsn := url.URL{Scheme: "mysql", User: url.UserPassword("reader", "p@ss/word"), Path: "/shop", RawQuery: "socket=" + url.QueryEscape(server.Socket())}
	return database{sql.MySQL, dsn.String(), func(q string) { server.Exec("USE shop; " + q) }}
}

func sqliteFile(t testing.TB) database {
	path := filepath.Join(t.TempDir(), "shop.db")
	db, err := stdsql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return database{sql.SQLite, "sqlite://" + path, func(q string) {
		if _, err := db.ExecContext(context.Background(), q); err != nil {
			t.Fatalf("%s: %v", q, err)
		}
	}}
}

// book reads a query as a run does, over the four days before 18 March 2026.
func (d database) book(t testing.TB, query string, change ...func(*sql.Options)) (*sourcetest.Recorder, error) {
	t.Helper()
	statement, err := sql.Parse(d.dialect, query)
	if err != nil {
		t.Fatal(err)
	}
	profile, err := config.Profile("generic", generic.ProfileYAML)
	if err != nil {
		t.Fatal(err)
	}
	o := sql.Options{FileOptions: sources.FileOptions{Name: "shop", Profile: profile, Book: reconcile.BookMerchant}, Statement: statement,
		Open: func() (*stdsql.DB, error) { return openDatabase(d.dialect, d.dsn) }, Timeout: time.Minute}
	for _, f := range change {
		f(&o)
	}
	var rec sourcetest.Recorder
	reach := reconcile.Interval{From: ofMarch(14), To: ofMarch(18)}
	orders := generic.Orders
	if o.Book == reconcile.BookProvider {
		orders = generic.Refunds
	}
	err = sql.Orders(o, orders).Read(t.Context(), sources.Query{Window: reach, Reach: reach}, &rec)
	return &rec, err
}

func ofMarch(day int) reconcile.Instant {
	return reconcile.InstantOf(time.Date(2026, 3, day, 0, 0, 0, 0, time.UTC))
}

// types are the columns of a shop in each dialect, and a row in them: 1234.500000 due,
// created on 16 March at 08:00 UTC (which Berlin's clocks show as 9), paid by a known
// transaction.
var types = map[sql.Dialect]struct{ table, row string }{
	sql.Postgres: {
		`CREATE TABLE orders (no text, n bigint, ok boolean, due numeric(78,18), paid double precision, zoned timestamptz, clock timestamp, hash bytea, raw bytea,
			doc jsonb, list text[], void text, never timestamptz)`,
		`INSERT INTO orders VALUES ('S-1', 9007199254740993, true, 123456789012345678901234567890.000000000000000001, 1.5, '2026-03-16 09:00:00.25+01', '2026-03-16 09:00:00',
			decode(repeat('ab', 32), 'hex'), decode('abcd', 'hex'), '{"a":1}', '{a,b}', NULL, 'infinity')`,
	},
	sql.MySQL: {
		`CREATE TABLE orders (no varchar(20), n bigint unsigned, ok boolean, due decimal(65,18), paid double, zoned timestamp(2) NULL, clock datetime, hash binary(32), raw varbinary(8),
			doc json, list bit(4), void text, never datetime)`,
		`SET time_zone = '+01:00'; SET sql_mode = ''; INSERT INTO orders VALUES ('S-1', 9007199254740993, true, 123456789012345678901234567890.000000000000000001, 1.5, '2026-03-16 09:00:00.25',
			'2026-03-16 09:00:00', unhex(repeat('ab', 32)), unhex('abcd'), '{"a":1}', b'101', NULL, '0000-00-00 00:00:00')`,
	},
	sql.SQLite: {
		`CREATE TABLE orders (no text, n integer, ok boolean, due text, paid decimal(10,2), zoned datetime, clock datetime, hash blob, raw blob, doc text, list text, void, never datetime)`,
		`INSERT INTO orders VALUES ('S-1', 9007199254740993, 1, '123456789012345678901234567890.000000000000000001', 1.5, '2026-03-16T09:00:00.25+01:00', '2026-03-16 09:00:00',
			x'` + strings.Repeat("ab", 32) + `', x'abcd', '{"a":1}', 'a', NULL, NULL)`,
	},
}

// TestSQL tries each dialect on a real database.
func TestSQL(t *testing.T) {
	for name, open := range map[string]func(testing.TB) database{"postgres": postgres, "mariadb": mariaDB, "sqlite": sqliteFile} {
		t.Run(name, func(t *testing.T) {
			d := open(t)
			d.exec(types[d.dialect].table)
			d.exec(types[d.dialect].row)
			d.exec("CREATE TABLE sales (no varchar(20), zoned " + map[sql.Dialect]string{sql.Postgres: "timestamptz", sql.MySQL: "timestamp NULL", sql.SQLite: "text"}[d.dialect] +
				", clock " + map[sql.Dialect]string{sql.Postgres: "timestamp", sql.MySQL: "datetime", sql.SQLite: "datetime"}[d.dialect] + ", seconds bigint, millis bigint, iso varchar(40))")
			t.Run("exact values", d.exactValues)
			t.Run("odd values", d.oddValues)
			t.Run("refunds", d.refunds)
			t.Run("window", d.window)
			t.Run("no rows", d.noRows)
			t.Run("broken off", d.brokenOff)
			t.Run("too long", d.tooLong)
			t.Run("writes nothing", d.writesNothing)
			t.Run("columns alone", d.columnsAlone)
		})
	}
}

// exactValues: what each database calls a number, a time and a hash comes out as it is.
func (d database) exactValues(t *testing.T) {
	rec, err := d.book(t, "SELECT no AS order_no, 'paid' AS status, n AS order_id, due AS amount_due, zoned AS created_at, clock AS paid_at, hash AS txid, void AS expires_at, ok FROM orders", inBerlin(t))
	if err != nil || len(rec.Orders) != 1 || len(rec.Rejects) > 0 {
		t.Fatalf("%+v %v", rec, err)
	}
	o := rec.Orders[0]
	if o.OrderNo != "S-1" || o.OrderID != "9007199254740993" || o.Due.String() != "123456789012345678901234567890.000000000000000001" {
		t.Errorf("order %s %s, due %s", o.OrderNo, o.OrderID, o.Due)
	}
	eight := ofMarch(16) + 8*reconcile.Hour
	if o.Created != eight+reconcile.Second/4 || o.PaidAt != eight || o.Expires.Known() {
		t.Errorf("created %s, paid %s, expires %s", o.Created, o.PaidAt, o.Expires)
	}
	if diff := cmp.Diff([]string{"0x" + strings.Repeat("ab", 32)}, o.TXIDs); diff != "" {
		t.Error(diff)
	}
	if notes := strings.Join(rec.Notes, "\n"); !strings.Contains(notes, "query: columns that are not used: ok") || !strings.Contains(notes, "reads the whole book") {
		t.Errorf("notes: %q", rec.Notes)
	}
	if len(rec.Covers) != 1 || rec.Covers[0].Span != (reconcile.Interval{From: ofMarch(14), To: ofMarch(18)}) || len(rec.Gaps) > 0 {
		t.Errorf("covers %v, gaps %v", rec.Covers, rec.Gaps)
	}
}

func inBerlin(t *testing.T) func(*sql.Options) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return func(o *sql.Options) { o.Zone = berlin }
}

// oddValues: what cannot be exact is refused, and a value that nobody can read rejects
// its row, which keeps its order number.
func (d database) oddValues(t *testing.T) {
	all := sql.Dialect("")
	for _, c := range []struct {
		dialect    sql.Dialect
		value, as  string
		refused    string // the whole source
		reject     string // the row
		understood bool
	}{
		{dialect: all, value: "paid", as: "amount_paid", refused: `column "amount_paid": it is floating point`},
		{dialect: all, value: "paid", as: "weight", understood: true},
		{dialect: all, value: "raw", as: "order_id", reject: "2 bytes"},
		{dialect: all, value: "clock", as: "created_at", reject: "declare timezone:"},
		{dialect: all, value: "no", as: "amount_due", reject: "is not an amount"},
		{dialect: sql.Postgres, value: "doc", as: "order_id", refused: "JSON value"},
		{dialect: sql.Postgres, value: "list", as: "txid", refused: "it is an array"},
		{dialect: sql.Postgres, value: "5::money", as: "amount_due", refused: "type money"},
		{dialect: sql.Postgres, value: "B'101'", as: "order_id", refused: "type bit"},
		{dialect: sql.Postgres, value: "never", as: "expires_at", reject: `"infinity`},
		{dialect: sql.Postgres, value: "'NaN'::numeric", as: "amount_due", reject: "is not an amount"},
		{dialect: sql.Postgres, value: "ok", as: "resends", reject: "true"},
		{dialect: sql.MySQL, value: "list", as: "order_id", refused: "type bit"},
		{dialect: sql.MySQL, value: "never", as: "expires_at", understood: true}, // 0000-00-00: there is none
		{dialect: sql.MySQL, value: "cast('2026-00-10' as datetime)", as: "paid_at", reject: "no such day"},
		{dialect: sql.SQLite, value: "cast(x'ff41' as text)", as: "order_id", reject: "not valid UTF-8"},
		{dialect: sql.SQLite, value: "'1e3'", as: "amount_due", reject: "scientific"},
		{dialect: sql.SQLite, value: "x'533130'", as: "order_id", reject: "3 bytes"},
	} {
		if c.dialect != all && c.dialect != d.dialect {
			continue
		}
		rec, err := d.book(t, fmt.Sprintf("SELECT no AS order_no, 'paid' AS status, %s AS %s FROM orders", c.value, c.as))
		switch {
		case c.refused != "":
			if err == nil || !strings.Contains(err.Error(), c.refused) || len(rec.Covers) > 0 {
				t.Errorf("%s: %v, covers %v", c.value, err, rec.Covers)
			}
		case c.reject != "":
			if err != nil || len(rec.Rejects) != 1 || !strings.Contains(rec.Rejects[0].Reason+rec.Rejects[0].Value, c.reject) || rec.Rejects[0].OrderNo != "S-1" || rec.Rejects[0].At.Line != 1 {
				t.Errorf("%s: %+v %v", c.value, rec.Rejects, err)
			}
		case err != nil || len(rec.Orders) != 1:
			t.Errorf("%s: %+v %v", c.value, rec.Rejects, err)
		}
	}
}

// window: however a shop keeps its times, the query finds every order of the window
// and leaves out those of other weeks.
func (d database) window(t *testing.T) {
	want := map[string]bool{}
	insert := func(at reconcile.Instant, no string) {
		clock := at + reconcile.Hour // in Berlin
		zoned := at.Time().Format("2006-01-02 15:04:05+00:00")
		if d.dialect == sql.MySQL {
			zoned = at.Time().Format(time.DateTime)
		}
		d.exec(fmt.Sprintf("INSERT INTO sales VALUES ('%s', '%s', '%s', %d, %d, '%s')", no, zoned, clock.Time().Format(time.DateTime), at/reconcile.Second, at/reconcile.Second*1000, at.Time().Format(time.RFC3339)))
	}
	if d.dialect == sql.MySQL {
		d.exec("SET GLOBAL time_zone = '+00:00'") // of those who insert here
	}
	for at := ofMarch(14); at < ofMarch(18); at += 7*reconcile.Hour + 59*reconcile.Minute {
		no := fmt.Sprintf("S-%02d", len(want))
		want[no] = true
		insert(at, no)
	}
	insert(ofMarch(18)-reconcile.Second, "S-last")
	want["S-last"] = true
	insert(ofMarch(12)-reconcile.Hour, "S-before")
	insert(ofMarch(20), "S-after")
	for _, c := range []struct{ column, from, to string }{
		{"zoned", ":from", ":to"}, {"clock", ":from", ":to"}, {"zoned", "$1", "$2"}, {"clock", "?", "?"},
		{"seconds", ":from_unix", ":to_unix"}, {"millis", ":from_ms", ":to_ms"}, {"iso", ":from", ":to"},
	} {
		if d.dialect == sql.Postgres && (c.from == "?" || c.column == "iso") {
			continue // an operator there; and texts are not compared with times
		}
		rec, err := d.book(t, fmt.Sprintf("SELECT no AS order_no, 'paid' AS status, %[1]s AS created_at FROM sales WHERE %[1]s >= %[2]s AND %[1]s < %[3]s ORDER BY no", c.column, c.from, c.to), inBerlin(t))
		got := map[string]bool{}
		for _, o := range rec.Orders {
			got[o.OrderNo] = true
		}
		if diff := cmp.Diff(want, got); diff != "" || err != nil || len(rec.Rejects) > 0 {
			t.Errorf("%s from %s to %s: %v %v %s", c.column, c.from, c.to, err, rec.Rejects, diff)
		}
	}
}

// noRows: a comparison that fits no row is not a day without orders.
func (d database) noRows(t *testing.T) {
	none := "SELECT no AS order_no, 'paid' AS status FROM sales WHERE seconds >= :from_ms AND seconds < :to_ms"
	rec, err := d.book(t, none)
	if err != nil || len(rec.Covers) > 0 || len(rec.Gaps) != 1 || !strings.Contains(rec.Gaps[0].Reason, ":from_unix") {
		t.Errorf("covers %v, gaps %v, %v", rec.Covers, rec.Gaps, err)
	}
	rec, err = d.book(t, none, func(o *sql.Options) { o.Covers = []reconcile.Interval{{From: ofMarch(15), To: ofMarch(16)}} })
	if err != nil || len(rec.Covers) != 1 || len(rec.Gaps) > 0 {
		t.Errorf("declared: covers %v, gaps %v, %v", rec.Covers, rec.Gaps, err)
	}
	if _, err := d.book(t, "SELECT no AS order_no FROM sales WHERE 1 = 0"); err == nil || !strings.Contains(err.Error(), `column "status": required`) {
		t.Errorf("the contract holds without rows too: %v", err)
	}
	if _, err := d.book(t, "SELECT no AS order_no, no AS order_no, 'paid' AS status FROM sales"); err == nil || !strings.Contains(err.Error(), "twice") {
		t.Errorf("a column that is there twice: %v", err)
	}
}

// rowsUpTo is a query over the numbers from 1 on.
func (d database) rowsUpTo(n int, value string) string {
	if d.dialect == sql.MySQL {
		return fmt.Sprintf("SELECT n AS order_no, 'paid' AS status, %s AS order_id FROM (SELECT seq AS n FROM seq_1_to_%d) AS numbers", value, n)
	}
	return fmt.Sprintf("WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < %d) SELECT n AS order_no, 'paid' AS status, %s AS order_id FROM numbers", n, value)
}

// brokenOff: an answer that ends in an error after thousands of rows is no short book.
func (d database) brokenOff(t *testing.T) {
	value := map[sql.Dialect]string{
		sql.Postgres: "1 / (9000 - n)",
		sql.MySQL:    "(SELECT n UNION SELECT CASE WHEN n = 9000 THEN 0 ELSE n END)",
		sql.SQLite:   "abs(CASE WHEN n = 9000 THEN -9223372036854775807 - 1 ELSE n END)",
	}[d.dialect]
	rec, err := d.book(t, d.rowsUpTo(10000, value))
	if err == nil || len(rec.Covers) > 0 || len(rec.Proofs) > 0 {
		t.Errorf("%v, covers %v", err, rec.Covers)
	}
	if d.dialect != sql.MySQL && len(rec.Orders) < 8000 {
		t.Errorf("%d rows were read before: the answer does not stream", len(rec.Orders))
	}
}

// tooLong: the timeout ends a query, and the message names the key.
func (d database) tooLong(t *testing.T) {
	query := map[sql.Dialect]string{
		sql.Postgres: "SELECT pg_sleep(60), 'A' AS order_no, 'paid' AS status",
		sql.MySQL:    "SELECT sleep(60), 'A' AS order_no, 'paid' AS status",
		sql.SQLite:   d.rowsUpTo(1e9, "n"),
	}[d.dialect]
	if d.dialect == sql.SQLite {
		query = "SELECT count(*) AS order_no, 'paid' AS status FROM (" + query + ")"
	}
	rec, err := d.book(t, query, func(o *sql.Options) { o.Timeout = 300 * time.Millisecond })
	if err == nil || !strings.Contains(err.Error(), "within 300ms (sql: {timeout: ...})") || len(rec.Covers) > 0 {
		t.Errorf("%v, covers %v", err, rec.Covers)
	}
}

// writesNothing: what is not refused by its words the database refuses.
func (d database) writesNothing(t *testing.T) {
	query := map[sql.Dialect]string{
		sql.Postgres: "WITH gone AS (DELETE FROM sales RETURNING no) SELECT no AS order_no, 'paid' AS status FROM gone",
		sql.MySQL:    "SELECT forget() AS order_no, 'paid' AS status",
		sql.SQLite:   "WITH gone AS (SELECT 1) DELETE FROM sales RETURNING no AS order_no, 'paid' AS status",
	}[d.dialect]
	if d.dialect == sql.MySQL {
		d.exec("\nDELIMITER //\nCREATE FUNCTION forget() RETURNS INT MODIFIES SQL DATA BEGIN DELETE FROM sales; RETURN 1; END//")
	}
	count := "SELECT no AS order_no, 'paid' AS status FROM sales"
	before, _ := d.book(t, count)
	if _, err := d.book(t, query); err == nil || !strings.Contains(strings.ToLower(strings.ReplaceAll(err.Error(), "-", "")), "read only") && !strings.Contains(err.Error(), "readonly") && !strings.Contains(err.Error(), "read-only") {
		t.Errorf("the database does not say that it is read-only: %v", err)
	}
	after, _ := d.book(t, count)
	if len(before.Orders) == 0 || len(after.Orders) != len(before.Orders) {
		t.Errorf("%d orders before, %d after", len(before.Orders), len(after.Orders))
	}
}

// refunds: a refund book is read in the same way.
func (d database) refunds(t *testing.T) {
	rec, err := d.book(t, "SELECT 'R-1' AS refund_id, no AS order_no, n AS amount, 'paid' AS status, zoned AS created_at FROM orders", func(o *sql.Options) { o.Book = reconcile.BookProvider })
	if err != nil || len(rec.Refunds) != 1 || rec.Refunds[0].RefundID != "R-1" || rec.Refunds[0].OrderNo != "S-1" || rec.Refunds[0].Amount.String() != "9007199254740993" {
		t.Errorf("%+v %v", rec, err)
	}
	rec, err = d.book(t, "SELECT 'R-1' AS refund_id, no AS order_no, raw AS amount, 'paid' AS status FROM orders", func(o *sql.Options) { o.Book = reconcile.BookProvider })
	if err != nil || len(rec.Refunds) != 0 || len(rec.Rejects) != 1 || rec.Rejects[0].OrderNo != "S-1" {
		t.Errorf("%+v %v", rec, err)
	}
}

// columnsAlone: doctor asks for columns, and no row is read.
func (d database) columnsAlone(t *testing.T) {
	statement, err := sql.Parse(d.dialect, "SELECT no AS order_no, zoned AS created_at, 'paid' AS status, 1 AS colour FROM sales WHERE zoned >= :from ORDER BY no -- all of it")
	if err != nil {
		t.Fatal(err)
	}
	o := sql.Options{FileOptions: sources.FileOptions{Name: "shop", Profile: &reconcile.Profile{Name: "generic"}}, Statement: statement,
		Open: func() (*stdsql.DB, error) { return openDatabase(d.dialect, d.dsn) }}
	server, err := sql.Probe(t.Context(), o)
	if err != nil || !strings.Contains(server, map[sql.Dialect]string{sql.Postgres: "PostgreSQL 1", sql.MySQL: "MariaDB", sql.SQLite: "SQLite 3"}[d.dialect]) {
		t.Errorf("%s %v", server, err)
	}
	var rec sourcetest.Recorder
	err = sql.Columns(o, generic.Orders).Read(t.Context(), sources.Query{Reach: reconcile.Interval{From: ofMarch(14), To: ofMarch(18)}}, &rec)
	if err != nil || rec.Rows() > 0 || len(rec.Covers) > 0 || !strings.Contains(strings.Join(rec.Notes, "\n"), "not used: colour") {
		t.Errorf("%+v %v", rec, err)
	}
}
