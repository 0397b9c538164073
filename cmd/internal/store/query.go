package store

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"strings"
)

// tx is one transaction. Queries are written with ? for both dialects.
type tx struct {
	ctx context.Context
	sql *sql.Tx
	s   *Store
}

// transact runs do in one transaction, again where a connection broke before the
// end: do may be called several times and starts from nothing each time. Whether a
// commit that broke took place is not known, and it is not repeated.
func (s *Store) transact(ctx context.Context, o *sql.TxOptions, do func(*tx) error) error {
	var away *UnavailableError
	for attempt := 1; ; attempt++ {
		t, err := s.attempt(ctx, o, do)
		if err == nil {
			return s.failed(t.Commit())
		}
		if !errors.As(err, &away) || attempt > maxIdle {
			return err
		}
	}
}

// maxIdle is how many idle connections are kept, and so how many can have broken
// without anybody noticing.
const maxIdle = 2

// attempt runs do in a transaction that is open still where it succeeds.
func (s *Store) attempt(ctx context.Context, o *sql.TxOptions, do func(*tx) error) (*sql.Tx, error) {
	t, err := s.db.BeginTx(ctx, o)
	if err != nil {
		return nil, s.failed(err)
	}
	if err := do(&tx{ctx, t, s}); err != nil {
		_ = t.Rollback() // the first error says what happened
		return nil, err
	}
	return t, nil
}

// read runs do on one snapshot of the state.
func (s *Store) read(ctx context.Context, do func(*tx) error) error {
	return s.transact(ctx, &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelSerializable}, do)
}

func (t *tx) exec(query string, args ...any) (rows int64, err error) {
	r, err := t.sql.ExecContext(t.ctx, t.s.bind(query), args...)
	if err != nil {
		return 0, t.s.failed(err)
	}
	return r.RowsAffected()
}

// row scans the first row; found is false without one.
func (t *tx) row(into []any, query string, args ...any) (found bool, err error) {
	err = t.sql.QueryRowContext(t.ctx, t.s.bind(query), args...).Scan(into...)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, t.s.failed(err)
}

// rows calls each with a scanner for every row.
func (t *tx) rows(each func(scan func(...any) error) error, query string, args ...any) error {
	rows, err := t.sql.QueryContext(t.ctx, t.s.bind(query), args...)
	if err != nil {
		return t.s.failed(err)
	}
	defer rows.Close()
	scan := func(into ...any) error {
		if err := rows.Scan(into...); err != nil {
			return &CorruptError{err}
		}
		return nil
	}
	for rows.Next() {
		if err := each(scan); err != nil {
			return err
		}
	}
	return t.s.failed(rows.Err())
}

// bind writes the placeholders as the dialect has them.
func (s *Store) bind(query string) string {
	if !s.dialect.numbers {
		return query
	}
	var b strings.Builder
	for n := 1; ; n++ {
		before, after, more := strings.Cut(query, "?")
		b.WriteString(before)
		if !more {
			return b.String()
		}
		b.WriteString("$" + strconv.Itoa(n))
		query = after
	}
}
