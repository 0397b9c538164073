package main

import (
	stdsql "database/sql"
	"testing"
	"time"

	"tieout/cmd/internal/config"
	"tieout/reconcile"
	"tieout/sources"
	"tieout/sources/generic"
	"tieout/sources/sourcetest"
	"tieout/sources/sql"
)

// million makes a table of a million orders over four days in each dialect.
var million = map[sql.Dialect][]string{
	sql.Postgres: {`CREATE TABLE orders AS SELECT 'S-' || n AS order_no, 'C-' || n % 1000 AS customer, 'ethereum' AS chain, 'USDT' AS asset, (n % 100000 / 100.0)::numeric(20,2) AS amount_due,
		'paid' AS status, '0x' || md5(n::text) || '00000000' AS pay_to, timestamptz '2026-03-14 00:00:00+00' + n * interval '300 milliseconds' AS created_at,
		timestamptz '2026-03-14 00:30:00+00' + n * interval '300 milliseconds' AS expires_at FROM generate_series(1, 1000000) AS n`},
	sql.MySQL: {`CREATE TABLE orders AS SELECT CONCAT('S-', seq) AS order_no, CONCAT('C-', seq % 1000) AS customer, 'ethereum' AS chain, 'USDT' AS asset, CAST(seq % 100000 / 100 AS DECIMAL(20,2)) AS amount_due,
		'paid' AS status, CONCAT('0x', MD5(seq), '00000000') AS pay_to, TIMESTAMP '2026-03-14 00:00:00' + INTERVAL seq * 300 * 1000 MICROSECOND AS created_at,
		TIMESTAMP '2026-03-14 00:30:00' + INTERVAL seq * 300 * 1000 MICROSECOND AS expires_at FROM seq_1_to_1000000`},
	sql.SQLite: {"CREATE TABLE orders (order_no TEXT, customer TEXT, chain TEXT, asset TEXT, amount_due TEXT, status TEXT, pay_to TEXT, created_at DATETIME, expires_at DATETIME)",
		`WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 1000000)
		INSERT INTO orders SELECT 'S-' || n, 'C-' || n % 1000, 'ethereum', 'USDT', printf('%d.%02d', n % 1000, n % 100), 'paid', printf('0x%040x', n),
		datetime('2026-03-14', (n * 3 / 10) || ' seconds'), datetime('2026-03-14 00:30:00', (n * 3 / 10) || ' seconds') FROM numbers`},
}

// counting is a sink that keeps nothing.
type counting struct {
	sourcetest.Recorder
	orders int
}

func (c *counting) AddOrder(*reconcile.Order) { c.orders++ }

// BenchmarkSQL reads a million orders from a real database. Memory is the peak of the
// process, so one database a process says most:
// go test -run '^$' -bench 'SQL/postgres' -benchtime 1x ./cmd/tieout.
func BenchmarkSQL(b *testing.B) {
	profile, err := config.Profile("generic", generic.ProfileYAML)
	if err != nil {
		b.Fatal(err)
	}
	for name, open := range map[string]func(testing.TB) database{"postgres": postgres, "mariadb": mariaDB, "sqlite": sqliteFile} {
		b.Run(name, func(b *testing.B) {
			d := open(b)
			for _, query := range million[d.dialect] {
				d.exec(query)
			}
			statement, err := sql.Parse(d.dialect, "SELECT * FROM orders WHERE created_at >= :from AND created_at < :to")
			if err != nil {
				b.Fatal(err)
			}
			o := sql.Options{FileOptions: sources.FileOptions{Name: "shop", Profile: profile, Zone: time.UTC}, Statement: statement,
				Open: func() (*stdsql.DB, error) { return openDatabase(d.dialect, d.dsn) }}
			reach := reconcile.Interval{From: ofMarch(14), To: ofMarch(18)}
			b.ReportAllocs()
			for b.Loop() {
				var c counting
				if err := sql.Orders(o, generic.Orders).Read(b.Context(), sources.Query{Window: reach, Reach: reach}, &c); err != nil || c.orders != 1_000_000 || len(c.Rejects) > 0 {
					b.Fatalf("%d orders, %v, %v", c.orders, c.Rejects, err)
				}
			}
			b.ReportMetric(1e6*float64(b.N)/b.Elapsed().Seconds(), "orders/s")
			b.ReportMetric(peakMiB(b), "peak-MiB")
		})
	}
}
