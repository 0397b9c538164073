package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"
)

// leaseTTL is how long a lease on a shared database outlives a holder that is not
// heard of any more.
const leaseTTL = 30 * time.Second

// Store is an open state.
type Store struct {
	db      *sql.DB
	dialect dialect
	ttl     time.Duration
}

// dialect is what differs between the databases.
type dialect struct {
	name    string
	numbers bool   // placeholders are $1, $2, ...
	now     string // milliseconds of the database's clock
	hold    string // locks a row that is selected, until the end of the transaction
	expires bool   // a lease can expire; else the kernel ends it with its process

	classify func(error) error
	lock     func(merchant string) (unlock func() error, err error) // of this machine; a nil unlock = somebody holds it
}

// Open opens the state behind a URL: sqlite:///path, or a postgres:// URL. A state
// that is not there is made, an older one is migrated; errors are of the types in
// this package.
func Open(ctx context.Context, url string) (*Store, error) {
	scheme, rest, _ := strings.Cut(url, "://")
	switch scheme {
	case "sqlite":
		return openSQLite(ctx, rest)
	case "postgres", "postgresql":
		return openPostgres(ctx, url)
	}
	return nil, &URLError{"the state is sqlite:///path or postgres://..., not " + scheme + "://"}
}

// Path returns the file of a sqlite:// URL, "" for any other.
func Path(url string) string {
	path, ok := strings.CutPrefix(url, "sqlite://")
	if !ok {
		return ""
	}
	return path
}

// Close closes the database; leases are released before.
func (s *Store) Close() error { return s.db.Close() }

// Ping tells whether the database answers.
func (s *Store) Ping(ctx context.Context) error { return s.failed(s.db.PingContext(ctx)) }

// failed gives an error of the driver its type. A context that ended counts more
// than what the driver made of it.
func (s *Store) failed(err error) error {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, sql.ErrNoRows) {
		return err
	}
	return s.dialect.classify(err)
}
