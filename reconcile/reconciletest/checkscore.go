package reconciletest

import (
	"errors"
	"fmt"
	"reflect"

	"tieout/reconcile"
)

// checkScorecard: the dates of a provider add up to its window, its parts to their
// sums, and fate and kinds of an order say the same.
func checkScorecard(r *reconcile.Result) error {
	var wrong []error
	windows, dates := map[string]reconcile.ScoreLine{}, map[string]reconcile.ScoreLine{}
	for _, s := range r.Scorecard() {
		if s.Orders != s.Agreed+s.Broken+s.Open+s.Undetermined || s.Notified != s.Accepted+s.Seen+s.Retrying+s.NotCovered+s.Missed() {
			wrong = append(wrong, fmt.Errorf("the parts of a line of the scorecard do not add up: %+v", s))
		}
		if !s.Logged && s.Notified > 0 {
			wrong = append(wrong, fmt.Errorf("%s has no log, and %d of its notifications are judged", s.Provider, s.Notified))
		}
		if s.Date == "" {
			windows[s.Provider] = counters(s)
		} else {
			dates[s.Provider] = added(dates[s.Provider], counters(s))
		}
	}
	if !reflect.DeepEqual(windows, dates) {
		wrong = append(wrong, fmt.Errorf("the dates of the scorecard come to %+v, the window is %+v", dates, windows))
	}
	for row := range r.Orders() {
		wrong = append(wrong, checkFate(&row))
	}
	return errors.Join(wrong...)
}

// counters are a line without what does not add up.
func counters(s reconcile.ScoreLine) reconcile.ScoreLine {
	s.Provider, s.Date, s.Whole, s.Logged = "", "", false, false
	for _, l := range []*reconcile.Latency{&s.AfterBlock, &s.AfterPaid} {
		*l = reconcile.Latency{Count: l.Count, Early: l.Early}
	}
	return s
}

func added(a, b reconcile.ScoreLine) reconcile.ScoreLine {
	x, y := reflect.ValueOf(&a).Elem(), reflect.ValueOf(b)
	for i := range x.NumField() {
		if x.Field(i).Kind() == reflect.Int {
			x.Field(i).SetInt(x.Field(i).Int() + y.Field(i).Int())
		}
	}
	for _, l := range []struct {
		to *reconcile.Latency
		by reconcile.Latency
	}{{&a.AfterBlock, b.AfterBlock}, {&a.AfterPaid, b.AfterPaid}} {
		l.to.Count, l.to.Early = l.to.Count+l.by.Count, l.to.Early+l.by.Early
	}
	return a
}

func checkFate(row *reconcile.OrderRow) error {
	missed, notApplied := false, false
	for _, k := range row.Kinds {
		missed = missed || k == reconcile.MissedWebhook
		notApplied = notApplied || k == reconcile.WebhookNotApplied
	}
	lost := row.Webhook == reconcile.FateNeverArrived || row.Webhook == reconcile.FateRefused || row.Webhook == reconcile.FateBadSignature
	switch {
	case missed && !lost:
		return fmt.Errorf("order %s has missed_webhook and the fate %q", row.OrderNo, row.Webhook)
	case notApplied && row.Webhook != reconcile.FateNotApplied && !lost:
		return fmt.Errorf("order %s has webhook_not_applied and the fate %q", row.OrderNo, row.Webhook)
	case lost && !missed && row.Webhook != reconcile.FateRefused:
		return fmt.Errorf("order %s has the fate %q without missed_webhook", row.OrderNo, row.Webhook)
	case (row.Webhook == reconcile.FateNone) != (row.WebhookStory == ""):
		return fmt.Errorf("order %s has the fate %q and the story %q", row.OrderNo, row.Webhook, row.WebhookStory)
	}
	return nil
}
