package reconciletest

import (
	"errors"
	"fmt"
	"slices"

	"tieout/reconcile"
	"tieout/reconcile/money"
)

// Check returns what must hold of every result and does not: each row has one
// verdict, kinds and breaks say the same, no break or pair stands twice, the
// tie-out of each asset adds up from its parts, and so do the counters of each
// source and the scorecard of each provider. A result with a row that no source covers is not complete.
func Check(r *reconcile.Result) error {
	return errors.Join(checkVerdicts(r), checkComplete(r), checkBreaks(r), checkMatches(r), checkTieOut(r), checkDays(r), checkRollForward(r), checkSources(r), checkScorecard(r))
}

func checkVerdicts(r *reconcile.Result) error {
	var wrong []error
	orders := map[string]bool{}
	for row := range r.Orders() {
		name := row.Provider + " " + row.OrderID + " " + row.OrderNo
		if orders[name] {
			wrong = append(wrong, fmt.Errorf("order %s is listed twice", name))
		}
		orders[name] = true
		wrong = append(wrong, checkVerdict("order "+name, row.Outcome, row.Reason, row.Kinds))
	}
	transfers := map[string]bool{}
	for row := range r.Transfers() {
		name := fmt.Sprint(row.Chain, " ", row.TXID, " ", row.LogIndex, " ", row.Occurrence, " ", row.Trace)
		if row.Occurrence > 0 {
			name += fmt.Sprint(" ", row.Asset.ID, " ", row.From, " ", row.To, " ", row.Amount)
		}
		if transfers[name] {
			wrong = append(wrong, fmt.Errorf("transfer %s is listed twice", name))
		}
		transfers[name] = true
		wrong = append(wrong, checkVerdict("transfer "+name, row.Outcome, row.Reason, row.Kinds))
	}
	for row := range r.Deliveries() {
		wrong = append(wrong, checkVerdict("delivery for "+row.OrderNo, row.Outcome, row.Reason, row.Kinds))
	}
	return errors.Join(wrong...)
}

func checkComplete(r *reconcile.Result) error {
	for _, row := range r.OpenItems() {
		if row.State == reconcile.NotCovered && r.Complete() {
			return fmt.Errorf("order %q (%v) is not covered, and the result calls itself complete", row.OrderNo, row.TXIDs)
		}
	}
	return nil
}

func checkVerdict(what string, outcome reconcile.Outcome, reason reconcile.Reason, kinds []reconcile.Kind) error {
	reasoned := outcome == reconcile.OutcomeOpen || outcome == reconcile.OutcomeUndetermined || outcome == reconcile.OutcomeExcluded
	switch {
	case outcome == reconcile.OutcomeNone:
		return fmt.Errorf("%s has no outcome", what)
	case outcome == reconcile.OutcomeBreak && len(kinds) == 0:
		return fmt.Errorf("%s is a break without a kind", what)
	case outcome != reconcile.OutcomeBreak && len(kinds) > 0:
		return fmt.Errorf("%s is %v and has the kinds %v", what, outcome, kinds)
	case reasoned && reason == reconcile.ReasonNone:
		return fmt.Errorf("%s is %v without a reason", what, outcome)
	}
	if !slices.IsSortedFunc(kinds, func(a, b reconcile.Kind) int { return compareText(a.String(), b.String()) }) {
		return fmt.Errorf("%s: its kinds %v are not sorted by name", what, kinds)
	}
	return nil
}

func compareText(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func checkBreaks(r *reconcile.Result) error {
	var wrong []error
	type key struct {
		id, asset string
	}
	seen := map[key]bool{}
	for _, b := range r.Breaks() {
		k := key{b.ID, b.Asset.ID}
		if seen[k] {
			wrong = append(wrong, fmt.Errorf("break %s (%v) stands twice for %s", b.ID, b.Kind, b.Asset.ID))
		}
		seen[k] = true
		if !b.Kind.Info().Money && !b.Difference.IsZero() {
			wrong = append(wrong, fmt.Errorf("%v of order %q carries money: %v", b.Kind, b.OrderNo, b.Difference))
		}
		if b.Explanation == "" {
			wrong = append(wrong, fmt.Errorf("%v of order %q is not explained", b.Kind, b.OrderNo))
		}
	}
	return errors.Join(wrong...)
}

func checkMatches(r *reconcile.Result) error {
	var wrong []error
	type pair struct {
		order, transfer string
	}
	seen := map[pair]bool{}
	for m := range r.Matches() {
		p := pair{m.Provider + " " + m.OrderID + " " + m.OrderNo,
			fmt.Sprint(m.Chain, m.TXID, " ", m.LogIndex, " ", m.Occurrence, " ", m.Asset.ID, " ", m.Amount)}
		if seen[p] {
			wrong = append(wrong, fmt.Errorf("the pair %v stands twice", p))
		}
		seen[p] = true
		if m.Rule == reconcile.RuleNone || m.Explanation == "" {
			wrong = append(wrong, fmt.Errorf("the pair %v has no rule or no explanation", p))
		}
	}
	return errors.Join(wrong...)
}

// checkTieOut recomputes the identity from the rows that the report publishes.
func checkTieOut(r *reconcile.Result) error {
	var wrong []error
	breaks, open := map[string]money.Units{}, map[string]money.Units{}
	answered := map[string]money.Units{}
	for _, b := range r.Breaks() {
		sum := breaks
		if closes(b.Answer) {
			sum = answered
		}
		sum[b.Asset.ID] = sum[b.Asset.ID].Add(b.Difference)
	}
	for _, o := range r.OpenItems() {
		sum := open
		if closes(o.Answer) {
			sum = answered
		}
		sum[o.Asset.ID] = sum[o.Asset.ID].Add(o.Amount)
	}
	listed := map[string]bool{}
	for _, l := range r.TieOut() {
		listed[l.Asset.ID] = true
		parts := l.Breaks.Add(l.Open).Add(l.CutOff).Add(l.Tolerance).Add(l.NotCovered).Add(l.Answered)
		difference := l.Received.Sub(l.Expected)
		if residual := difference.Sub(parts); !residual.IsZero() || !l.Residual.IsZero() {
			wrong = append(wrong, fmt.Errorf("the tie-out of %s leaves %v (it says %v): %+v", l.Asset.ID, residual, l.Residual, l))
		}
		if l.Breaks != breaks[l.Asset.ID] {
			wrong = append(wrong, fmt.Errorf("the tie-out of %s has breaks of %v, the break rows add up to %v", l.Asset.ID, l.Breaks, breaks[l.Asset.ID]))
		}
		if l.Answered != answered[l.Asset.ID] {
			wrong = append(wrong, fmt.Errorf("the tie-out of %s has %v answered, the rows add up to %v", l.Asset.ID, l.Answered, answered[l.Asset.ID]))
		}
		if items := l.Open.Add(l.CutOff).Add(l.NotCovered); items != open[l.Asset.ID] {
			wrong = append(wrong, fmt.Errorf("the tie-out of %s has open items of %v, the rows add up to %v", l.Asset.ID, items, open[l.Asset.ID]))
		}
	}
	for asset, sum := range breaks {
		if !listed[asset] && !sum.IsZero() {
			wrong = append(wrong, fmt.Errorf("breaks of %v of %s stand in no tie-out", sum, asset))
		}
	}
	return errors.Join(wrong...)
}

// checkDays recomputes each line by date and account, and their sums.
func checkDays(r *reconcile.Result) error {
	var wrong []error
	sums := map[string]reconcile.TieOutLine{}
	between := map[string]money.Units{}
	seen := map[[3]string]bool{}
	for _, l := range r.Days() {
		k := [3]string{l.Date, l.Account, l.Asset.ID}
		if seen[k] {
			wrong = append(wrong, fmt.Errorf("the line %q stands twice", k))
		}
		seen[k] = true
		parts := l.Breaks.Add(l.Open).Add(l.CutOff).Add(l.Tolerance).Add(l.NotCovered).Add(l.Answered).Add(l.In).Sub(l.Out)
		if rest := l.Received.Sub(l.Expected).Sub(parts); !rest.IsZero() {
			wrong = append(wrong, fmt.Errorf("the line %q leaves %v: %+v", k, rest, l))
		}
		s := sums[l.Asset.ID]
		s.Received, s.Expected, s.Breaks, s.Open = s.Received.Add(l.Received), s.Expected.Add(l.Expected), s.Breaks.Add(l.Breaks), s.Open.Add(l.Open)
		s.CutOff, s.Tolerance = s.CutOff.Add(l.CutOff), s.Tolerance.Add(l.Tolerance)
		s.NotCovered, s.Answered = s.NotCovered.Add(l.NotCovered), s.Answered.Add(l.Answered)
		s.Orders, s.Transfers = s.Orders+l.Orders, s.Transfers+l.Transfers
		sums[l.Asset.ID] = s
		between[l.Asset.ID] = between[l.Asset.ID].Add(l.In).Sub(l.Out)
	}
	for _, l := range r.TieOut() {
		s := sums[l.Asset.ID]
		delete(sums, l.Asset.ID)
		s.Asset, s.Chain, s.NotReconciled, s.ReceivedValue, s.ExpectedValue = l.Asset, l.Chain, l.NotReconciled, l.ReceivedValue, l.ExpectedValue
		if s != l {
			wrong = append(wrong, fmt.Errorf("the dates of %s come to %+v, the window is %+v", l.Asset.ID, s, l))
		}
		if !between[l.Asset.ID].IsZero() {
			wrong = append(wrong, fmt.Errorf("between the dates %v of %s is lost", between[l.Asset.ID], l.Asset.ID))
		}
	}
	for asset := range sums {
		wrong = append(wrong, fmt.Errorf("the dates have %s, the window has not", asset))
	}
	return errors.Join(wrong...)
}

func closes(a *reconcile.Answer) bool {
	return a != nil && (a.Action == reconcile.Resolved || a.Action == reconcile.WriteOff)
}

// checkRollForward recomputes the closing of each line from the items that are
// handed on, and the balance from the movements.
func checkRollForward(r *reconcile.Result) error {
	var wrong []error
	type key struct {
		section reconcile.Section
		asset   string
	}
	closing := map[key]reconcile.RollFigure{}
	ids := map[string]bool{}
	for _, it := range r.Closing().Items {
		if ids[it.ID+it.Asset.ID] {
			wrong = append(wrong, fmt.Errorf("item %s of %s is handed on twice", it.ID, it.Asset.ID))
		}
		ids[it.ID+it.Asset.ID] = true
		if it.FirstDate == "" || it.LastDate == "" || it.FigureDate == "" || it.Subject == "" {
			wrong = append(wrong, fmt.Errorf("item %s has no date or subject: %+v", it.ID, it))
		}
		if it.Closed() {
			continue
		}
		k := key{reconcile.SectionBreaks, it.Asset.ID}
		if it.Kind == "" {
			k.section = reconcile.SectionOpen
		}
		f := closing[k]
		f.Count++
		f.Net = f.Net.Add(it.Difference)
		if it.Difference.Sign() < 0 {
			f.Minus = f.Minus.Add(it.Difference)
		} else {
			f.Plus = f.Plus.Add(it.Difference)
		}
		closing[k] = f
	}
	for _, l := range r.RollForward() {
		k := key{l.Section, l.Asset.ID}
		if l.Closing != closing[k] {
			wrong = append(wrong, fmt.Errorf("the roll-forward of %v closes with %+v, the items handed on are %+v", k, l.Closing, closing[k]))
		}
		delete(closing, k)
		net := l.Opening.Net.Add(l.New.Net).Add(l.Reopened.Net).Add(l.Changed.Net).Add(l.MovedIn.Net).Sub(l.MovedOut.Net).Sub(l.Resolved.Net).Sub(l.WrittenOff.Net)
		count := l.Opening.Count + l.New.Count + l.Reopened.Count + l.MovedIn.Count - l.MovedOut.Count - l.Resolved.Count - l.WrittenOff.Count
		if net != l.Closing.Net || count != l.Closing.Count {
			wrong = append(wrong, fmt.Errorf("the roll-forward of %v does not balance: %+v", k, l))
		}
	}
	for k := range closing {
		wrong = append(wrong, fmt.Errorf("items of %v are in no line of the roll-forward", k))
	}
	return errors.Join(wrong...)
}

func checkSources(r *reconcile.Result) error {
	var wrong []error
	for _, s := range r.Sources() {
		if s.Read != s.Parsed+s.Duplicates+s.Superseded+s.OutOfScope+s.Rejected {
			wrong = append(wrong, fmt.Errorf("the counters of source %s do not add up: %+v", s.Name, s))
		}
	}
	return errors.Join(wrong...)
}
