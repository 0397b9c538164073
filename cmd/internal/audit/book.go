package audit

import (
	"slices"
	"time"

	"tieout/reconcile/money"
)

// book is everything that the rows of one report say, with what they add up to.
type book struct {
	d *Date
	m *manifest

	orders    []*order
	byKey     map[orderKey]*order
	byNames   map[names][]*order
	named     map[string]bool // order ids and numbers
	transfers []*transfer
	byTX      map[txKey][]*transfer
	breaks    map[string][]*breakRow // by id
	kindsOf   map[orderKey]map[string]bool
	claimed   map[claim]bool // breaks by kind and order
	txKinds   map[claim]bool // breaks by kind and transaction
	actedOn   map[claim]bool // break ids by action
	items     map[orderKey][]string
	loose     []*breakRow            // breaks without an order
	sums      map[string]*sum        // by asset
	standing  map[rollKey]rollFigure // open rows by section and asset
	counted   counts
	delivered map[string]*delivered // by provider
}

// The words that the files use.
var (
	outcomes   = []string{"agreed", "break", "open", "undetermined", "context", "excluded"}
	severities = []string{"low", "medium", "high", "critical"}
	finals     = []string{"yes", "no"}
)

// undetermined are the states of items that claim nothing.
var undetermined = map[string]bool{"not_covered": true, "unknown_status": true, "rejected_row": true, "not_watched": true,
	"address_unknown": true, "source_fault": true}

type names struct{ id, no string }

type orderKey struct{ provider, id, no string }

type txKey struct{ chain, txid string }

// claim pairs a word with what it is about.
type claim struct{ word, about string }

// order is a row of orders.csv, with what other rows say about it.
type order struct {
	at                                 spot
	key                                orderKey
	outcome, state, asset              string
	account, customer, payTo           string
	kinds, txids                       []string
	due, received, expected, tolerance money.Quantity
	created                            time.Time

	matched  money.Quantity            // of its matches, final and before the end of the window
	counts   money.Quantity            // of them, what the identity counts
	matches  []string                  // transactions
	named    map[string]money.Quantity // its breaks and items, by asset
	foreign  map[string]money.Quantity // what came in other assets, counted
	position int
}

// transfer is a row of transfers.csv.
type transfer struct {
	at                     spot
	tx                     txKey
	log, occurrence        int
	asset, outcome, reason string
	kinds                  []string
	owner                  names
	amount, given          money.Quantity // given: to the orders it is matched with
	time                   time.Time
	final                  bool
	explained              money.Quantity // by a break or an item of its own
}

// counts reports whether the identity counts the transfer: money that came, not a
// payment of ours that no refund explains.
func (t *transfer) counts() bool {
	return t.final && t.outcome != "context" && t.outcome != "excluded" && !slices.Contains(t.kinds, "unmatched_refund")
}

// breakRow is a row of breaks.csv.
type breakRow struct {
	at                       spot
	id, kind, asset, action  string
	chain, disposition       string
	order                    orderKey
	txids                    []string
	expected, observed, diff money.Quantity
	value                    money.Quantity
	first                    time.Time
	hasOrder                 bool
	severity                 string
	account, customer, payTo string
	deadline                 time.Time
	incident                 string // "" for none, or in an older report
}

// itemRow is a row of open_items.csv.
type itemRow struct {
	at                      spot
	id, state, asset, chain string
	disposition             string
	order                   orderKey
	txids                   []string
	amount, value           money.Quantity
}

// counts are the control totals of the rows, under the names of result.json.
type counts struct {
	outcomes map[string]map[string]int // orders, transfers, deliveries
	tallies  map[string]map[string]*tally
	words    map[string]map[string]int // excluded, matches, actions, breaks_by_severity
	plain    map[string]int            // breaks, unmatched_transfers, open_items, rejects
	rejects  map[string]int            // by source
}

type tally struct {
	count int
	value money.Quantity
}

func newBook(d *Date, m *manifest) *book {
	return &book{d: d, m: m, byKey: map[orderKey]*order{}, byNames: map[names][]*order{}, named: map[string]bool{}, byTX: map[txKey][]*transfer{},
		breaks: map[string][]*breakRow{}, kindsOf: map[orderKey]map[string]bool{}, claimed: map[claim]bool{}, txKinds: map[claim]bool{},
		actedOn: map[claim]bool{}, items: map[orderKey][]string{}, sums: map[string]*sum{}, standing: map[rollKey]rollFigure{}, delivered: map[string]*delivered{},
		counted: counts{outcomes: map[string]map[string]int{}, tallies: map[string]map[string]*tally{}, words: map[string]map[string]int{},
			plain: map[string]int{}, rejects: map[string]int{}}}
}

func (c *counts) word(key, word string) {
	if c.words[key] == nil {
		c.words[key] = map[string]int{}
	}
	c.words[key][word]++
}

// tally adds a value to a name, and counts it unless it was counted before.
func (c *counts) tally(key, word string, value money.Quantity, fresh bool) {
	if c.tallies[key] == nil {
		c.tallies[key] = map[string]*tally{}
	}
	t := c.tallies[key][word]
	if t == nil {
		t = &tally{}
		c.tallies[key][word] = t
	}
	if fresh {
		t.count++
	}
	t.value = t.value.Add(value)
}
