package reconcile

// Reject is an input row that a source could not read. The keys that were
// legible come along, so that the order or transfer they name is not judged as
// if the row did not exist.
type Reject struct {
	At     At
	Column string // header as written, "" for the whole row
	Value  string // the offending text
	Reason string // one lower-case sentence with the remedy
	Raw    string // the row as read, secrets masked; may be cut

	OrderID, OrderNo, TXID, Address string // legible keys, "" where not
}

// SourceKind says what a source is a witness of.
type SourceKind uint8

const (
	SourceProviderBook SourceKind = iota
	SourceMerchantBook
	SourceWebhooks
	SourceTransfers
	SourceRefunds
)

func (k SourceKind) String() string {
	return [...]string{"orders", "merchant book", "webhooks", "transfers", "refunds"}[k]
}

// SourceInfo introduces a source to a Builder.
type SourceInfo struct {
	Name     string
	Kind     SourceKind
	Provider string // the profile whose orders or deliveries it holds; "" for transfers
}
