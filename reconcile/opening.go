package reconcile

import "tieout/reconcile/money"

// Opening is what a run starts from: what the newest run of an earlier business
// date carried forward, and what people answered since. The zero value is that of
// a first run.
type Opening struct {
	Date    string // business date that closed it, YYYY-MM-DD; "" = there was none
	Items   []Item
	Matched []Matched
	Answers []Answer // given since that date, in the order in which they count
}

// isZero reports whether nothing was carried forward and nobody answered anything.
func (o *Opening) isZero() bool {
	return o.Date == "" && len(o.Items) == 0 && len(o.Matched) == 0 && len(o.Answers) == 0
}

// Item is a break or an open item between two runs. Its identity is ID and
// Asset.ID: a break in two assets is two items under one id. Closed items stay for
// a while, so that what closed is not taken for new while the rows still show it.
type Item struct {
	ID      string // break_id or item_id
	Kind    string // of the break, "" for an open item
	State   string // of the open item, "" for a break
	Subject string // what the id is made of: order:…, tx:… or claim:…

	OrderID, OrderNo, Provider string
	Account, Customer          string
	Chain                      string
	Asset                      money.Asset
	TXIDs                      []string

	Difference         money.Units    // signed contribution to received - expected
	Received, Expected money.Units    // of its subject, when the item was last seen in the rows
	Value              money.Quantity // |amount at risk| in the reference currency; unknown without a rate
	FirstSeen          Instant        // block time, else creation
	FirstDate          string         // business date of the run that found it first, YYYY-MM-DD
	LastDate           string         // and of the one that saw it last in the rows that it read
	FigureDate         string         // and of the one since which its difference is what it is
	Explanation        string
	Candidates         []string // subjects that it stands on: of ambiguous_payment every order that could have been paid; refunds (refund:…) that were counted
	OurBook            bool     // the merchant's book had a row of its order when the rows showed the item

	Answer *Answer // the disposition in force, nil without one
}

// Closed reports whether the item is closed: by a person, or by the evidence. Only
// items that are not closed are open, and counted as such.
func (it *Item) Closed() bool { return it.Answer != nil && it.Answer.Action.closes() }

// Disposition is what a person decided about an item.
type Disposition string

// The dispositions.
const (
	Accept   Disposition = "accept"    // known and tolerated: stays in closing, out of the queue
	Resolved Disposition = "resolved"  // settled outside: closes, reopens when the figure grows
	WriteOff Disposition = "write_off" // closes at a loss or gain, reopens when the figure grows
	Suppress Disposition = "suppress"  // out of the queue until a date, or until the amount grows beyond the cap
	Reopen   Disposition = "reopen"    // takes any of the others back
)

func (d Disposition) closes() bool { return d == Resolved || d == WriteOff }

// ByEvidence stands in Answer.By where no person but the evidence resolved an item.
const ByEvidence = "evidence"

// Answer is a person's decision about one item, with where it was given.
type Answer struct {
	ID     string // of the break or open item
	Asset  string // CAIP-19 style id; "" = every asset of the id
	Action Disposition
	Reason string
	By     string
	Until  string         // last business date on which it counts, YYYY-MM-DD; "" = until the amount grows
	Cap    money.Quantity // |difference| up to which it counts, in units of the asset; unknown = the difference when it was given
	Date   string         // business date of the report that was answered, YYYY-MM-DD
	At     Instant        // when it was taken in
	File   string         // where it was read; "" = the command line
	SHA256 string         // of that file
	Row    int            // in that file, from 1; 0 without one
}

// Matched is a matched transfer that a reorganisation could still take back. Of
// orders without a break nothing else is kept.
type Matched struct {
	Chain     string
	Key       string // 16 hex digits of SHA-256 over chain and transaction, a line feed between: a block mined again may number its logs anew
	BlockHash string // "" where the source does not know it
	Subject   string // of the order that it paid
	Time      Instant
}
