package reconcile

import "tieout/reconcile/money"

// Figure is an amount that may be unknown. Its asset stands beside it.
type Figure struct {
	Units money.Units
	Known bool
}

// OrderRow is one payment with its verdict, whatever books it stands in.
type OrderRow struct {
	OrderID, OrderNo, Provider, Account, Customer string
	Status                                        string // verbatim, the provider's where it has the order
	Outcome                                       Outcome
	Reason                                        Reason // why open or undetermined; the first where several
	Kinds                                         []Kind // sorted by name, empty without a break
	Asset                                         money.Asset
	Due, Received                                 Figure   // Received: allocated in the order's own asset before Window.To, gross
	TXIDs                                         []string // sorted; matched, else claimed
	PayTo                                         string
	Created                                       Instant
	Explanation                                   string
	Expected                                      money.Units // what the identity expects of it
	Tolerance                                     money.Units // its part of the identity's tolerance
	Webhook                                       Fate        // what became of its notification
	WebhookMarks                                  Marks       // what else happened to its deliveries
	WebhookStory                                  string      // both in a sentence; "" without a fate
}

// TransferRow is one transfer with its verdict.
type TransferRow struct {
	Chain      string
	Block      uint64
	BlockTime  Instant
	TXID       string
	LogIndex   int64 // -1 without one
	Occurrence int   // 1, 2, … for equal rows without a log index; 0 with one
	Trace      string
	Asset      money.Asset
	From, To   string
	Amount     money.Units
	Outcome    Outcome
	Reason     Reason
	Kinds      []Kind
	OrderID    string // the order it was attributed to; empty for none or several
	OrderNo    string
	Note       string // a sentence: why excluded, or the nearest miss
	Final      bool   // only final money enters the identity
}

// DeliveryRow is one webhook delivery with its verdict.
type DeliveryRow struct {
	Source           string
	Received         Instant
	Provider         string
	OrderID, OrderNo string
	Status           string
	Amount           money.Quantity
	Symbol, TXID     string
	Response         int
	Signature        Signature
	Outcome          Outcome
	Reason           Reason
	Kinds            []Kind
	Note             string
	Attempt          int // which delivery of this status of its order it is, from 1; 0 without an order, or forged
	AfterBlock       Lag // how long after the block that settled its order, and
	AfterPaid        Lag // after the provider's own paid time; known of the first delivery that says paid
}

// MatchRow is one (order, transfer) pair. A batch has one row per order with its share.
type MatchRow struct {
	OrderID, OrderNo, Provider string
	Chain, TXID                string
	LogIndex                   int64
	Occurrence                 int
	Asset                      money.Asset
	Amount                     money.Units
	Rule                       Rule
	Margin                     string // distance to the second-best assignment; "" where no other candidate existed, or too many to say
	Explanation                string
}

// BreakRow is one break: one kind, one subject, one asset.
type BreakRow struct {
	ID                         string // B- and 16 hex digits, stable across days
	Kind                       Kind
	Cause                      Cause
	Severity                   Severity
	OrderID, OrderNo, Provider string
	Account, Customer          string
	Chain                      string
	Asset                      money.Asset
	Expected, Observed         Figure
	Difference                 money.Units    // signed contribution to received - expected
	Value                      money.Quantity // |amount at risk| in the reference currency; unknown without a rate
	TXIDs                      []string
	PayTo                      string
	FirstSeen                  Instant // block time, else creation
	FirstDate                  string  // business date of the run that found it first
	AgeDays                    int
	Bucket                     string  // of its age
	Answer                     *Answer // the disposition in force, nil without one; one that closes it counts on the line Answered
	Deadline                   Instant
	Action                     ActionCode
	Explanation                string
	Incident                   string // N- and 16 hex digits of the incident that it is part of, "" for none
}

// OpenRow is one open or undetermined item, carried forward.
type OpenRow struct {
	ID                         string // I- and 16 hex digits
	State                      Reason
	OrderID, OrderNo, Provider string
	Chain                      string
	Asset                      money.Asset
	Amount                     money.Units // signed contribution to received - expected
	Value                      money.Quantity
	TXIDs                      []string
	FirstSeen                  Instant
	FirstDate                  string
	AgeDays                    int
	Bucket                     string
	Answer                     *Answer // as of a BreakRow
	Until                      Instant // when it is expected to resolve or turns into a break; 0 when nobody can say
	Note                       string
}

// ActionRow is one thing to do.
type ActionRow struct {
	Priority         int // 1 is first: by deadline, then value
	Action           ActionCode
	Who              string
	Deadline         Instant // 0 = none
	HoursLeft        int     // whole hours from Window.To, negative when past
	OrderID, OrderNo string
	Provider         string
	Account          string
	Chain, TXID      string
	Asset            money.Asset
	Amount           Figure
	Value            money.Quantity
	Reason           string // why, with the preconditions that the run verified
	Sentence         string // one imperative sentence, with what not to do
	BreakIDs         []string
	Link             string // explorer or provider link, https; "" without one
	Severity         Severity
	Incident         string // of its breaks, "" for none
}

// RejectRow is an input row that could not be read.
type RejectRow struct {
	Source, File, Sheet string
	Line                int
	Column, Value       string
	Reason, Raw         string // secrets masked by the source
}

// TieOutLine is the identity of one asset:
// Received - Expected = Breaks + Open + CutOff + Tolerance + NotCovered + Answered.
type TieOutLine struct {
	Asset                                                 money.Asset
	Chain                                                 string
	Received, Expected                                    money.Units
	Breaks, Open, CutOff, Tolerance, NotCovered, Answered money.Units
	Residual                                              money.Units // zero in every published report
	Orders, Transfers                                     int         // how many stand behind it
	NotReconciled                                         money.Units // due of paid orders on unwatched chains, outside the identity
	ReceivedValue, ExpectedValue                          money.Quantity
}

// SourceRow are the control totals of one source:
// Read = Parsed + Duplicates + Superseded + OutOfScope + Rejected.
type SourceRow struct {
	Name, Kind                                                 string
	Read, Parsed, Duplicates, Superseded, OutOfScope, Rejected int
	Covers                                                     []Coverage
	Gaps                                                       []Gap
	Notes                                                      []string
	Proof                                                      string // what was proven: "declared", "none", "basic"
}

// Coverage says that a source is complete for a chain over a time span.
type Coverage struct {
	Chain   string // CAIP-2; "" for order books and webhook logs
	Address string // canonical; "" = every watched address
	Asset   string // CAIP-19 style id; "" = every accepted asset of the chain
	Span    Interval
}

// Gap says that a source is not complete, and why. A run with a gap inside its
// window is incomplete.
type Gap struct {
	Chain  string
	Span   Interval // zero = all of it
	Blocks [2]uint64
	Reason string
}
