package reports

import "tieout/reconcile"

type dayJSON struct {
	Date       string `json:"date"`  // "" = before the dates of the window
	Whole      bool   `json:"whole"` // the window holds all of the date
	Account    string `json:"account"`
	Asset      string `json:"asset"`
	Symbol     string `json:"symbol"`
	Chain      string `json:"chain"`
	Received   string `json:"received"`
	Expected   string `json:"expected"`
	Breaks     string `json:"breaks"`
	Open       string `json:"open"`
	CutOff     string `json:"cut_off"`
	Tolerance  string `json:"tolerance"`
	NotCovered string `json:"not_covered"`
	Answered   string `json:"answered"`
	In         string `json:"in"`  // came on this date for orders of other dates
	Out        string `json:"out"` // came on other dates for orders of this one
	Residual   string `json:"residual"`
	Orders     int    `json:"orders"`
	Transfers  int    `json:"transfers"`
}

type monthJSON struct {
	From    string    `json:"from"`
	To      string    `json:"to"`
	Dates   []string  `json:"dates"`
	Missing []string  `json:"missing"`
	Lines   []dayJSON `json:"lines"`
}

func daysOf(lines []reconcile.DayLine) []dayJSON {
	list := make([]dayJSON, 0, len(lines))
	for i := range lines {
		l := &lines[i]
		d := l.Asset.Decimals
		list = append(list, dayJSON{Date: l.Date, Whole: l.Whole, Account: l.Account, Asset: l.Asset.ID, Symbol: l.Asset.Symbol, Chain: l.Chain,
			Received: l.Received.Decimal(d), Expected: l.Expected.Decimal(d), Breaks: l.Breaks.Decimal(d), Open: l.Open.Decimal(d),
			CutOff: l.CutOff.Decimal(d), Tolerance: l.Tolerance.Decimal(d), NotCovered: l.NotCovered.Decimal(d), Answered: l.Answered.Decimal(d),
			In: l.In.Decimal(d), Out: l.Out.Decimal(d), Residual: l.Residual().Decimal(d), Orders: l.Orders, Transfers: l.Transfers})
	}
	return list
}

func monthJSONOf(m *month) *monthJSON {
	if m == nil {
		return nil
	}
	return &monthJSON{From: m.from, To: m.to, Dates: orEmpty(m.dates), Missing: orEmpty(m.missing), Lines: daysOf(m.lines)}
}
