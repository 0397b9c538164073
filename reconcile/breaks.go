package reconcile

// Kind names a difference. The names are a public contract: they are never
// renamed, only added to.
type Kind uint8

// The break kinds, in the order in which reports list them: order against
// chain, then order against notifications and books.
const (
	KindNone Kind = iota
	LostOrder
	Underpaid
	Overpaid
	LatePayment
	DuplicatePayment
	MissingTransfer
	UnknownTransfer
	AmbiguousPayment
	WrongAsset
	WrongChain
	WrongAddress
	TXIDNotFound
	FailedTransaction
	TXIDReused
	AmountMisreported
	DueConflict
	ReorgedTransfer
	UnmatchedRefund
	RefundExceeds
	CreditMismatch
	MissedWebhook
	WebhookNotApplied
	WebhookConflict
	UnverifiedWebhook
	UnknownWebhook
	StatusConflict
	MissingOrder
	StaleOrder
	kindCount
)

// KindInfo explains a break kind.
type KindInfo struct {
	Name    string
	Money   bool   // it carries a signed contribution to received - expected
	Meaning string // one sentence for people
}

// kindTable is the catalogue of breaks, one line each.
var kindTable = [kindCount]KindInfo{
	KindNone:          {},
	LostOrder:         {"lost_order", true, "Final funds for the order are on chain, but the provider does not call it paid."},
	Underpaid:         {"underpaid", true, "Less came than was due."},
	Overpaid:          {"overpaid", true, "More came than was due."},
	LatePayment:       {"late_payment", true, "Money came after the order had expired."},
	DuplicatePayment:  {"duplicate_payment", true, "A further transfer came for an order that was already fully paid."},
	MissingTransfer:   {"missing_transfer", true, "The books call the order paid, the fully covered chain shows nothing."},
	UnknownTransfer:   {"unknown_transfer", true, "Money came that no order explains."},
	AmbiguousPayment:  {"ambiguous_payment", true, "Two or more orders could have been paid by the same money; none was chosen."},
	WrongAsset:        {"wrong_asset", true, "The customer paid with another token than the order's."},
	WrongChain:        {"wrong_chain", true, "The customer paid on another chain than the order's."},
	WrongAddress:      {"wrong_address", true, "The claimed transaction exists, but it pays somebody else."},
	TXIDNotFound:      {"txid_not_found", true, "The claimed transaction is on no covered chain."},
	FailedTransaction: {"failed_transaction", true, "The claimed transaction failed and moved nothing."},
	TXIDReused:        {"txid_reused", true, "One transfer is claimed by two orders that are called paid."},
	AmountMisreported: {"amount_misreported", true, "The recorded amount differs from what the chain shows."},
	DueConflict:       {"due_conflict", false, "The books disagree on the amount due."},
	ReorgedTransfer:   {"reorged_transfer", true, "A transfer matched by an earlier run is no longer on the chain."},
	UnmatchedRefund:   {"unmatched_refund", false, "An outgoing payment that no refund order explains."},
	RefundExceeds:     {"refund_exceeds", false, "More was refunded than the order received."},
	CreditMismatch:    {"credit_mismatch", false, "The credited amount differs from what was received."},
	MissedWebhook:     {"missed_webhook", false, "The provider's notification was never accepted, and its retries are over."},
	WebhookNotApplied: {"webhook_not_applied", false, "A notification was accepted, but our book still says otherwise."},
	WebhookConflict:   {"webhook_conflict", false, "A notification contradicts the order or the chain."},
	UnverifiedWebhook: {"unverified_webhook", false, "A notification whose signature does not verify."},
	UnknownWebhook:    {"unknown_webhook", false, "A notification for an order that no book has."},
	StatusConflict:    {"status_conflict", false, "Our book and the provider's disagree on whether the order is paid."},
	MissingOrder:      {"missing_order", false, "The order stands in one book only."},
	StaleOrder:        {"stale_order", false, "Open long after its expiry, without money: the provider never closed it."},
}

func (k Kind) String() string { return kindTable[k].Name }

// Info returns the catalogue's line of a kind.
func (k Kind) Info() KindInfo { return kindTable[k] }

// Kinds returns every kind in catalogue order.
func Kinds() []Kind {
	kinds := make([]Kind, 0, kindCount-1)
	for k := LostOrder; k < kindCount; k++ {
		kinds = append(kinds, k)
	}
	return kinds
}

// ParseKind finds a kind by its name.
func ParseKind(name string) (Kind, bool) {
	for k := LostOrder; k < kindCount; k++ {
		if kindTable[k].Name == name {
			return k, true
		}
	}
	return KindNone, false
}

// Cause refines missed_webhook.
type Cause uint8

const (
	CauseNone         Cause = iota
	CauseNeverArrived       // no delivery was logged
	CauseRefused            // a delivery came, we did not answer as the provider wants
	CauseBadSignature       // only deliveries that do not verify came
)

func (c Cause) String() string {
	return [...]string{"", "never_arrived", "refused", "bad_signature"}[c]
}

// Severity ranks breaks for people.
type Severity uint8

const (
	Low Severity = iota
	Medium
	High
	Critical
)

func (s Severity) String() string { return [...]string{"low", "medium", "high", "critical"}[s] }

// Rule is how a transfer was attributed to an order, strongest first.
type Rule uint8

const (
	RuleNone         Rule = iota
	RuleTXID              // a book or a delivery names the transaction
	RuleDepositEvent      // the payment contract's Deposit log names the order
	RuleAddress           // the receiving address belongs to one order
	RuleExactAmount       // shared address, exactly the due, inside the window
	RuleNearAmount        // the same within the tolerance
	RuleSplit             // several transfers together pay one order
	RuleBatch             // one transfer pays several orders
	RuleDuplicate         // a further transfer for an order that was already paid
)

var ruleNames = [...]string{"", "txid", "deposit_event", "address", "exact_amount", "near_amount", "split", "batch", "duplicate"}

func (r Rule) String() string { return ruleNames[r] }
