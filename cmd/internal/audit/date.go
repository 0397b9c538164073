package audit

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"tieout/reconcile/money"
)

// Date is the verification of one report.
type Date struct {
	Name      string    `json:"name"` // its directory, below the root
	AsOf      string    `json:"as_of"`
	Revision  int       `json:"revision"`
	Status    string    `json:"status"`    // what the report says of itself: complete, incomplete; "" when it is not published
	SHA256    string    `json:"sha256"`    // of result.json
	Stale     string    `json:"stale"`     // why it has to be run again, "" when it need not
	Unchecked []string  `json:"unchecked"` // what could not be verified from these files, a sentence each
	Assets    []Line    `json:"assets"`    // the tie-out as the rows give it
	Rows      Rows      `json:"rows"`
	Checks    int       `json:"checks"`   // comparisons made
	Failed    int       `json:"failed"`   // comparisons that failed
	Findings  []Finding `json:"findings"` // the first of them

	place    string // path of the directory
	manifest *manifest
}

// Rows counts the rows of each file.
type Rows struct {
	Orders     int `json:"orders"`
	Transfers  int `json:"transfers"`
	Deliveries int `json:"deliveries"`
	Matches    int `json:"matches"`
	Breaks     int `json:"breaks"`
	OpenItems  int `json:"open_items"`
	Actions    int `json:"actions"`
	Rejects    int `json:"rejects"`
}

// Finding is a comparison that failed.
type Finding struct {
	Check      string `json:"check"` // what was compared
	File       string `json:"file"`
	Line       int    `json:"line"` // 0 = the file as a whole
	Expected   string `json:"expected"`
	Found      string `json:"found"`
	Difference string `json:"difference"` // found - expected, of figures
}

// maxFindings bounds how many failures of a report are told one by one.
const maxFindings = 100

// Verdict sums up one report.
func (d *Date) Verdict() Verdict {
	switch {
	case d.Failed > 0:
		return Fails
	case d.Stale != "" || len(d.Unchecked) > 0:
		return Incomplete
	}
	return Holds
}

// spot is where a comparison is made.
type spot struct {
	file string
	line int
}

func (d *Date) fail(at spot, check, expected, found string) { d.failBy(at, check, expected, found, "") }

func (d *Date) failBy(at spot, check, expected, found, difference string) {
	d.Checks++
	d.Failed++
	if len(d.Findings) < maxFindings {
		d.Findings = append(d.Findings, Finding{check, at.file, at.line, expected, found, difference})
	}
}

// that is a comparison of yes and no.
func (d *Date) that(ok bool, at spot, check, expected, found string) {
	d.Checks++
	if !ok {
		d.Checks--
		d.fail(at, check, expected, found)
	}
}

func (d *Date) same(at spot, check, expected, found string) {
	d.that(expected == found, at, check, expected, found)
}

func (d *Date) number(at spot, check string, expected, found int) {
	if expected == found {
		d.Checks++
		return
	}
	d.failBy(at, check, strconv.Itoa(expected), strconv.Itoa(found), fmt.Sprintf("%+d", found-expected))
}

// amount compares exact figures; an unknown one equals nothing but another.
func (d *Date) amount(at spot, check string, expected, found money.Quantity) {
	if expected.Known() == found.Known() && (!found.Known() || expected.Cmp(found) == 0) {
		d.Checks++
		return
	}
	d.failBy(at, check, expected.String(), found.String(), minus(found, expected).String())
}

// verifyDate checks one report on its own.
func verifyDate(place, name string) *Date {
	d := &Date{Name: name, place: place}
	m := d.readManifest()
	if m == nil {
		return d
	}
	d.manifest = m
	d.checkManifest(m)
	d.checkDays(m)
	d.checkOutputs(m)
	if d.publishesRows(m) {
		d.checkRows(m)
	}
	return d
}

// publishesRows reports whether the files of rows are there, from which everything
// is recomputed: a report may be published without them.
func (d *Date) publishesRows(m *manifest) bool {
	var missing []string
	for _, name := range slices.Sorted(maps.Keys(contract)) {
		if !m.lists(name) {
			missing = append(missing, name)
		}
	}
	switch {
	case len(missing) == 0:
		return true
	case m.interim && m.lists("actions.csv"): // it says what to do, and nothing that adds up
	case len(missing) == len(contract):
		d.Unchecked = append(d.Unchecked, "it was published without CSV files: its figures cannot be recomputed")
	default:
		d.fail(spot{file: manifestName}, "outputs", strings.Join(missing, ", "), "not published, though other files of rows are")
	}
	return false
}

// checkRows recomputes what the rows add up to.
func (d *Date) checkRows(m *manifest) {
	b := newBook(d, m)
	for _, read := range []func() error{b.readOrders, b.readTransfers, b.readMatches, b.readBreaks, b.readOpenItems, b.readDeliveries, b.readActions, b.readRejects} {
		if read() != nil {
			return // whatever refers to its rows would fail too
		}
	}
	b.checkActed()
	b.checkTransfers()
	b.checkTransactions()
	b.checkOrders()
	b.checkTieOut()
	b.checkAccounts()
	b.checkRolls()
	b.checkCounts()
	b.checkScorecard()
	b.checkIncidents()
	b.checkSources()
}
