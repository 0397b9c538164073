package store

import (
	"fmt"
	"time"
)

// LockedError says that another process holds a merchant's lease.
type LockedError struct {
	Merchant string
	Holder   string    // "" when it has only just begun
	Since    time.Time // zero when that is not known
}

func (e *LockedError) Error() string {
	if e.Holder == "" {
		return fmt.Sprintf("another run of merchant %q has just begun", e.Merchant)
	}
	return fmt.Sprintf("merchant %q is locked by %s since %s", e.Merchant, e.Holder, e.Since.UTC().Format(time.RFC3339))
}

// LostError says that a lease passed to another process, so that its holder may not
// write any more.
type LostError struct{ Merchant string }

func (e *LostError) Error() string {
	return fmt.Sprintf("the lease of merchant %q was lost to another process; nothing was committed", e.Merchant)
}

// UnavailableError says that the database cannot be reached now.
type UnavailableError struct{ Err error }

func (e *UnavailableError) Error() string { return "the state cannot be reached: " + e.Err.Error() }
func (e *UnavailableError) Unwrap() error { return e.Err }

// WriteError says that the state cannot be written: no space, no permission, a
// failing disk. What was committed before stands.
type WriteError struct{ Err error }

func (e *WriteError) Error() string { return "the state cannot be written: " + e.Err.Error() }
func (e *WriteError) Unwrap() error { return e.Err }

// CorruptError says that the database file is damaged, or none.
type CorruptError struct{ Err error }

func (e *CorruptError) Error() string { return "the state is damaged: " + e.Err.Error() }
func (e *CorruptError) Unwrap() error { return e.Err }

// NewerError says that a newer version of the program wrote the state.
type NewerError struct{ Have, Known int64 }

func (e *NewerError) Error() string {
	return fmt.Sprintf("the state has schema %d, this version knows up to %d: a newer version wrote it", e.Have, e.Known)
}

// OlderError says that an older version of the program wrote the state, which is not
// read before it is brought up to date.
type OlderError struct{ Have, Known int64 }

func (e *OlderError) Error() string {
	return fmt.Sprintf("the state has schema %d, this version reads %d: an older version wrote it", e.Have, e.Known)
}

// URLError says that a state URL is none.
type URLError struct{ Reason string }

func (e *URLError) Error() string { return e.Reason }

// NoRunError says that a business date, or a revision of it, is not published.
type NoRunError struct {
	Date     string
	Revision int // 0 = any
}

func (e *NoRunError) Error() string {
	if e.Revision == 0 {
		return "no run of " + e.Date + " is published"
	}
	return fmt.Sprintf("revision %d of %s is not the published one", e.Revision, e.Date)
}
