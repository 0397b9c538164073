package store

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Lease is the right to write the state of one merchant. Every write compares its
// token, so that a holder that slept through its end cannot commit.
type Lease struct {
	Merchant string

	s      *Store
	token  int64
	unlock func() error

	ctx    context.Context
	cancel context.CancelCauseFunc
	done   sync.WaitGroup
}

// Lock takes the lease of a merchant, or says in a *LockedError who holds it. It
// never waits. Holder is what others are shown, such as a host and a process id.
func (s *Store) Lock(ctx context.Context, merchant, holder string) (*Lease, error) {
	unlock, err := s.dialect.lock(merchant)
	if err != nil {
		return nil, err
	}
	if unlock == nil {
		return nil, s.lockedBy(ctx, merchant)
	}
	l := &Lease{Merchant: merchant, s: s, unlock: unlock}
	if l.token, err = s.take(ctx, merchant, holder); err != nil {
		return nil, errors.Join(err, unlock())
	}
	l.ctx, l.cancel = context.WithCancelCause(ctx)
	if s.dialect.expires {
		l.done.Go(l.keep)
	}
	return l, nil
}

// take writes the holder down, with the next token. On a shared database it does so
// only where the former lease is released or has expired.
func (s *Store) take(ctx context.Context, merchant, holder string) (token int64, err error) {
	free := ""
	if s.dialect.expires {
		free = " WHERE tieout_leases.expires < " + s.dialect.now
	}
	found := false
	err = s.transact(ctx, nil, func(t *tx) error {
		found, err = t.row([]any{&token}, `INSERT INTO tieout_leases (merchant, holder, since, expires, token)
			VALUES (?, ?, `+s.dialect.now+`, `+s.dialect.now+` + ?, 1)
			ON CONFLICT (merchant) DO UPDATE SET holder = excluded.holder, since = excluded.since, expires = excluded.expires,
			token = tieout_leases.token + 1`+free+` RETURNING token`, merchant, holder, s.ttl.Milliseconds())
		return err
	})
	if err == nil && !found {
		err = s.lockedBy(ctx, merchant)
	}
	return token, err
}

// lockedBy reads who holds a lease.
func (s *Store) lockedBy(ctx context.Context, merchant string) error {
	e := &LockedError{Merchant: merchant}
	var since, expires int64
	err := s.read(ctx, func(t *tx) error {
		_, err := t.row([]any{&e.Holder, &since, &expires}, `SELECT holder, since, expires FROM tieout_leases WHERE merchant = ?`, merchant)
		return err
	})
	if err != nil {
		return err
	}
	if expires == 0 {
		e.Holder = "" // released since, or by the one before
	}
	e.Since = time.UnixMilli(since)
	return e
}

// keep renews the lease until it ends. One that could not be renewed in time may be
// another's already.
func (l *Lease) keep() {
	tick := time.NewTicker(l.s.ttl / 3)
	defer tick.Stop()
	over := time.NewTimer(l.s.ttl)
	defer over.Stop()
	for {
		select {
		case <-l.ctx.Done():
			return
		case <-over.C:
			l.cancel(&LostError{l.Merchant})
			return
		case <-tick.C:
		}
		held, err := l.renew()
		if err == nil && !held {
			l.cancel(&LostError{l.Merchant})
			return
		}
		if err == nil {
			over.Reset(l.s.ttl)
		}
	}
}

func (l *Lease) renew() (held bool, err error) {
	ctx, cancel := context.WithTimeout(l.ctx, l.s.ttl/3)
	defer cancel()
	err = l.s.transact(ctx, nil, func(t *tx) error {
		n, err := t.exec(`UPDATE tieout_leases SET expires = `+l.s.dialect.now+` + ? WHERE merchant = ? AND token = ?`, l.s.ttl.Milliseconds(), l.Merchant, l.token)
		held = n == 1
		return err
	})
	return held, err
}

// Context ends when the lease is lost, with a *LostError as its cause, and when the
// context that it was taken with ends.
func (l *Lease) Context() context.Context { return l.ctx }

// Release gives the lease back. One that cannot be given back expires, and on a file
// it ends with the process.
func (l *Lease) Release() error {
	ctx, stop := context.WithTimeout(context.WithoutCancel(l.ctx), 5*time.Second)
	defer stop()
	l.cancel(context.Canceled)
	l.done.Wait()
	err := l.s.transact(ctx, nil, func(t *tx) error {
		_, err := t.exec(`UPDATE tieout_leases SET expires = 0 WHERE merchant = ? AND token = ?`, l.Merchant, l.token)
		return err
	})
	return errors.Join(err, l.unlock())
}

// write runs do in a transaction, if the lease is still this one's at its end. Only
// there the row is locked, until the commit, so that nobody can take the lease over in
// between: locked from the beginning it would keep a long write from being renewed,
// and others from learning who holds the lease.
func (l *Lease) write(ctx context.Context, do func(*tx) error) error {
	return l.s.transact(ctx, nil, func(t *tx) error {
		if err := l.check(t, ""); err != nil {
			return err // what was lost already is not worth the work
		}
		if err := do(t); err != nil {
			return err
		}
		return l.check(t, l.s.dialect.hold)
	})
}

// check is a *LostError where the lease is another's; hold locks its row.
func (l *Lease) check(t *tx, hold string) error {
	var token int64
	found, err := t.row([]any{&token}, `SELECT token FROM tieout_leases WHERE merchant = ?`+hold, l.Merchant)
	if err == nil && (!found || token != l.token) {
		err = &LostError{l.Merchant}
	}
	return err
}
