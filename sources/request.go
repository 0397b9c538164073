package sources

import (
	"errors"
	"time"

	"tieout/reconcile"
)

// ErrOutOfScope is a decoder's answer to a request that is not about an order of
// the collection book: a payout, a refund. It is counted, not rejected. What tells
// it may be a header or a member that anybody can add, so the decoder fills in the
// ids and the state of an order that the request names all the same. Ids of the
// payout or refund itself are none of an order.
var ErrOutOfScope = errors.New("not about an order of this book")

// RequestError says which part of a request cannot be read, so that a reject names
// the member and not just the log line.
type RequestError struct {
	Part   string // "body.amount", "headers.blockatm-request-time"; "body" for all of it
	Value  string // the offending text, whole
	Reason string
}

func (e *RequestError) Error() string { return e.Part + ": " + e.Reason }

// Request is one HTTP request as a merchant's webhook receiver logged it.
type Request struct {
	URL      string            // as configured at the provider, "" when not known
	Header   map[string]string // keys in lower case
	Body     []byte            // raw, as received: signatures are over these bytes
	Received reconcile.Instant
}

// Decoder turns the requests of one provider into deliveries. The functions are
// pure; a provider package exports them and the caller puts them together.
type Decoder struct {
	// Signed reports whether the request carries a signature at all.
	Signed func(Request) bool
	// Verify checks it against one secret and names the scheme that matched, or
	// the one that was tried. It knows no clock: how old a request is decides
	// nothing. nil = nobody can: the requests stay unchecked.
	Verify func(r Request, secret string) (scheme string, ok bool)
	// Decode fills ids, status, state, amount, transactions and times of d. Its
	// error, best a *RequestError, says which member is wrong; the ids that are
	// legible are in d all the same.
	Decode func(r Request, d *reconcile.Delivery) error

	// ReplayWindow is how far a request's time and its receipt may lie apart by the
	// provider's rule. Deliveries beyond it are mentioned, never refused: it is not
	// published whether a resend carries a fresh time. 0 = there is no rule.
	ReplayWindow time.Duration
}
