package store

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"tieout/reconcile"
	"tieout/reconcile/money"
)

// rest is what of an item has no column of its own.
type rest struct {
	OrderID, OrderNo, Provider string
	Account, Customer, Chain   string
	Symbol                     string
	Decimals                   int
	TXIDs                      []string
	Received, Expected, Value  string
	FirstSeen                  int64
	FigureDate                 string
	Explanation                string
	Candidates                 []string `json:",omitempty"`
	OurBook                    bool     `json:",omitempty"`
	Answer                     *answer  `json:",omitempty"`
}

func (t *tx) insertItems(run int64, items []reconcile.Item) error {
	for n := range items {
		it := &items[n]
		text, err := json.Marshal(restOf(it))
		if err != nil {
			return err
		}
		if _, err := t.exec(`INSERT INTO tieout_items (run_id, n, item_id, asset, kind, state, subject, difference, first_date, last_date, rest)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, run, n, it.ID, it.Asset.ID, it.Kind, it.State, it.Subject, it.Difference.String(),
			it.FirstDate, it.LastDate, string(text)); err != nil {
			return err
		}
	}
	return nil
}

func restOf(it *reconcile.Item) rest {
	r := rest{
		OrderID: it.OrderID, OrderNo: it.OrderNo, Provider: it.Provider, Account: it.Account, Customer: it.Customer, Chain: it.Chain,
		Symbol: it.Asset.Symbol, Decimals: it.Asset.Decimals, TXIDs: it.TXIDs, Received: it.Received.String(), Expected: it.Expected.String(),
		Value: exact(it.Value), FirstSeen: int64(it.FirstSeen), FigureDate: it.FigureDate, Explanation: it.Explanation, Candidates: it.Candidates, OurBook: it.OurBook,
	}
	if it.Answer != nil {
		a := answerOf(*it.Answer)
		r.Answer = &a
	}
	return r
}

func (t *tx) items(run int64) (list []reconcile.Item, err error) {
	err = t.rows(func(scan func(...any) error) error {
		var (
			it               reconcile.Item
			difference, text string
			r                rest
		)
		if err := scan(&it.ID, &it.Asset.ID, &it.Kind, &it.State, &it.Subject, &difference, &it.FirstDate, &it.LastDate, &text); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(text), &r); err != nil {
			return &CorruptError{fmt.Errorf("item %s: %w", it.ID, err)}
		}
		if err := r.into(&it, difference); err != nil {
			return &CorruptError{fmt.Errorf("item %s: %w", it.ID, err)}
		}
		list = append(list, it)
		return nil
	}, `SELECT item_id, asset, kind, state, subject, difference, first_date, last_date, rest FROM tieout_items WHERE run_id = ? ORDER BY n`, run)
	return list, err
}

func (r *rest) into(it *reconcile.Item, difference string) (err error) {
	it.OrderID, it.OrderNo, it.Provider, it.Account, it.Customer, it.Chain = r.OrderID, r.OrderNo, r.Provider, r.Account, r.Customer, r.Chain
	it.Asset.Symbol, it.Asset.Decimals, it.TXIDs = r.Symbol, r.Decimals, r.TXIDs
	it.FirstSeen, it.FigureDate, it.Explanation = reconcile.Instant(r.FirstSeen), r.FigureDate, r.Explanation
	it.Candidates, it.OurBook = r.Candidates, r.OurBook
	if r.Answer != nil {
		a, err := r.Answer.value()
		if err != nil {
			return err
		}
		it.Answer = &a
	}
	if it.Value, err = quantity(r.Value); err != nil {
		return err
	}
	for _, u := range []struct {
		into *money.Units
		text string
	}{{&it.Difference, difference}, {&it.Received, r.Received}, {&it.Expected, r.Expected}} {
		if *u.into, err = units(u.text); err != nil {
			return err
		}
	}
	return nil
}

// signed is how the state writes numbers.
var signed = money.Style{Negative: true}

func units(text string) (money.Units, error) {
	q, err := signed.Parse(text)
	if err != nil {
		return money.Units{}, err
	}
	return q.Coef(), nil
}

// exact writes a quantity as its coefficient and scale: what a source wrote as 1.00
// comes back as that. "" when not known.
func exact(q money.Quantity) string {
	if !q.Known() {
		return ""
	}
	return q.Coef().String() + "e-" + strconv.Itoa(q.Scale())
}

func quantity(text string) (money.Quantity, error) {
	if text == "" {
		return money.Quantity{}, nil
	}
	digits, tail, _ := strings.Cut(text, "e-")
	coef, err := units(digits)
	if err != nil {
		return money.Quantity{}, err
	}
	scale, err := strconv.Atoi(tail)
	if err != nil || scale < 0 || scale > money.MaxDecimals {
		return money.Quantity{}, fmt.Errorf("%q is no quantity", text)
	}
	return money.NewQuantity(coef, scale), nil
}
