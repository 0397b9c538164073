package store

import (
	"context"
	"embed"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
	"github.com/pressly/goose/v3/lock"
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
	have, known, err := p.GetVersions(ctx)
	if err != nil {
		return s.failed(err)
	}
	if have > known {
		return &NewerError{have, known}
	}
	if have == known {
		return nil
	}
	_, err = p.Up(ctx)
	return s.failed(err)
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
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return nil, err
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	return goose.NewProvider(dialect, s.db, files, options...)
}
