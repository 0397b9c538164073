package cases

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"tieout/reconcile"
	"tieout/reports"
)

// Case is a break or an open item as people are shown it.
type Case struct {
	ID          string    `json:"id"`
	Kind        string    `json:"kind"`  // of the break, "" for an open item
	State       string    `json:"state"` // of the open item, "" for a break
	OrderID     string    `json:"order_id"`
	OrderNo     string    `json:"order_no"`
	Provider    string    `json:"provider"`
	Account     string    `json:"account"`
	Customer    string    `json:"customer"`
	Chain       string    `json:"chain"`
	Asset       string    `json:"asset"`
	Symbol      string    `json:"symbol"`
	Difference  string    `json:"difference"`
	Value       string    `json:"value"`
	TXIDs       []string  `json:"txids"`
	FirstSeen   string    `json:"first_seen"`
	FirstDate   string    `json:"first_date"`
	AgeDays     int       `json:"age_days"`
	Explanation string    `json:"explanation"`
	Answer      *Decided  `json:"answer"`  // in force, null without one
	Pending     []Decided `json:"pending"` // given, and counting from the next run on

	value reconcile.Item
}

// Decided is an answer as people are shown it.
type Decided struct {
	ID          string `json:"id"`
	Asset       string `json:"asset"`
	Disposition string `json:"disposition"`
	Reason      string `json:"reason"`
	By          string `json:"by"`
	Until       string `json:"until"`
	Cap         string `json:"cap"`
	Date        string `json:"date"` // business date of the report that was answered
	At          string `json:"at"`
	File        string `json:"file"`
	SHA256      string `json:"sha256"`
	Row         int    `json:"row"`
}

// Show makes an answer fit to be shown.
func Show(a reconcile.Answer) Decided {
	return Decided{a.ID, a.Asset, string(a.Action), a.Reason, a.By, a.Until, a.Cap.String(), a.Date, a.At.String(), a.File, a.SHA256, a.Row}
}

// Cases returns the date of the newest business date that was carried forward, and
// everything in it, the oldest first. Ages count from its end.
func Cases(ctx context.Context, state State, end func(date string) reconcile.Instant) (date string, list []Case, err error) {
	next, err := state.Next(ctx)
	if err != nil || next.Date == "" {
		return "", nil, err
	}
	to := end(next.Date)
	for _, it := range next.Items {
		c := caseOf(it, to)
		for _, a := range next.Answers {
			if a.ID == it.ID && (a.Asset == "" || a.Asset == it.Asset.ID) {
				c.Pending = append(c.Pending, Show(a))
			}
		}
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b Case) int {
		return cmp.Or(-cmp.Compare(a.AgeDays, b.AgeDays), strings.Compare(a.ID, b.ID), strings.Compare(a.Asset, b.Asset))
	})
	return next.Date, list, nil
}

func caseOf(it reconcile.Item, to reconcile.Instant) Case {
	c := Case{ID: it.ID, Kind: it.Kind, State: it.State, OrderID: it.OrderID, OrderNo: it.OrderNo, Provider: it.Provider, Account: it.Account,
		Customer: it.Customer, Chain: it.Chain, Asset: it.Asset.ID, Symbol: it.Asset.Symbol, Difference: it.Difference.Decimal(it.Asset.Decimals),
		Value: it.Value.String(), TXIDs: it.TXIDs, FirstSeen: it.FirstSeen.String(), FirstDate: it.FirstDate, Explanation: it.Explanation,
		Pending: []Decided{}, value: it}
	if c.TXIDs == nil {
		c.TXIDs = []string{}
	}
	if it.FirstSeen.Known() && to > it.FirstSeen {
		c.AgeDays = int((to - it.FirstSeen) / reconcile.Day)
	}
	if it.Answer != nil {
		shown := Show(*it.Answer)
		c.Answer = &shown
	}
	return c
}

// Filter says which cases are wanted; an empty field wants all.
type Filter struct {
	Kind     string // of a break
	State    string // of an open item; or open, closed, answered, unanswered, or a disposition
	Asset    string // its id or symbol
	Provider string
	Age      string // days: 4 (at least), 4-7
}

// Apply returns the cases that are wanted. Closed ones are shown when they are
// asked for.
func (f Filter) Apply(list []Case) ([]Case, error) {
	from, to, err := f.ages()
	if err != nil {
		return nil, err
	}
	kept := []Case{}
	for _, c := range list {
		if f.state(&c) && matches(f.Kind, c.Kind) && matches(f.Provider, c.Provider) && (f.Asset == "" || matches(f.Asset, c.Asset) || matches(f.Asset, c.Symbol)) &&
			c.AgeDays >= from && c.AgeDays <= to {
			kept = append(kept, c)
		}
	}
	return kept, nil
}

func matches(wanted, have string) bool { return wanted == "" || strings.EqualFold(wanted, have) }

func (f Filter) state(c *Case) bool {
	switch f.State {
	case "", "open":
		return !c.value.Closed()
	case "closed":
		return c.value.Closed()
	case "answered":
		return c.Answer != nil
	case "unanswered":
		return c.Answer == nil
	}
	return strings.EqualFold(f.State, c.State) || c.Answer != nil && strings.EqualFold(f.State, c.Answer.Disposition)
}

// ages reads 4 and 4-7.
func (f Filter) ages() (from, to int, err error) {
	to = int(^uint(0) >> 1)
	if f.Age == "" {
		return 0, to, nil
	}
	low, high, span := strings.Cut(f.Age, "-")
	from, err = strconv.Atoi(low)
	if err == nil && span {
		to, err = strconv.Atoi(high)
	}
	if err != nil || from < 0 || to < from {
		return 0, 0, &MistakeError{fmt.Sprintf("--age %q: days are expected, such as 4 (at least four) or 4-7", f.Age)}
	}
	return from, to, nil
}

// WriteTable writes cases for a terminal.
func WriteTable(w io.Writer, date string, list []Case) error {
	if len(list) == 0 {
		_, err := fmt.Fprintf(w, "nothing of that kind is carried forward from %s\n", date)
		return err
	}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "ID\tWHAT\tORDER\tPROVIDER\tFIGURE\tVALUE\tDAYS\tANSWER")
	for i := range list {
		c := &list[i]
		cells := []string{c.ID, cmp.Or(c.Kind, c.State), cmp.Or(c.OrderNo, c.OrderID, "-"), cmp.Or(c.Provider, "-"),
			strings.TrimSpace(c.Difference + " " + c.Symbol), cmp.Or(c.Value, "-"), strconv.Itoa(c.AgeDays), c.standing()}
		for j := range cells {
			cells[j] = reports.Line(cells[j])
		}
		fmt.Fprintln(tw, strings.Join(cells, "\t"))
	}
	fmt.Fprintf(tw, "%d carried forward from %s\n", len(list), date)
	return tw.Flush()
}

// standing is the answer in force and the one that waits for the next run.
func (c *Case) standing() string {
	text := "-"
	if c.Answer != nil {
		text = c.Answer.Disposition + " by " + c.Answer.By
		if c.Answer.Until != "" {
			text += " until " + c.Answer.Until
		}
	}
	if n := len(c.Pending); n > 0 {
		text += ", next run: " + c.Pending[n-1].Disposition + " by " + c.Pending[n-1].By
	}
	return text
}
