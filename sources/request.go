package sources

import (
	"errors"

	"tieout/reconcile"
)

// ErrOutOfScope is a decoder's answer to a request that is not about an order of
// the collection book: a payout, a refund. It is counted, not rejected.
var ErrOutOfScope = errors.New("not about an order of this book")

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
	Provider string // profile name

	// Signed reports whether the request carries a signature at all.
	Signed func(Request) bool
	// Verify checks it against one secret and names the scheme that matched, or
	// the one that was tried. The replay window is judged against Received,
	// never against a clock.
	Verify func(r Request, secret string) (scheme string, ok bool)
	// Decode fills ids, status, state, amount, transactions and times of d. Its
	// error says which member of the body is wrong.
	Decode func(r Request, d *reconcile.Delivery) error
}
