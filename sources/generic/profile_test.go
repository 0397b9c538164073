package generic

import (
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"tieout/reconcile"
	"tieout/sources/sourcetest"
)

// published is the profile as its file says it.
func published(t testing.TB) *reconcile.Profile {
	t.Helper()
	return sourcetest.Profile(t, ProfileYAML, yaml.Unmarshal)
}

func TestWordsOfTheProfile(t *testing.T) {
	p := published(t)
	for words, want := range map[string]reconcile.State{
		"created, new, OPEN, Unpaid, awaiting payment, waiting_for_payment":      reconcile.StateCreated,
		"pending, Processing, confirming":                                        reconcile.StateDetected,
		"paid, Complete, COMPLETED, success, settled, shipped, Refunded":         reconcile.StatePaid,
		"partially_refunded, Partially Refunded":                                 reconcile.StatePaid,
		"expired, timeout, Timed out, overdue":                                   reconcile.StateExpired,
		"cancelled, Canceled, voided":                                            reconcile.StateCancelled,
		"failed, declined, rejected, error":                                      reconcile.StateFailed,
		"closed, on_hold, partially_paid, underpaid, chargeback, bezahlt, 1, \"": reconcile.StateUnknown,
	} {
		for word := range strings.SplitSeq(words, ", ") {
			if got := p.State("", word); got != want {
				t.Errorf("%q is %s, want %s", word, got, want)
			}
		}
	}
}
