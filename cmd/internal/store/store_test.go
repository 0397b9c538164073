package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gofrs/flock"
	"github.com/google/go-cmp/cmp"

	"tieout/cmd/internal/store/storetest"
	"tieout/reconcile"
	"tieout/reconcile/money"
)

// suite is every test of the store, passed on both dialects.
var suite = []struct {
	name string
	test func(*testing.T, *Store)
}{
	{"round trip", testRoundTrip},
	{"a pending run does not count", testPending},
	{"revisions", testRevisions},
	{"the same revision twice", testSameRevision},
	{"answers count from the next date on", testAnswers},
	{"history", testHistory},
	{"sign-off", testSignOff},
	{"a file is kept whole or not at all", testKeep},
	{"replace", testReplace},
	{"register", testRegister},
	{"a register is of its date", testRegisterOfItsDate},
	{"forget", testForget},
	{"one holder", testOneHolder},
	{"a holder that writes", testLongWrite},
	{"a lost lease cannot commit", testLost},
	{"merchants apart", testMerchants},
	{"view", testView},
	{"opening again", testOpenAgain},
}

// urls opens the states of a test again.
var urls = map[*Store]string{}

func TestSQLite(t *testing.T) {
	for _, c := range suite {
		t.Run(c.name, func(t *testing.T) {
			c.test(t, open(t, "sqlite://"+filepath.Join(t.TempDir(), "a b#c?.db"))) // not a name to be quoted
		})
	}
}

func TestPostgres(t *testing.T) {
	server := storetest.Start(t)
	for i, c := range suite {
		t.Run(c.name, func(t *testing.T) { c.test(t, open(t, server.Database(fmt.Sprintf("t%d", i)))) })
	}
}

func open(t *testing.T, url string) *Store {
	t.Helper()
	s, err := Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	urls[s] = url
	t.Cleanup(func() { s.Close() })
	return s
}

func lease(t *testing.T, s *Store) *Lease {
	t.Helper()
	l, err := s.Lock(t.Context(), "demo", "host:1")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Release() })
	return l
}

// check ends the test at an error.
func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func amount(t *testing.T, text string) money.Units {
	t.Helper()
	u, err := units(text)
	check(t, err)
	return u
}

const usdt = "eip155:1/erc20:0xdac17f958d2ee523a2206206994597c13d831ec7"

// lost is a break of so many base units.
func lost(t *testing.T, id, difference string) reconcile.Item {
	return reconcile.Item{
		ID: id, Kind: "lost_order", Subject: "order:blockatm/7", OrderID: "7", OrderNo: "S-7", Provider: "blockatm", Account: "c1", Customer: "=ann\x00\u2028",
		Chain: "eip155:1", Asset: money.Asset{ID: usdt, Symbol: "USDT", Decimals: 6}, TXIDs: []string{"0xaa", "0xbb"},
		Difference: amount(t, difference), Received: amount(t, difference), Value: money.NewQuantity(money.FromUint64(100), 2),
		FirstSeen: 1773748800000000001, FirstDate: "2026-03-17", LastDate: "2026-03-18", FigureDate: "2026-03-18", Explanation: "100 USDT came in time",
	}
}

// run commits and publishes a run of a date with what it carries forward.
func run(t *testing.T, l *Lease, date string, revision int, items ...reconcile.Item) Run {
	t.Helper()
	start, err := l.s.Start(t.Context(), "demo", date)
	check(t, err)
	d := draft(start, date, revision, items...)
	r, err := l.Commit(t.Context(), d)
	check(t, err)
	check(t, l.Publish(t.Context(), r, ""))
	return r
}

func draft(start Start, date string, revision int, items ...reconcile.Item) *Draft {
	d := &Draft{Run: Run{Date: date, Revision: revision, Status: "complete", Manifest: fmt.Sprintf("manifest of %s.%d", date, revision),
		Digest: "digest", Inputs: Inputs{Tool: "tieout", Files: []File{{"a.csv", "aa", 3}}}, Root: "/reports", Temp: ".tmp-1"},
		Opening: start.Opening, Closing: reconcile.Opening{Items: items}}
	if start.Previous != nil {
		d.Previous = Link{start.Previous.Date, start.Previous.Manifest}
	}
	return d
}

func opening(t *testing.T, s *Store, date string) reconcile.Opening {
	t.Helper()
	o, err := s.Opening(t.Context(), "demo", date)
	check(t, err)
	return o
}

var same = cmp.Options{cmp.Comparer(func(a, b money.Quantity) bool { return a == b }), cmp.Comparer(func(a, b money.Units) bool { return a == b })}

func testRoundTrip(t *testing.T, s *Store) {
	l := lease(t, s)
	answer := reconcile.Answer{ID: "B-1", Asset: usdt, Action: reconcile.Suppress, Reason: "awaits the bank", By: "ann", Until: "2026-03-20",
		Cap: money.NewQuantity(money.FromUint64(15), 1), Date: "2026-03-17", At: 5, File: "report.xlsx", SHA256: "ff", Row: 7}
	wide := lost(t, "B-2", "-115792089237316195423570985008687907853269984665640564039457584007913129639935")
	wide.Answer, wide.Kind, wide.State, wide.Value, wide.TXIDs = &answer, "", "awaiting_webhook", money.Quantity{}, nil
	want := reconcile.Opening{Date: "2026-03-17", Items: []reconcile.Item{lost(t, "B-1", "100000000"), wide, lost(t, "B-1", "0")},
		Matched: []reconcile.Matched{{Chain: "eip155:1", Key: "0123456789abcdef", BlockHash: "0xcc", Subject: "order:blockatm/8", Time: 9}, {Chain: "tron:0x2b6653dc", Key: "f"}}}
	want.Items[2].Asset.ID = "tron:0x2b6653dc/slip44:195"
	d := draft(Start{}, "2026-03-17", 1, want.Items...)
	d.Closing = want
	r, err := l.Commit(t.Context(), d)
	check(t, err)
	check(t, l.Publish(t.Context(), r, ""))
	_, err = l.AddAnswers(t.Context(), []reconcile.Answer{answer})
	check(t, err)
	want.Answers = []reconcile.Answer{answer}
	if diff := cmp.Diff(want, opening(t, s, "2026-03-18"), same); diff != "" {
		t.Error("(-want +got)", diff)
	}
	if diff := cmp.Diff(reconcile.Opening{}, opening(t, s, "2026-03-17"), same); diff != "" {
		t.Error("the first date starts from nothing", diff)
	}
	runs, err := s.Runs(t.Context(), "demo")
	check(t, err)
	r.State = Published
	if diff := cmp.Diff([]Run{r}, runs); diff != "" {
		t.Error("(-want +got)", diff)
	}
	items, err := s.Closing(t.Context(), "demo", "2026-03-17")
	if err != nil || len(items) != 3 {
		t.Errorf("closing of the date: %d items, %v", len(items), err)
	}
	var none *NoRunError
	if _, err := s.Closing(t.Context(), "demo", "2026-03-16"); !errors.As(err, &none) {
		t.Errorf("closing of a date that never ran: %v", err)
	}
}

func testPending(t *testing.T, s *Store) {
	l := lease(t, s)
	run(t, l, "2026-03-17", 1, lost(t, "B-1", "1"))
	start, err := s.Start(t.Context(), "demo", "2026-03-18")
	check(t, err)
	r, err := l.Commit(t.Context(), draft(start, "2026-03-18", 1, lost(t, "B-9", "9")))
	check(t, err)
	if got := opening(t, s, "2026-03-19"); got.Date != "2026-03-17" {
		t.Errorf("opening from a pending run of %s", got.Date)
	}
	pending, err := s.Pending(t.Context(), "demo")
	check(t, err)
	if len(pending) != 1 || pending[0].Manifest != "manifest of 2026-03-18.1" || pending[0].Temp != ".tmp-1" || pending[0].Root != "/reports" {
		t.Errorf("pending: %+v", pending)
	}
	check(t, l.Undo(t.Context(), r))
	check(t, l.Undo(t.Context(), r)) // a recovery that was interrupted does it again
	var none *NoRunError
	if err := l.Publish(t.Context(), r, ""); !errors.As(err, &none) {
		t.Errorf("publishing what was undone: %v", err)
	}
	if h, err := s.History(t.Context(), "demo", "B-9"); err != nil || len(h) != 0 {
		t.Errorf("history of what was undone: %v, %v", h, err)
	}
	r = run(t, l, "2026-03-18", 1, lost(t, "B-9", "9"))
	check(t, l.Undo(t.Context(), r))
	check(t, l.Publish(t.Context(), r, ""))
	if got := opening(t, s, "2026-03-19"); got.Date != "2026-03-18" || len(got.Items) != 1 {
		t.Errorf("a published run is not undone: %+v", got)
	}
}

func testRevisions(t *testing.T, s *Store) {
	l := lease(t, s)
	for _, date := range []string{"2026-03-17", "2026-03-18", "2026-03-19"} {
		run(t, l, date, 1, lost(t, "B-1", "1"))
	}
	run(t, l, "2026-03-17", 2, lost(t, "B-1", "2"))
	if got := story(t, s); got != "2026-03-17.2 2026-03-18.1 stale 2026-03-19.1 stale" {
		t.Error(got)
	}
	if got := opening(t, s, "2026-03-18"); got.Items[0].Difference != amount(t, "2") {
		t.Errorf("opening %+v", got.Items)
	}
	run(t, l, "2026-03-18", 2, lost(t, "B-1", "2"))
	if got := story(t, s); got != "2026-03-17.2 2026-03-18.2 2026-03-19.1 stale" {
		t.Error(got)
	}
	run(t, l, "2026-03-16", 1) // a date before all of them
	if got := story(t, s); got != "2026-03-16.1 2026-03-17.2 stale 2026-03-18.2 stale 2026-03-19.1 stale" {
		t.Error(got)
	}
	start, err := s.Start(t.Context(), "demo", "2026-03-17")
	check(t, err)
	check(t, l.Confirm(t.Context(), *start.Standing))
	if got := story(t, s); got != "2026-03-16.1 2026-03-17.2 2026-03-18.2 stale 2026-03-19.1 stale" {
		t.Error(got)
	}
	all, err := s.Revisions(t.Context(), "demo", "2026-03-18")
	check(t, err)
	if len(all) != 2 || all[0].State != Superseded || all[0].Stale || all[1].State != Published {
		t.Errorf("%+v", all)
	}
	if start.Previous.Date != "2026-03-16" || start.Standing.Revision != 2 {
		t.Errorf("%+v", start)
	}
}

// story is the ledger in one line.
func story(t *testing.T, s *Store) string {
	t.Helper()
	runs, err := s.Runs(t.Context(), "demo")
	check(t, err)
	var words []string
	for _, r := range runs {
		words = append(words, fmt.Sprintf("%s.%d", r.Date, r.Revision))
		if r.Stale {
			words = append(words, "stale")
		}
	}
	return strings.Join(words, " ")
}

func testSameRevision(t *testing.T, s *Store) {
	l := lease(t, s)
	run(t, l, "2026-03-17", 1)
	if _, err := l.Commit(t.Context(), draft(Start{}, "2026-03-17", 1)); err == nil {
		t.Error("a revision was committed twice")
	}
	if got := story(t, s); got != "2026-03-17.1" {
		t.Error(got)
	}
}

func testAnswers(t *testing.T, s *Store) {
	l := lease(t, s)
	run(t, l, "2026-03-17", 1, lost(t, "B-1", "1"))
	say := func(id, date, file string) int {
		t.Helper()
		a := reconcile.Answer{ID: id, Action: reconcile.Accept, By: "ann", Date: date}
		if file != "" {
			a.File, a.SHA256, a.Row = file, file, 2
		}
		n, err := l.AddAnswers(t.Context(), []reconcile.Answer{a})
		check(t, err)
		return n
	}
	given := func(date string) string {
		var ids []string
		for _, a := range opening(t, s, date).Answers {
			ids = append(ids, a.ID)
		}
		return strings.Join(ids, " ")
	}
	if say("B-1", "2026-03-17", "f") != 1 || say("B-1", "2026-03-17", "f") != 0 || say("B-2", "2026-03-17", "f") != 1 {
		t.Error("a row of a file counts once")
	}
	if first, second := say("B-1", "2026-03-17", ""), say("B-1", "2026-03-17", ""); first != 1 || second != 1 {
		t.Error("on the command line people may say a thing twice")
	}
	run(t, l, "2026-03-18", 1)
	say("B-3", "2026-03-17", "") // answers an old report: the 18th has run without it
	for date, want := range map[string]string{"2026-03-17": "", "2026-03-18": "B-1 B-2 B-1 B-1", "2026-03-19": "B-3", "2026-03-25": "B-3"} {
		if got := given(date); got != want {
			t.Errorf("answers for %s: %q, want %q", date, got, want)
		}
	}
	if all, err := s.Answers(t.Context(), "demo", ""); err != nil || len(all) != 5 {
		t.Errorf("all answers: %d, %v", len(all), err)
	}
	if one, err := s.Answers(t.Context(), "demo", "B-3"); err != nil || len(one) != 1 || one[0].Date != "2026-03-17" {
		t.Errorf("answers to one item: %v, %v", one, err)
	}
}

func testHistory(t *testing.T, s *Store) {
	l := lease(t, s)
	run(t, l, "2026-03-17", 1, lost(t, "B-1", "100"), lost(t, "B-2", "5"))
	accepted := lost(t, "B-1", "120")
	accepted.Answer = &reconcile.Answer{Action: reconcile.Accept, By: "ann", Reason: "known"}
	run(t, l, "2026-03-18", 1, accepted, lost(t, "B-2", "5"))
	paid := lost(t, "B-1", "120")
	paid.Answer = &reconcile.Answer{Action: reconcile.Resolved, By: "evidence", Reason: "the provider calls it paid"}
	run(t, l, "2026-03-19", 1, paid, lost(t, "B-2", "5"))
	run(t, l, "2026-03-20", 1, lost(t, "B-1", "7"), lost(t, "B-2", "5"))
	run(t, l, "2026-03-20", 2, lost(t, "B-1", "120"), lost(t, "B-2", "5"))
	run(t, l, "2026-03-21", 1)
	run(t, l, "2026-03-22", 1, lost(t, "B-1", "9"))
	events, err := s.History(t.Context(), "demo", "B-1")
	check(t, err)
	var got []string
	for _, e := range events {
		got = append(got, fmt.Sprintf("%s.%d %s %s %s", e.Date, e.Revision, e.What, e.Difference, e.Detail))
	}
	want := []string{
		"2026-03-17.1 found 100 100 USDT came in time",
		"2026-03-18.1 changed 120 100 USDT came in time",
		"2026-03-18.1 answered 120 accept by ann: known",
		"2026-03-19.1 closed 120 resolved by evidence: the provider calls it paid",
		"2026-03-20.2 reopened 120 ",
		"2026-03-21.1 closed 120 ",
		"2026-03-22.1 reopened 9 100 USDT came in time",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("(-want +got)", diff)
	}
	if events, err := s.History(t.Context(), "demo", "B-2"); err != nil || len(events) != 2 {
		t.Errorf("an item that is carried on unchanged has one event: %v, %v", events, err)
	}
}

func testSignOff(t *testing.T, s *Store) {
	l := lease(t, s)
	by := SignOff{Prepared: Signature{"ann", "2026-03-18", "checked"}, Reviewed: Signature{By: "bob"}, Single: true, At: 7, File: "report.xlsx", SHA256: "ff"}
	var none *NoRunError
	if err := l.SignOff(t.Context(), "2026-03-17", 1, by); !errors.As(err, &none) {
		t.Errorf("signing what never ran: %v", err)
	}
	run(t, l, "2026-03-17", 1)
	check(t, l.SignOff(t.Context(), "2026-03-17", 1, by))
	check(t, l.SignOff(t.Context(), "2026-03-17", 1, by))
	runs, err := s.Runs(t.Context(), "demo")
	check(t, err)
	if runs[0].Signed == nil || *runs[0].Signed != by {
		t.Errorf("%+v", runs[0].Signed)
	}
	run(t, l, "2026-03-17", 2)
	if runs, err = s.Runs(t.Context(), "demo"); err != nil || runs[0].Signed != nil {
		t.Errorf("a signature holds for what was signed: %+v, %v", runs[0].Signed, err)
	}
	if err := l.SignOff(t.Context(), "2026-03-17", 1, by); !errors.As(err, &none) || none.Revision != 1 {
		t.Errorf("signing a revision that was superseded: %v", err)
	}
}

func testKeep(t *testing.T, s *Store) {
	l := lease(t, s)
	run(t, l, "2026-03-17", 1, lost(t, "B-1", "1"))
	in := Import{File: "report.xlsx", SHA256: "ff", At: 3, Answers: []reconcile.Answer{{ID: "B-1", Date: "2026-03-17", SHA256: "ff", Row: 2}}, SignOff: &SignOff{}, Date: "2026-03-16"}
	state := func() string {
		all, err := s.Answers(t.Context(), "demo", "")
		check(t, err)
		known, err := s.Imported(t.Context(), "demo", "ff")
		check(t, err)
		runs, err := s.Runs(t.Context(), "demo")
		check(t, err)
		return fmt.Sprint(len(all), known, runs[0].Signed != nil)
	}
	var none *NoRunError
	if err := l.Keep(t.Context(), in); !errors.As(err, &none) || state() != "0 false false" {
		t.Errorf("a signature for a date that never ran: %v, %s", err, state())
	}
	in.Date = "2026-03-17"
	for range 2 {
		if err := l.Keep(t.Context(), in); err != nil || state() != "1 true true" {
			t.Errorf("%v, %s", err, state())
		}
	}
}

func testReplace(t *testing.T, s *Store) {
	l := lease(t, s)
	run(t, l, "2026-03-17", 1, lost(t, "B-1", "1"))
	run(t, l, "2026-03-18", 1, lost(t, "B-1", "1"))
	check(t, l.SignOff(t.Context(), "2026-03-17", 1, SignOff{Prepared: Signature{By: "ann"}}))
	check(t, l.SignOff(t.Context(), "2026-03-18", 1, SignOff{Prepared: Signature{By: "ann"}}))
	_, err := l.AddAnswers(t.Context(), []reconcile.Answer{{ID: "B-1", Date: "2026-03-17"}})
	check(t, err)
	first := draft(Start{}, "2026-03-17", 1, lost(t, "B-1", "2"))
	second := draft(Start{Opening: first.Closing, Previous: &first.Run}, "2026-03-18", 3, lost(t, "B-1", "2"))
	second.Stale = true
	check(t, l.Replace(t.Context(), []*Draft{first, second}))
	if got := story(t, s); got != "2026-03-17.1 2026-03-18.3 stale" {
		t.Error(got)
	}
	runs, err := s.Runs(t.Context(), "demo")
	check(t, err)
	if runs[0].Signed == nil || runs[1].Signed != nil {
		t.Error("a sign-off stays with the manifest that was signed")
	}
	if all, err := s.Answers(t.Context(), "demo", ""); err != nil || len(all) != 1 {
		t.Errorf("answers stay: %v, %v", all, err)
	}
	if h, err := s.History(t.Context(), "demo", "B-1"); err != nil || len(h) != 1 {
		t.Errorf("history is the new one: %v, %v", h, err)
	}
}

func testForget(t *testing.T, s *Store) {
	l := lease(t, s)
	var last Run
	for _, date := range []string{"2026-03-17", "2026-03-18", "2026-03-19"} {
		d := draft(Start{}, date, 1)
		d.Closing.Matched = []reconcile.Matched{{Chain: "eip155:1", Key: date}}
		r, err := l.Commit(t.Context(), d)
		check(t, err)
		check(t, l.Publish(t.Context(), r, "2026-03-18"))
		last = r
	}
	if len(opening(t, s, "2026-03-18").Matched) != 0 || len(opening(t, s, "2026-03-19").Matched) != 1 || len(opening(t, s, "2026-03-20").Matched) != 1 {
		t.Errorf("matched transfers of runs before the 18th are to be forgotten, no others; last run %+v", last)
	}
}

func testOneHolder(t *testing.T, s *Store) {
	first, err := s.Lock(t.Context(), "demo", "host:1")
	check(t, err)
	other := open(t, urls[s])
	_, err = other.Lock(t.Context(), "demo", "host:2")
	var locked *LockedError
	if !errors.As(err, &locked) || locked.Holder != "host:1" || time.Since(locked.Since).Abs() > time.Hour {
		t.Fatalf("second holder: %v", err)
	}
	check(t, first.Release())
	second, err := other.Lock(t.Context(), "demo", "host:2")
	check(t, err)
	if second.token <= first.token {
		t.Errorf("tokens %d, then %d", first.token, second.token)
	}
	if _, err = s.Lock(t.Context(), "demo", "host:1"); !errors.As(err, &locked) || locked.Holder != "host:2" {
		t.Errorf("third holder: %v", err)
	}
	check(t, second.Release())
}

// A holder that is in the middle of a long write refuses others at once all the same,
// and its lease is renewed meanwhile.
func testLongWrite(t *testing.T, s *Store) {
	s.ttl = 900 * time.Millisecond
	l, err := s.Lock(t.Context(), "demo", "host:1")
	check(t, err)
	other := open(t, urls[s])
	began := time.Now()
	check(t, l.write(t.Context(), func(*tx) error {
		var locked *LockedError
		ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
		defer stop()
		if _, err := other.Lock(ctx, "demo", "host:2"); !errors.As(err, &locked) || locked.Holder != "host:1" {
			t.Errorf("while it writes: %v after %s", err, time.Since(began))
		}
		time.Sleep(2 * s.ttl)
		return nil
	}))
	if err := context.Cause(l.Context()); err != nil {
		t.Errorf("a lease that nobody took over: %v", err)
	}
	check(t, l.Release())
}

func testLost(t *testing.T, s *Store) {
	l := lease(t, s)
	start, err := s.Start(t.Context(), "demo", "2026-03-17")
	check(t, err)
	r, err := l.Commit(t.Context(), draft(start, "2026-03-17", 1))
	check(t, err)
	check(t, s.transact(t.Context(), nil, func(x *tx) error { // what a takeover does
		_, err := x.exec(`UPDATE tieout_leases SET token = token + 1, holder = 'other' WHERE merchant = 'demo'`)
		return err
	}))
	for what, err := range map[string]error{
		"commit":  errOf(l.Commit(t.Context(), draft(start, "2026-03-18", 1))),
		"publish": l.Publish(t.Context(), r, ""),
		"undo":    l.Undo(t.Context(), r),
		"confirm": l.Confirm(t.Context(), r),
		"replace": l.Replace(t.Context(), nil),
		"answers": errOf(l.AddAnswers(t.Context(), []reconcile.Answer{{ID: "B-1"}})),
		"keep":    l.Keep(t.Context(), Import{SHA256: "ff"}),
		"signoff": l.SignOff(t.Context(), "2026-03-17", 1, SignOff{}),
	} {
		var gone *LostError
		if !errors.As(err, &gone) {
			t.Errorf("%s with a lost lease: %v", what, err)
		}
	}
	if pending, err := s.Pending(t.Context(), "demo"); err != nil || len(pending) != 1 {
		t.Errorf("nothing changed: %v, %v", pending, err)
	}
}

func errOf[T any](_ T, err error) error { return err }

func testMerchants(t *testing.T, s *Store) {
	l := lease(t, s)
	run(t, l, "2026-03-17", 1, lost(t, "B-1", "1"))
	other, err := s.Lock(t.Context(), "other", "host:1")
	check(t, err)
	defer other.Release()
	if o, err := s.Opening(t.Context(), "other", "2026-03-18"); err != nil || o.Date != "" || len(o.Items) != 0 {
		t.Errorf("%+v, %v", o, err)
	}
	if h, err := s.History(t.Context(), "other", "B-1"); err != nil || len(h) != 0 {
		t.Errorf("%v, %v", h, err)
	}
}

func testView(t *testing.T, s *Store) {
	run(t, lease(t, s), "2026-03-17", 1, lost(t, "B-1", "1"))
	v, err := View(t.Context(), urls[s])
	check(t, err)
	defer v.Close()
	if got := story(t, v); got != "2026-03-17.1" {
		t.Error(got)
	}
	check(t, s.transact(t.Context(), nil, func(x *tx) error { _, err := x.exec(`DELETE FROM tieout_schema WHERE version_id > 0`); return err }))
	if _, err := View(t.Context(), urls[s]); !errors.Is(err, ErrNone) {
		t.Errorf("a state that was never made: %v", err)
	}
	_, err = s.db.ExecContext(t.Context(), `DROP TABLE tieout_schema`)
	check(t, err)
	if _, err := View(t.Context(), urls[s]); !errors.Is(err, ErrNone) {
		t.Errorf("a database without a state: %v", err)
	}
	if _, err := View(t.Context(), "sqlite://"+t.TempDir()+"/none.db"); !errors.Is(err, ErrNone) {
		t.Errorf("no file: %v", err)
	}
}

func testOpenAgain(t *testing.T, s *Store) {
	l := lease(t, s)
	run(t, l, "2026-03-17", 1, lost(t, "B-1", "1"))
	again := open(t, urls[s])
	if got := story(t, again); got != "2026-03-17.1" {
		t.Error(got)
	}
	check(t, again.Ping(t.Context()))
	check(t, again.transact(t.Context(), nil, func(x *tx) error {
		_, err := x.exec(`INSERT INTO tieout_schema (version_id, is_applied) VALUES (999, ` + map[bool]string{true: "true", false: "1"}[x.s.dialect.numbers] + `)`)
		return err
	}))
	var newer *NewerError
	if _, err := Open(t.Context(), urls[s]); !errors.As(err, &newer) || newer.Have != 999 {
		t.Errorf("a newer state: %v", err)
	}
}

// Every field of what a run carries forward comes back: one that is added to the
// type and forgotten here would be lost in silence.
func TestEveryField(t *testing.T) {
	s := open(t, "sqlite://"+filepath.Join(t.TempDir(), "state.db"))
	var it reconcile.Item
	fill(t, reflect.ValueOf(&it).Elem())
	var m reconcile.Matched
	fill(t, reflect.ValueOf(&m).Elem())
	l := lease(t, s)
	d := draft(Start{}, "2026-03-17", 1, it)
	d.Closing.Matched = []reconcile.Matched{m}
	d.Volumes = make([]reconcile.Volume, 1)
	fill(t, reflect.ValueOf(&d.Volumes[0]).Elem())
	r, err := l.Commit(t.Context(), d)
	check(t, err)
	check(t, l.Publish(t.Context(), r, ""))
	_, err = l.AddAnswers(t.Context(), []reconcile.Answer{*it.Answer})
	check(t, err)
	start, err := s.Start(t.Context(), "demo", "2026-03-18")
	check(t, err)
	o := start.Opening
	answers, err := s.Answers(t.Context(), "demo", "")
	check(t, err)
	if diff := cmp.Diff([]any{[]reconcile.Item{it}, []reconcile.Matched{m}, []reconcile.Answer{*it.Answer}, d.Volumes}, []any{o.Items, o.Matched, answers, start.Earlier[0].Volumes}, same); diff != "" {
		t.Error("(-want +got)", diff)
	}
}

// fill sets every field to a value of its own.
func fill(t *testing.T, v reflect.Value) {
	t.Helper()
	switch x := v.Addr().Interface().(type) {
	case *money.Units:
		*x = money.FromUint64(42).Neg()
		return
	case *money.Quantity:
		*x = money.NewQuantity(money.FromUint64(4200), 3)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(t, v.Field(i))
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(t, v.Index(0))
	case reflect.String:
		v.SetString(fmt.Sprintf("text %p", v.Addr().Interface()))
	case reflect.Int, reflect.Int64:
		v.SetInt(42)
	case reflect.Bool:
		v.SetBool(true)
	default:
		t.Fatalf("%s is of a kind that this test does not fill", v.Type())
	}
}

// Every schema that was ever released leads to the newest one, with what it holds.
func TestMigrations(t *testing.T) {
	server := storetest.Start(t)
	for dialect, url := range map[string]func(int64) string{
		"sqlite":   func(n int64) string { return fmt.Sprintf("sqlite://%s/%d.db", t.TempDir(), n) },
		"postgres": func(n int64) string { return server.Database(fmt.Sprintf("v%d", n)) },
	} {
		for version := int64(1); ; version++ {
			at := url(version)
			s := open(t, at)
			p, err := s.migrator()
			check(t, err)
			_, newest, err := p.GetVersions(t.Context())
			check(t, err)
			if version > newest {
				break
			}
			t.Run(fmt.Sprintf("%s from %d", dialect, version), func(t *testing.T) { migrate(t, at, s, version) })
		}
	}
}

// migrate empties a database, makes it as it was in a version, and opens it.
func migrate(t *testing.T, url string, s *Store, version int64) {
	clear := []string{"DROP TABLE tieout_signoffs", "DROP TABLE tieout_imports", "DROP TABLE tieout_answers", "DROP TABLE tieout_events", "DROP TABLE tieout_items", "DROP TABLE tieout_runs",
		"DROP TABLE tieout_leases", "DROP TABLE tieout_schema"}
	for _, query := range clear {
		_, err := s.db.ExecContext(t.Context(), query)
		check(t, err)
	}
	p, err := s.migrator()
	check(t, err)
	_, err = p.UpTo(t.Context(), version)
	check(t, err)
	if _, err := s.db.ExecContext(t.Context(), rowsAsOf(version)); err != nil {
		t.Fatalf("rows of version %d: %v", version, err)
	}
	var older *OlderError
	if _, err := View(t.Context(), url); !errors.As(err, &older) || older.Have != version {
		if known := p.ListSources(); version != known[len(known)-1].Version {
			t.Errorf("viewed before it is brought up to date: %v", err)
		}
	}
	again := open(t, url)
	if got := story(t, again); got != "2026-03-17.2 stale" {
		t.Error(got)
	}
	start, err := again.Start(t.Context(), "demo", "2026-03-18")
	check(t, err)
	if len(start.Earlier) != 1 || (len(start.Earlier[0].Volumes) == 1) != (version >= 2) {
		t.Errorf("earlier runs %+v", start.Earlier)
	}
	run(t, lease(t, again), "2026-03-18", 1, lost(t, "B-1", "1"))
}

// asOf holds rows as each version wrote them; a new migration brings a line.
var asOf = map[int64]string{
	1: `INSERT INTO tieout_runs (merchant, date, revision, state, stale, status, exit, digest, manifest, replaces, previous_date, previous_manifest, root, temp, token, inputs)
		VALUES ('demo', '2026-03-17', 2, 'published', 1, 'complete', 0, 'd', 'm', 'r', '', '', '/reports', '', 1, '{}')`,
	2: `INSERT INTO tieout_runs (merchant, date, revision, state, stale, status, exit, digest, manifest, replaces, previous_date, previous_manifest, root, temp, token, inputs, volumes)
		VALUES ('demo', '2026-03-17', 2, 'published', 1, 'complete', 0, 'd', 'm', 'r', '', '', '/reports', '', 1, '{}', '[{"Source":"cashier","Date":"2026-03-17","Hours":[0,3]}]')`,

	3: `INSERT INTO tieout_runs (merchant, date, revision, state, stale, status, exit, digest, manifest, replaces, previous_date, previous_manifest, root, temp, token, inputs, volumes, breaks, open_items)
		VALUES ('demo', '2026-03-17', 2, 'published', 1, 'complete', 0, 'd', 'm', 'r', '', '', '/reports', '', 1, '{}', '[{"Source":"cashier","Date":"2026-03-17","Hours":[0,3]}]', 4, 2)`,
}

// rowsAsOf are the rows that the newest version up to one wrote.
func rowsAsOf(version int64) string {
	for ; asOf[version] == ""; version-- {
	}
	return asOf[version]
}

// A lease on a shared database lasts while its holder lives, and passes on when it
// does not renew it.
func TestLeaseExpires(t *testing.T) {
	server := storetest.Start(t)
	url := server.Database("leases")
	s, other := open(t, url), open(t, url)
	s.ttl, other.ttl = 3*time.Second, 3*time.Second // a busy machine may hold a renewal up for a second
	l, err := s.Lock(t.Context(), "demo", "first")
	check(t, err)
	time.Sleep(2 * s.ttl) // longer than it lasts by itself: it is renewed
	var locked *LockedError
	if _, err := other.Lock(t.Context(), "demo", "second"); !errors.As(err, &locked) {
		t.Fatalf("a lease that is renewed: %v", err)
	}
	server.Exec("leases", "UPDATE tieout_leases SET token = token + 1, expires = 0") // a takeover after a long sleep
	select {
	case <-l.Context().Done():
		var gone *LostError
		if !errors.As(context.Cause(l.Context()), &gone) {
			t.Errorf("cause %v", context.Cause(l.Context()))
		}
	case <-time.After(30 * time.Second):
		t.Error("the loss goes unnoticed")
	}
	second, err := other.Lock(t.Context(), "demo", "second")
	check(t, err)
	if _, err := l.Commit(t.Context(), draft(Start{}, "2026-03-17", 1)); err == nil {
		t.Error("the first holder commits after the takeover")
	}
	err = second.write(t.Context(), func(x *tx) error { // slept through its end in the middle of a write
		_, err := x.exec(`INSERT INTO tieout_imports (merchant, sha256, file, at) VALUES ('demo', 'ff', 'late.csv', 0)`)
		server.Exec("leases", "UPDATE tieout_leases SET token = token + 1, holder = 'third'")
		return err
	})
	var gone *LostError
	if known, e := s.Imported(t.Context(), "demo", "ff"); !errors.As(err, &gone) || known || e != nil {
		t.Errorf("a takeover in the middle of a write: %v, kept %v, %v", err, known, e)
	}
	server.Exec("leases", "UPDATE tieout_leases SET token = token - 1, holder = 'second'")
	check(t, l.Release()) // which takes nothing from the second
	if _, err := s.Lock(t.Context(), "demo", "third"); !errors.As(err, &locked) || locked.Holder != "second" {
		t.Errorf("third: %v", err)
	}
	check(t, second.Release())
}

func TestServerGone(t *testing.T) {
	server := storetest.Start(t)
	s := open(t, server.Database("gone"))
	l := lease(t, s)
	run(t, l, "2026-03-17", 1, lost(t, "B-1", "1"))
	server.Exec("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'gone'")
	run(t, l, "2026-03-18", 1, lost(t, "B-1", "1")) // new connections are made
	server.Stop()
	var away *UnavailableError
	if _, err := l.Commit(t.Context(), draft(Start{}, "2026-03-19", 1)); !errors.As(err, &away) {
		t.Errorf("commit without a server: %v", err)
	}
	if _, err := Open(t.Context(), urls[s]); !errors.As(err, &away) {
		t.Errorf("open without a server: %v", err)
	}
	server.Restart()
	if got := story(t, s); got != "2026-03-17.1 2026-03-18.1" {
		t.Error(got)
	}
	run(t, l, "2026-03-19", 1)
}

// A damaged file is called damaged, wherever in it the damage lies, by whoever opens it.
func TestDamaged(t *testing.T) {
	for name, damage := range map[string]func([]byte) []byte{
		"no database": func(b []byte) []byte { return bytes.Repeat([]byte("no database "), 300) },
		"every page":  func(b []byte) []byte { return append(b[:4096:4096], bytes.Repeat([]byte{0xff}, len(b)-4096)...) },
		"its schema": func(b []byte) []byte {
			return append(append(b[:4096:4096], bytes.Repeat([]byte{0xff}, 8*4096)...), b[9*4096:]...)
		},
		"its last half": func(b []byte) []byte { return b[:len(b)/2] },
	} {
		path := filepath.Join(t.TempDir(), "state.db")
		s := open(t, "sqlite://"+path)
		l := lease(t, s)
		run(t, l, "2026-03-17", 1, lost(t, "B-1", "1"))
		check(t, l.Release())
		check(t, s.Close())
		content, err := os.ReadFile(path)
		check(t, err)
		check(t, os.WriteFile(path, damage(content), 0o600))
		var corrupt *CorruptError
		if _, err := Open(t.Context(), "sqlite://"+path); !errors.As(err, &corrupt) {
			t.Errorf("%s: opened with %v", name, err)
		}
		if _, err := View(t.Context(), "sqlite://"+path); !errors.As(err, &corrupt) {
			t.Errorf("%s: viewed with %v", name, err)
		}
	}
}

// A process that is stopped while another one opens the file was stopped; the state
// can be written all the same.
func TestStoppedWhileOpening(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	other := flock.New(path + ".open.lock")
	check(t, other.Lock())
	defer other.Close()
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer stop()
	var write *WriteError
	if _, err := Open(ctx, "sqlite://"+path); !errors.Is(err, context.DeadlineExceeded) || errors.As(err, &write) {
		t.Error(err)
	}
}

func TestBadURLs(t *testing.T) {
	for _, url := range []string{"", "state.db", "mysql://x", "sqlite://", "postgres://[::1"} {
		var bad *URLError
		if _, err := Open(t.Context(), url); !errors.As(err, &bad) {
			t.Errorf("%q: %v", url, err)
		}
	}
}
