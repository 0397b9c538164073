package bvnk

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
		"PENDING PENDING_CUSTOMER_PAYMENT":      reconcile.StateCreated,
		"PROCESSING DETECTED":                   reconcile.StateDetected,
		"COMPLETE COMPLETED UNDERPAID OVERPAID": reconcile.StatePaid,
		"EXPIRED expired":                       reconcile.StateExpired,
		"CANCELLED":                             reconcile.StateCancelled,
		"FAILED":                                reconcile.StateFailed,
		"UNKNOWN HELD SETTLED 1":                reconcile.StateUnknown,
	} {
		for word := range strings.FieldsSeq(words) {
			if got := p.State("", word); got != want {
				t.Errorf("%s is %s, want %s", word, got, want)
			}
		}
	}
}
