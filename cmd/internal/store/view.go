package store

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"os"
	"syscall"
)

// ErrNone says that there is no state yet.
var ErrNone = errors.New("there is no state yet: no run was carried forward")

// View opens a state for reading alone. It makes nothing and migrates nothing:
// ErrNone where there is no state, an *OlderError where it still has to be
// migrated, which Open does.
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
	have, known, err := s.schema(ctx, p)
	if err == nil && have < known {
		err = &OlderError{have, known}
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}
