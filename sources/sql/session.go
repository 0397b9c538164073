package sql

import (
	"context"
	stdsql "database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tieout/sources"
)

// session is a read-only transaction on a connection of its own.
type session struct {
	db     *stdsql.DB
	conn   *stdsql.Conn
	tx     *stdsql.Tx
	ctx    context.Context // ends with the source's timeout
	cancel context.CancelFunc
	limit  time.Duration // the timeout
}

// begin connects and begins a read-only transaction, whose context it returns.
func (o *Options) begin(ctx context.Context) (context.Context, *session, error) {
	s := &session{limit: o.Timeout}
	if s.ctx, s.cancel = context.WithCancel(ctx); o.Timeout > 0 {
		s.ctx, s.cancel = context.WithTimeout(ctx, o.Timeout)
	}
	if err := s.begin(o); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("the database cannot be read: %w", &terse{s.explain(err)}), s.Close())
	}
	return s.ctx, s, nil
}

func (s *session) begin(o *Options) (err error) {
	d := o.Statement.dialect
	if s.db, err = o.Open(); err != nil {
		return err
	}
	if s.conn, err = s.db.Conn(s.ctx); err != nil {
		return err
	}
	if err = d.prepare(s.ctx, s.conn, o.Timeout); err != nil {
		return err
	}
	if s.tx, err = s.conn.BeginTx(s.ctx, &stdsql.TxOptions{ReadOnly: true}); err != nil {
		return err
	}
	if err = d.begun(s.ctx, s.tx, o.Timeout); err != nil {
		return err
	}
	return s.mustBeReadOnly(d)
}

// mustBeReadOnly asks the database itself whether it will refuse to write.
func (s *session) mustBeReadOnly(d Dialect) error {
	answer, err := s.tx.QueryContext(s.ctx, d.readOnly())
	if err != nil {
		return err
	}
	defer answer.Close()
	names, err := answer.Columns()
	if err != nil {
		return err
	}
	values, dest := make([]stdsql.NullString, len(names)), make([]any, len(names))
	for i := range values {
		dest[i] = &values[i]
	}
	for answer.Next() {
		if err := answer.Scan(dest...); err != nil {
			return err
		}
		if said := values[len(values)-1].String; strings.EqualFold(said, "on") || said == "1" {
			return nil
		}
	}
	return errors.Join(errors.New("it does not keep the transaction read-only"), answer.Err())
}

// terse is an error in one line. PostgreSQL's driver lists every try in a line of its
// own, with TLS and without, and they mostly say the same.
type terse struct{ error }

// Error implements error.
func (e *terse) Error() string {
	var said []string
	for line := range strings.Lines(e.error.Error()) {
		if line = strings.TrimSpace(line); !slices.Contains(said, line) {
			said = append(said, line)
		}
	}
	return strings.Join(said, " ")
}

// Unwrap implements errors.Unwrap.
func (e *terse) Unwrap() error { return e.error }

// explain says of a reading that took too long which key decides that.
func (s *session) explain(err error) error {
	if s.limit > 0 && (errors.Is(s.ctx.Err(), context.DeadlineExceeded) || tookTooLong(err)) {
		return fmt.Errorf("it did not answer in full within %s (sql: {timeout: ...}): %w", s.limit, err)
	}
	return err
}

// Close ends the session. Nothing was written, so nothing can be lost by it.
func (s *session) Close() error {
	s.cancel() // what is still running ends
	if s.tx != nil {
		_ = s.tx.Rollback()
	}
	if s.conn != nil {
		_ = s.conn.Close()
	}
	if s.db != nil {
		return s.db.Close()
	}
	return nil
}

// query asks for the rows of the window.
func (o *Options) query(ctx context.Context, q sources.Query) (*rows, error) {
	return o.ask(ctx, q, func(query string) string { return query })
}

// columns asks for the columns alone.
func (o *Options) columns(ctx context.Context, q sources.Query) (*rows, error) {
	return o.ask(ctx, q, none)
}

func (o *Options) ask(ctx context.Context, q sources.Query, form func(query string) string) (*rows, error) {
	ctx, s, err := o.begin(ctx)
	if err != nil {
		return nil, err
	}
	args := endsOf(q.Reach, o.Zone).args(o.Statement)
	answer, err := s.tx.QueryContext(ctx, form(o.Statement.text), args...)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("the query: %w", s.explain(err)), s.Close())
	}
	r, err := newRows(s, answer, o.Statement.dialect)
	if err == nil && len(r.dated) > 0 {
		err = r.again(ctx, plain(form(o.Statement.text), r.header, r.dated), args)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("the query: %w", s.explain(err)), answer.Close(), s.Close())
	}
	return r, nil
}
