package reconcile

import (
	"strings"

	"tieout/reconcile/money"
)

// Tolerance is the difference that is no break: the larger of the absolute and
// the percentage of the amount due.
type Tolerance struct {
	Absolute money.Quantity // in units of the asset; unknown = 0
	// PercentMicros is the percentage times 10^6: 0.25 % is 250000.
	PercentMicros uint64
}

// Policy is every knob of the reconciliation. DefaultPolicy explains each value.
type Policy struct {
	Window   Interval      // judged: orders created and transfers confirmed in it; To is the end of the business date
	Date     string        // that business date, YYYY-MM-DD; "" = the UTC date of the last moment of the window
	Opening  Opening       // what the newest earlier date carried forward, and the answers given since
	Context  Instant       // how far after Window.To transfers and deliveries are read as context
	Zone     string        // IANA name of the zone in which Days were cut; "" = UTC
	Days     []BusinessDay // that touch the window, oldest first, each ending where the next begins; nil = cut in UTC
	Past     []Volume      // how many rows earlier dates had, in any order
	Currency string        // reference currency of Value, USD

	Profiles map[string]*Profile

	Tolerance      Tolerance
	AssetTolerance map[string]Tolerance      // by CAIP-19 id, instead of Tolerance
	Dust           money.Quantity            // in the reference currency; below it a transfer is excluded
	AssetDust      map[string]money.Quantity // by CAIP-19 id, in units of the asset, instead of Dust
	Rates          map[string]money.Quantity // upper-cased symbol -> value of one unit in Currency; only for sorting and severity

	BeforeCreated Instant // a transfer this much before its order's creation may still pay it (clock skew)
	AfterExpiry   Instant // and this much after its expiry
	DefaultExpiry Instant // expiry of an order that names none and whose profile has none

	ConfirmationGrace Instant // how long the provider may take after finality
	ApplyGrace        Instant // how long our own systems may take after an accepted delivery
	StaleAfter        Instant // beyond the payment window
	WebhookPatience   Instant // a paid order that waits longer for its webhook is applied from the API
	AllFinalWebhooks  bool    // expired and cancelled deliveries count as missed too

	ExceptionLength Instant // the provider's exception window: 72 h at BlockATM
	ExceptionFrom   Anchor  // from when it counts
	ResendLimit     int     // 0 = the profile's

	Settlement  Settlement
	Late        LatePolicy
	CreditLimit money.Quantity // for goods: an excess above it is refunded, in Currency
	Materiality money.Quantity // in Currency

	Own   []string // own addresses: a transfer with one at either end is no customer payment
	Watch []string // receiving addresses; empty = those of the books, on every chain
	// WatchBooks are the chains (CAIP-2) on which the addresses of the books, each
	// pay-to and that of a single-address export, are watched beside those of Watch.
	WatchBooks []string
}

// Anchor is the event from which the exception window counts.
type Anchor uint8

const (
	AnchorCreated Anchor = iota // the earliest, hence the safe default: the provider does not publish it
	AnchorExpired
	AnchorPaid
)

func (a Anchor) String() string { return [...]string{"created", "expired", "paid"}[a] }

// Settlement says what a difference in the amount means to the merchant.
type Settlement uint8

const (
	SettleBalance Settlement = iota // customers hold a balance: credit what came
	SettleGoods                     // goods are sold: hold a shortfall, refund a large excess
)

// LatePolicy says what to do with a late payment.
type LatePolicy uint8

const (
	LateCredit LatePolicy = iota
	LateRefund
	LateAsk
)

// DefaultPolicy returns the documented defaults for a window; profiles, rates,
// addresses and the window itself are the caller's.
func DefaultPolicy() Policy {
	return Policy{
		Context:           24 * Hour,
		Currency:          "USD",
		Profiles:          map[string]*Profile{},
		Dust:              money.NewQuantity(money.FromUint64(1), 2),
		Rates:             map[string]money.Quantity{},
		BeforeCreated:     5 * Minute,
		AfterExpiry:       7 * Day,
		DefaultExpiry:     30 * Minute,
		ConfirmationGrace: Hour,
		ApplyGrace:        15 * Minute,
		StaleAfter:        24 * Hour,
		WebhookPatience:   3 * Hour,
		ExceptionLength:   72 * Hour,
		Materiality:       money.NewQuantity(money.FromUint64(100), 0),
	}
}

func (p *Policy) rate(symbol string) money.Quantity { return p.Rates[strings.ToUpper(symbol)] }

// Reach is the span in which rows are read at all: the window, the longest
// payment window before it, and the context after it.
func (p *Policy) Reach() Interval {
	return Interval{p.Window.From - p.BeforeCreated - p.longestExpiry() - p.AfterExpiry, p.Window.To + p.Context}
}

// longestExpiry is the longest time that an order runs whose book does not say.
func (p *Policy) longestExpiry() Instant {
	longest := p.DefaultExpiry
	for _, profile := range p.Profiles {
		longest = max(longest, profile.DefaultExpiry)
	}
	return longest
}
