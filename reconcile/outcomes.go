package reconcile

// Outcome is the one verdict that every order, transfer and delivery ends in.
type Outcome uint8

const (
	OutcomeNone         Outcome = iota // not decided yet; a result that holds one is an internal error
	OutcomeAgreed                      // all witnesses that were supplied say the same
	OutcomeBreak                       // a difference with a name
	OutcomeOpen                        // a timing difference that may resolve by itself
	OutcomeUndetermined                // nothing is claimed: a witness was missing or illegible
	OutcomeContext                     // read to explain others, not judged
	OutcomeExcluded                    // a transfer that is no customer payment
)

var outcomeNames = [...]string{"", "agreed", "break", "open", "undetermined", "context", "excluded"}

func (o Outcome) String() string { return outcomeNames[o] }

// Reason refines an outcome: why it is open, undetermined or excluded.
type Reason uint8

const (
	ReasonNone Reason = iota

	// open
	AwaitingPayment      // nothing, or less than the due, has come and the order has not expired
	AwaitingApplication  // an accepted delivery is younger than the apply grace
	OnHold               // the provider screens the funds
	AwaitingFinality     // on chain, not final
	AwaitingConfirmation // final on chain, the provider's confirmation grace still runs
	AwaitingWebhook      // the provider still retries the notification
	CutOff               // a pair that straddles an edge of the scope

	// undetermined
	NotCovered     // a source was not complete for the time in question
	UnknownStatus  // a status word that the profile does not have
	RejectedRow    // a row of this order could not be read
	NotWatched     // a chain or asset without a transfer source; of a transfer: an address nobody watches
	AddressUnknown // the claimed transaction pays an address that no book names
	SourceFault    // the source of this delivery fails as a whole (rotated secret)

	// excluded
	Sweep       // to an own address, or from one watched address to another
	Outgoing    // from an address of ours to somebody else
	TopUp       // from an own address to a watched one
	ZeroValue   // address poisoning
	Dust        // below policy.dust
	NotAccepted // a token that is not on the accepted list

	// deliveries
	Duplicate  // the same delivery again
	OutOfOrder // an earlier event that arrived later
	Refused    // we did not answer as the provider wants
	Seen       // our answer was not logged
	Backwards  // a later event with a status that the order had left behind
)

var reasonNames = [...]string{"",
	"awaiting_payment", "awaiting_application", "on_hold", "awaiting_finality", "awaiting_confirmation", "awaiting_webhook", "cut_off",
	"not_covered", "unknown_status", "rejected_row", "not_watched", "address_unknown", "source_fault",
	"sweep", "outgoing", "top_up", "zero_value", "dust", "not_accepted",
	"duplicate", "out_of_order", "refused", "seen", "status_backwards"}

func (r Reason) String() string { return reasonNames[r] }
