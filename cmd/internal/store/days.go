package store

import (
	"bytes"
	"compress/gzip"
	"encoding/json"

	"tieout/reconcile"
	"tieout/reconcile/money"
)

// datedTieOut is a reconcile.DatedTieOut as JSON. As with matched transfers, the
// lines of a run are one compressed text: nobody asks for a single one.
type datedTieOut struct {
	Dates []string
	Lines []dayLine
}

type dayLine struct {
	Date, Account, Asset, Symbol, Chain string
	Decimals                            int
	Orders, Transfers                   int
	Figures                             [10]string // base units, in the order of figuresOf
}

func figuresOf(l *reconcile.DayLine) [10]*money.Units {
	return [10]*money.Units{&l.Received, &l.Expected, &l.Breaks, &l.Open, &l.CutOff, &l.Tolerance, &l.NotCovered, &l.Answered, &l.In, &l.Out}
}

func packDays(d *reconcile.DatedTieOut) ([]byte, error) {
	if len(d.Dates) == 0 {
		return nil, nil
	}
	out := datedTieOut{Dates: d.Dates}
	for i := range d.Lines {
		l := &d.Lines[i]
		line := dayLine{Date: l.Date, Account: l.Account, Asset: l.Asset.ID, Symbol: l.Asset.Symbol, Chain: l.Chain, Decimals: l.Asset.Decimals,
			Orders: l.Orders, Transfers: l.Transfers}
		for n, u := range figuresOf(l) {
			line.Figures[n] = u.String()
		}
		out.Lines = append(out.Lines, line)
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if err := json.NewEncoder(z).Encode(&out); err != nil {
		return nil, err
	}
	err := z.Close()
	return b.Bytes(), err
}

func unpackDays(packed []byte) (d reconcile.DatedTieOut, err error) {
	if len(packed) == 0 {
		return d, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return d, &CorruptError{err}
	}
	var in datedTieOut
	if err := json.NewDecoder(z).Decode(&in); err != nil {
		return d, &CorruptError{err}
	}
	d.Dates = in.Dates
	for i := range in.Lines {
		l := &in.Lines[i]
		line := reconcile.DayLine{Date: l.Date, Whole: true, Account: l.Account, Chain: l.Chain, Orders: l.Orders, Transfers: l.Transfers,
			Asset: money.Asset{ID: l.Asset, Symbol: l.Symbol, Decimals: l.Decimals}}
		for n, u := range figuresOf(&line) {
			if *u, err = units(l.Figures[n]); err != nil {
				return reconcile.DatedTieOut{}, &CorruptError{err}
			}
		}
		d.Lines = append(d.Lines, line)
	}
	return d, nil
}
