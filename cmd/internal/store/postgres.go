package store

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

func openPostgres(ctx context.Context, url string) (*Store, error) {
	s, err := dialPostgres(url)
	if err != nil {
		return nil, err
	}
	if err := s.prepare(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func dialPostgres(url string) (*Store, error) {
	conf, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, &URLError{err.Error()} // pgx leaves the password out
	}
	if conf.ConnectTimeout == 0 {
		conf.ConnectTimeout = 10 * time.Second
	}
	db := stdlib.OpenDB(*conf)
	db.SetMaxOpenConns(4) // a run, the renewal of its lease, a reader
	db.SetMaxIdleConns(maxIdle)
	return &Store{db: db, ttl: leaseTTL, dialect: dialect{name: "postgres", numbers: true, expires: true, hold: " FOR UPDATE",
		now: "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)", classify: classifyPostgres,
		lock: func(string) (func() error, error) { return func() error { return nil }, nil }}}, nil
}

// classifyPostgres tells by the SQLSTATE. What is no answer of the server is a
// connection that failed.
func classifyPostgres(err error) error {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return &UnavailableError{err}
	}
	for _, later := range []string{"08", "40", "53", "55", "57", "58"} { // connection, rollback, resources, locks, intervention, system
		if strings.HasPrefix(e.Code, later) {
			if e.Code == "53100" {
				return &WriteError{err}
			}
			return &UnavailableError{err}
		}
	}
	if strings.HasPrefix(e.Code, "XX") {
		return &CorruptError{err}
	}
	if strings.HasPrefix(e.Code, "28") || e.Code == "3D000" || e.Code == "42501" {
		return &URLError{err.Error()}
	}
	return err
}
