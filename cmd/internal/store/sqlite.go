package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// openSQLite opens a database file. Whoever opens it takes a lock for a moment:
// several processes that start at once would be in one another's way while the file
// is made, set to its journal mode and migrated.
func openSQLite(ctx context.Context, path string) (*Store, error) {
	if path == "" {
		return nil, &URLError{"sqlite:// needs the path of a file"}
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, &WriteError{err}
	}
	opening := flock.New(path+".open.lock", flock.SetPermissions(0o600))
	switch _, err := opening.TryLockContext(ctx, 5*time.Millisecond); {
	case err != nil && ctx.Err() != nil: // stopped while another opened it
		return nil, err
	case err != nil:
		return nil, &WriteError{err}
	}
	defer opening.Close()
	// Pragmas go through the name: an Exec would reach one pooled connection only.
	name := url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: "_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)" +
		"&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)&_txlock=immediate"}
	db, err := sql.Open("sqlite", name.String())
	if err != nil {
		return nil, &URLError{err.Error()}
	}
	db.SetMaxOpenConns(1)
	s := &Store{db: db, ttl: leaseTTL, dialect: sqliteDialect(path)}
	if err := s.prepare(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return s, os.Chmod(path, 0o600)
}

func sqliteDialect(path string) dialect {
	return dialect{name: "sqlite", now: "CAST(unixepoch('subsec') * 1000 AS INTEGER)", classify: classifySQLite,
		lock: func(merchant string) (func() error, error) { return lockFile(path, merchant) }}
}

// lockFile takes the lock file of a merchant beside the database. The kernel ends
// the lock with its process, however that ends.
func lockFile(path, merchant string) (unlock func() error, err error) {
	sum := sha256.Sum256([]byte(merchant))
	l := flock.New(path+"."+hex.EncodeToString(sum[:4])+".lock", flock.SetPermissions(0o600))
	taken, err := l.TryLock()
	if err != nil {
		return nil, &WriteError{err}
	}
	if !taken {
		return nil, l.Close()
	}
	return l.Close, nil
}

func classifySQLite(err error) error {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return &UnavailableError{err}
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		return &WriteError{err}
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return &CorruptError{err}
	}
	return err
}
