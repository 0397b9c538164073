package reconcile

import "strings"

// State is what a book says of an order, in one vocabulary for all providers.
type State uint8

// The canonical states. Final is a hint, not a lock: an expired order can be
// completed by hand, and a late payment can complete it by itself.
const (
	StateUnknown   State = iota // a status word that the profile does not have: reported, never guessed
	StateCreated                // waiting for money
	StateDetected               // seen on chain, not confirmed
	StatePaid                   // the book calls it paid (refunded and partially refunded words too)
	StateExpired                // timed out
	StateCancelled              // cancelled by customer or merchant
	StateFailed                 // failed or refused
)

var stateNames = [...]string{"unknown", "created", "pending", "paid", "expired", "cancelled", "failed"}

func (s State) String() string { return stateNames[s] }

// ParseState reads a state's own name.
func ParseState(name string) (State, bool) {
	for i, n := range stateNames {
		if n == name {
			return State(i), true
		}
	}
	return StateUnknown, false
}

// Final reports whether the state normally ends an order.
func (s State) Final() bool { return s >= StatePaid }

// Profile is everything the engine knows about a provider: data, not code. The
// values live in sources/<provider>/profile.yaml; the engine knows no
// provider's name.
type Profile struct {
	Name string

	// Statuses maps a schema (a generation of the provider's format, "" where
	// there is one only) and an upper-cased status word to a state. A word that
	// is missing is StateUnknown.
	Statuses map[string]map[string]State

	// Networks maps the provider's spelling of a chain, upper-cased, to CAIP-2.
	// It is asked before the catalogue's aliases.
	Networks map[string]string

	// Notifies lists the states whose delivery counts as missed when none was
	// accepted; NotifiesAll those under `policy.webhooks: all_final`.
	Notifies, NotifiesAll []State
	NotifiesLate          bool    // a late payment has an event of its own
	RetryWindow           Instant // from the event to the provider's last retry
	Attempts              int     // how often the provider sends a notification at most, the first included; 0 = not published
	AcceptsAny2xx         bool    // a delivery is accepted with any 2xx, else with 200 only

	KeepsExpired   bool    // a late payment leaves the order expired by design
	AddressForever bool    // a receiving address belongs to its order for ever
	DefaultExpiry  Instant // when an order names no expiry; 0 = the policy's

	Completes    bool     // an operator can complete a lost order by hand, with its TXID
	Resends      bool     // an operator can have a notification sent again
	ResendLimit  int      // how often; used when Resends
	ResendStates []State  // in which states
	Operator     string   // who may do it: "cashier operator"
	ReasonStuck  string   // the completion reason while the order is processing
	ReasonUnpaid string   // the completion reason otherwise
	Support      string   // whom to ask: "BlockATM support"
	Receivers    []string // fixed receiving addresses of all orders, where the provider has them
}

// State returns the canonical state of a status word in a schema. Case and
// surrounding space are ignored; a schema that the profile lacks uses "".
func (p *Profile) State(schema, status string) State {
	words, ok := p.Statuses[schema]
	if !ok {
		words = p.Statuses[""]
	}
	return words[strings.ToUpper(strings.TrimSpace(status))]
}
