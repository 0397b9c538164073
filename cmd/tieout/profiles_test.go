package main

import (
	"testing"

	"tieout/cmd/internal/config"
	"tieout/reconcile"
)

// TestBuiltInProfiles: each profile decodes, and says what its provider publishes.
func TestBuiltInProfiles(t *testing.T) {
	decoded := map[string]*reconcile.Profile{}
	for name, content := range profiles {
		p, err := config.Profile(name, content)
		if err != nil || p.Name != name {
			t.Errorf("%s: %v", name, err)
			continue
		}
		decoded[name] = p
	}
	atm, bvnk := decoded["blockatm"], decoded["bvnk"]
	for _, c := range []struct {
		schema, word string
		want         reconcile.State
	}{{"v2", "success", reconcile.StatePaid}, {"v2_list", "1", reconcile.StateDetected}, {"v1", "1", reconcile.StatePaid}, {"v2_list", "-1", reconcile.StateExpired},
		{"v1", "-1", reconcile.StateFailed}, {"v2_list", "7", reconcile.StateUnknown}, {"v2", "Completed", reconcile.StatePaid}} {
		if got := atm.State(c.schema, c.word); got != c.want {
			t.Errorf("blockatm %s %s = %s, want %s", c.schema, c.word, got, c.want)
		}
	}
	if atm.RetryWindow != 26*reconcile.Hour+36*reconcile.Minute || atm.AcceptsAny2xx || !atm.Completes || atm.ResendLimit != 3 || atm.KeepsExpired {
		t.Errorf("blockatm: %+v", atm)
	}
	if bvnk.RetryWindow != 25*reconcile.Hour || !bvnk.AcceptsAny2xx || bvnk.Completes || !bvnk.KeepsExpired || !bvnk.NotifiesLate || bvnk.Networks["TRC20"] != "tron:0x2b6653dc" {
		t.Errorf("bvnk: %+v", bvnk)
	}
}
