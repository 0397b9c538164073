package blockatm

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

// TestState reads every published spelling in the generation that writes it.
func TestState(t *testing.T) {
	p := published(t)
	for _, c := range []struct {
		words   string
		of      generation
		claimed bool
		want    reconcile.State
	}{
		{"WAITING_PAYMENT PENDING Pending waiting_payment", v2, false, reconcile.StateCreated},
		{"PENDING Pending Processing", v2, true, reconcile.StateDetected},
		{"WAITING_PAYMENT", v2, true, reconcile.StateCreated},
		{"Processing", v2, false, reconcile.StateDetected},
		{"SUCCESS Completed success", v2, false, reconcile.StatePaid},
		{"EXPIRED Expired", v2, true, reconcile.StateExpired},
		{"CANCELLED Cancelled CANCELED", v2, false, reconcile.StateCancelled},
		{"FAILED Failed FAIL", v2, false, reconcile.StateFailed},
		{"0", v2, false, reconcile.StateCreated},
		{"1", v2, false, reconcile.StateDetected},
		{"9", v2, false, reconcile.StatePaid},
		{"-1", v2, false, reconcile.StateExpired},
		{"-2", v2, false, reconcile.StateFailed},
		{"-3", v2, false, reconcile.StateCancelled},
		{"0", v1, false, reconcile.StateDetected},
		{"1", v1, false, reconcile.StatePaid},
		{"-1", v1, false, reconcile.StateFailed},
		{"9 -2 -3", v1, false, reconcile.StateUnknown},
		{"SUCCESS", v1, false, reconcile.StatePaid},
		{"9", unclear, false, reconcile.StatePaid},
		{"-2", unclear, false, reconcile.StateFailed},
		{"0 1 -1", unclear, true, reconcile.StateUnknown},
		{"REFUSE PAID 7 2 - --1 1.0", v2, true, reconcile.StateUnknown},
	} {
		for word := range strings.FieldsSeq(c.words) {
			if got := state(p, word, c.of, c.claimed); got != c.want {
				t.Errorf("%s in generation %d, transaction named %v: %s, want %s", word, c.of, c.claimed, got, c.want)
			}
		}
	}
}

func TestNetworks(t *testing.T) {
	p := published(t)
	for chain, names := range map[string]string{
		"eip155:1":        "1 ETH ETH_MAINNET ETHEREUM",
		"eip155:42161":    "42161 ARB ARBITRUM ARBTRIUM",
		"eip155:10":       "10 OPTIMISM",
		"tron:0x2b6653dc": "TRON 0X2B6653DC 728126428",
		"eip155:11155111": "11155111",
		"eip155:421614":   "421614",
		"eip155:11155420": "11155420",
		"eip155:5":        "5",
		"tron:0x94a9059e": "0X94A9059E",
	} {
		for name := range strings.FieldsSeq(names) {
			if got := p.Networks[name]; got != chain {
				t.Errorf("%s is %q, want %s", name, got, chain)
			}
		}
	}
}
