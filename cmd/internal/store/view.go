package store

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"os"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
)

// ErrNone says that there is no state yet.
var ErrNone = errors.New("there is no state yet: no run was carried forward")

// View opens a state for reading alone. It makes nothing and migrates nothing:
// ErrNone where there is no state, a *UnavailableError where it still has to be
// migrated, which the next run does.
func View(ctx context.Context, at string) (*Store, error) {
	path := Path(at)
	if path == "" {
		s, err := dialPostgres(at)
		if err != nil {
			return nil, err
		}
		return s.viewed(ctx)
	}
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return nil, ErrNone
	}
	name := url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: "mode=ro&_pragma=busy_timeout(10000)&_pragma=query_only(1)"}
	db, err := sql.Open("sqlite", name.String())
	if err != nil {
		return nil, &URLError{err.Error()}
	}
	db.SetMaxOpenConns(1)
	s := &Store{db: db, ttl: leaseTTL, dialect: sqliteDialect(path)}
	return s.viewed(ctx)
}

// viewed closes a store again that cannot be read as it is.
func (s *Store) viewed(ctx context.Context) (*Store, error) {
	p, err := s.migrator()
	if err != nil {
		return nil, errors.Join(s.failed(err), s.Close())
	}
	list := p.ListSources()
	known := list[len(list)-1].Version
	var have sql.NullInt64
	err = s.db.QueryRowContext(ctx, `SELECT max(version_id) FROM tieout_schema`).Scan(&have)
	switch {
	case noTable(err), err == nil && have.Int64 == 0:
		err = ErrNone
	case err != nil:
		err = s.failed(err)
	case have.Int64 > known:
		err = &NewerError{have.Int64, known}
	case have.Int64 < known:
		err = &UnavailableError{errors.New("an older version wrote it; the next run brings it up to date")}
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// noTable reports whether a query failed because nothing was ever made there.
func noTable(err error) bool {
	var (
		pg   *pgconn.PgError
		lite *sqlite.Error
	)
	return errors.As(err, &pg) && pg.Code == "42P01" || errors.As(err, &lite) && lite.Code() == 1 // SQLITE_ERROR: no such table
}
