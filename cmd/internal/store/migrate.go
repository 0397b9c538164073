package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"io/fs"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
	"github.com/pressly/goose/v3/lock"
	"modernc.org/sqlite"
)

// migrations lead forward only: a state that a newer version wrote is refused, never
// taken back.
//
//go:embed migrations
var migrations embed.FS

// prepare brings the schema up to date.
func (s *Store) prepare(ctx context.Context) error {
	if err := s.Ping(ctx); err != nil {
		return err
	}
	p, err := s.migrator()
	if err != nil {
		return s.failed(err)
	}
	have, known, err := s.schema(ctx, p)
	if err != nil && !errors.Is(err, ErrNone) {
		return err
	}
	if have == known {
		return nil
	}
	_, err = p.Up(ctx)
	return s.failed(err)
}

// schema reads which version the state has, and which this program knows. ErrNone
// where nothing was ever made; a *NewerError where a newer program was there.
func (s *Store) schema(ctx context.Context, p *goose.Provider) (have, known int64, err error) {
	list := p.ListSources()
	known = list[len(list)-1].Version
	var newest sql.NullInt64
	err = s.db.QueryRowContext(ctx, `SELECT max(version_id) FROM tieout_schema`).Scan(&newest)
	switch have = newest.Int64; {
	case noTable(err), err == nil && have == 0:
		return 0, known, ErrNone
	case err != nil:
		return 0, known, s.failed(err)
	case have > known:
		return have, known, &NewerError{have, known}
	}
	return have, known, nil
}

// noTable reports whether a query failed because nothing was ever made there.
func noTable(err error) bool {
	var (
		pg   *pgconn.PgError
		lite *sqlite.Error
	)
	return errors.As(err, &pg) && pg.Code == "42P01" || errors.As(err, &lite) && lite.Code() == 1 // SQLITE_ERROR: no such table
}

func (s *Store) migrator() (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations/"+s.dialect.name)
	if err != nil {
		return nil, err
	}
	dialect := database.DialectSQLite3
	options := []goose.ProviderOption{goose.WithTableName("tieout_schema"), goose.WithDisableGlobalRegistry(true)}
	if s.dialect.expires { // shared: the first of several that start at once migrates
		dialect = database.DialectPostgres
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300)) // asks every second, for five minutes
		if err != nil {
			return nil, err
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	return goose.NewProvider(dialect, s.db, files, options...)
}
