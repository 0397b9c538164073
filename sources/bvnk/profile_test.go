package bvnk

import (
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"tieout/reconcile"
)

// published is the profile as its file says it.
func published(t testing.TB) *reconcile.Profile {
	t.Helper()
	var file struct {
		Name     string                       `yaml:"name"`
		Statuses map[string]map[string]string `yaml:"statuses"`
	}
	if err := yaml.Unmarshal(ProfileYAML, &file); err != nil {
		t.Fatal(err)
	}
	p := &reconcile.Profile{Name: file.Name, Statuses: map[string]map[string]reconcile.State{}}
	for schema, words := range file.Statuses {
		p.Statuses[schema] = map[string]reconcile.State{}
		for word, name := range words {
			state, ok := reconcile.ParseState(name)
			if !ok {
				t.Errorf("%s: %s is no state", word, name)
			}
			p.Statuses[schema][strings.ToUpper(word)] = state
		}
	}
	return p
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
