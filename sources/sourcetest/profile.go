package sourcetest

import (
	"strings"
	"testing"

	"tieout/reconcile"
)

// Profile is a provider's profile as its file says it. unmarshal reads YAML; it is
// the test's, so that this package needs none of its own.
func Profile(t testing.TB, content []byte, unmarshal func([]byte, any) error) *reconcile.Profile {
	t.Helper()
	var file struct {
		Name     string                       `yaml:"name"`
		Statuses map[string]map[string]string `yaml:"statuses"`
		Networks map[string]string            `yaml:"networks"`
	}
	if err := unmarshal(content, &file); err != nil {
		t.Fatal(err)
	}
	p := &reconcile.Profile{Name: file.Name, Statuses: map[string]map[string]reconcile.State{}, Networks: map[string]string{}}
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
	for name, chain := range file.Networks {
		p.Networks[strings.ToUpper(name)] = chain
	}
	return p
}
