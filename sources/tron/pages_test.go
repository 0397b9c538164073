package tron

import (
	"encoding/json"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"tieout/reconcile"
	"tieout/sources/sourcetest"
	"tieout/sources/tron/trontest"
)

// busy is a network on which one address is paid so many times, a few in each block.
func busy(blocks, each int) *world {
	w := &world{Chain: trontest.New(), watched: []string{trontest.Address("busy")}}
	for b := range blocks {
		var list []trontest.Transfer
		for i := range each {
			list = append(list, trontest.Transfer{Token: usdt, From: trontest.Address("customer"), To: w.watched[0], Value: int64(b*each + i + 1)})
		}
		tx := w.Pay(list...)
		for _, l := range list {
			w.truth = append(w.truth, paid{tx.ID, l.Token, l.From, l.To, l.Value, reconcile.InstantOf(tx.Time), false})
		}
	}
	w.Mine(1)
	w.Solidify()
	w.reach = reconcile.Interval{From: reconcile.InstantOf(w.Time(1)), To: reconcile.InstantOf(w.Time(w.Head()))}
	return w
}

// TestPages: a list of many pages is read to its end, also where the fingerprint that
// leads on is lost; where it leads nowhere, the time is a gap.
func TestPages(t *testing.T) {
	noFingerprint := func(_ *trontest.Liar, _, _ string, answer []byte) (int, http.Header, []byte) {
		return 0, nil, regexp.MustCompile(`"fingerprint":"\w+",`).ReplaceAll(answer, nil)
	}
	sameFingerprint := func(_ *trontest.Liar, _, _ string, answer []byte) (int, http.Header, []byte) {
		return 0, nil, regexp.MustCompile(`"fingerprint":"\w+"`).ReplaceAll(answer, []byte(`"fingerprint":"1"`))
	}
	for name, c := range map[string]struct {
		world *world
		tell  trontest.Lie
		pages int // at least
		gap   string
	}{
		"one full page":            {busy(100, 2), nil, 2, ""},
		"many":                     {busy(205, 3), nil, 8, ""},
		"fingerprints are lost":    {busy(205, 3), noFingerprint, 8, ""},
		"a block of a page":        {busy(3, 201), nil, 8, ""},
		"and without fingerprints": {busy(3, 201), noFingerprint, 0, "a full page of one block, and none after it"},
		"the same fingerprint":     {busy(3, 201), sameFingerprint, 0, "a page leads back to an earlier one"},
	} {
		t.Run(name, func(t *testing.T) {
			w := c.world
			liar := trontest.Lies(t, w.Grid(""), 0, func(l *trontest.Liar, what, ask string, answer []byte) (int, http.Header, []byte) {
				if strings.HasSuffix(what, list) {
					l.Count++
				}
				if c.tell == nil {
					return 0, nil, answer
				}
				return c.tell(l, what, ask, answer)
			})
			var rec sourcetest.Recorder
			if err := Transfers(w.options("basic", Endpoint{Name: "grid", URL: liar.URL, Grid: true})).Read(t.Context(), w.query(), &rec); err != nil {
				t.Fatal(err)
			}
			if c.gap != "" {
				if len(rec.Gaps) == 0 || !strings.Contains(rec.Gaps[0].Reason, c.gap) || len(rec.Transfers) > 0 {
					t.Errorf("%d transfers, gaps %v", len(rec.Transfers), rec.Gaps)
				}
				return
			}
			if want, got := len(w.truth), len(w.got(&rec)); got != want || len(rec.Gaps) > 0 || liar.Count < c.pages {
				t.Errorf("%d transfers of %d in %d pages, gaps %v", got, want, liar.Count, rec.Gaps)
			}
		})
	}
}

// TestNoForeignHost: the link to the next page names a host; nobody follows it, and a
// redirect neither.
func TestNoForeignHost(t *testing.T) {
	w := busy(205, 3)
	elsewhere := trontest.Lies(t, w.Grid(""), 0, func(_ *trontest.Liar, _, _ string, answer []byte) (int, http.Header, []byte) {
		t.Error("another host was asked")
		return 0, nil, answer
	})
	liar := trontest.Lies(t, w.Grid(""), 0, func(l *trontest.Liar, what, _ string, answer []byte) (int, http.Header, []byte) {
		if l.Count++; l.Count%4 == 0 {
			return http.StatusFound, http.Header{"Location": {elsewhere.URL + what}}, nil
		}
		return 0, nil, []byte(strings.ReplaceAll(string(answer), "https://elsewhere.example", elsewhere.URL))
	})
	var rec sourcetest.Recorder
	if err := Transfers(w.options("basic", Endpoint{Name: "grid", URL: liar.URL, Grid: true})).Read(t.Context(), w.query(), &rec); err != nil {
		t.Fatal(err)
	}
	if len(w.got(&rec)) != len(w.truth) || len(rec.Gaps) > 0 {
		t.Errorf("%d transfers of %d, gaps %v", len(w.got(&rec)), len(w.truth), rec.Gaps)
	}
}

// TestRecordedPage: a page of the real TronGrid, with tokens of 6 and 18 decimals, is
// read as it is.
func TestRecordedPage(t *testing.T) {
	const name = "../../../shared/data/tron/ledger_trc20_TL24LCps5FKwp3PoU1MvrYrwhi5LU1tHre.no-detail.json"
	content, err := os.ReadFile(name)
	if err != nil {
		t.Skipf("NOT TESTED: recorded answers are not there: %v", err)
	}
	var p page
	if err := json.Unmarshal(content, &p); err != nil || p.Data == nil || p.Meta.Fingerprint != "" {
		t.Fatalf("%v, %+v", err, p)
	}
	l := &listing{from: 1, to: 1 << 60, descending: true}
	incoming := 0
	var last milliseconds
	for i := range *p.Data {
		r := &(*p.Data)[i]
		l.address, l.token = r.To, r.Token.Address
		if reason := l.strange(r, 0); reason != "" {
			t.Errorf("row %d: %s", i, reason)
		}
		if !r.Timestamp.instant().Known() || last != 0 && r.Timestamp > last {
			t.Errorf("row %d: time %d after %d", i, r.Timestamp, last)
		}
		if last = r.Timestamp; r.To == "TL24LCps5FKwp3PoU1MvrYrwhi5LU1tHre" {
			incoming++
		}
	}
	if len(*p.Data) != 14 || incoming == 0 {
		t.Errorf("%d rows, %d incoming", len(*p.Data), incoming)
	}
}
