package reports

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tieout/reconcile"
	"tieout/reconcile/money"
	"tieout/reconcile/reconciletest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares with testdata/<name>, or rewrites it.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got, rewrite with -update):\n%s", path, diff)
	}
}

// sample is the document of a generated day: every kind of trouble that the
// generator knows, over two providers and two chains.
func sample(t testing.TB, orders int) Document {
	t.Helper()
	result, err := reconciletest.Generate(reconciletest.Plan{Seed: 7, Orders: orders}).Run()
	if err != nil {
		t.Fatal(err)
	}
	return Document{Result: result, Facts: Facts{
		Tool: "tieout 0.1.0", Merchant: "Demo & Sons", AsOf: "2026-03-10", Zone: "Etc/UTC", Complete: result.Complete(),
		ConfigSHA256: "c0ffee", AssetsSHA256: "a55e75",
		Inputs: []File{{Path: "exports/blockatm-2026-03-10.csv", SHA256: "5f2b51ca2fdc5baa31ec02e002f69aec3bb1d2b6ca5f0f0a7f4b1a1f2c3d4e5f", Bytes: 48211}},
	}}
}

const (
	usdtID  = "eip155:1/erc20:0xdac17f958d2ee523a2206206994597c13d831ec7"
	txOne   = "0x1111111111111111111111111111111111111111111111111111111111111111"
	txTwo   = "0x2222222222222222222222222222222222222222222222222222222222222222"
	shop    = "0x00000000000000000000000000000000000005a0"
	payer   = "0x000000000000000000000000000000000000beef"
	monday  = "2026-03-09T10:15:00Z"
	closing = "2026-03-10T00:00:00Z"
)

var usdt = money.Asset{ID: usdtID, Symbol: "USDT", Decimals: 6}

// evil are texts that customers and attackers put where a report shows them.
var evil = []string{
	"=1+1", "+1+1", "-1+1", "@SUM(A1)", "|calc", "\t=1", "\r=1", "\n=1", "\x00=1", "＝1", "＋1", "－1", "＠1",
	" =1", "'=1", "''=1", "'", "\u200b=1", "\ufeff-2", "\u202e=1", "' =1",
	`=HYPERLINK("https://evil.example","click")`, "=cmd|' /C calc'!A0", "=DDE(\"cmd\";\"/C calc\";\"x\")",
	"a,b", `say "hi"`, "two\nlines", " padded ", `\.`, "_x0041_", "0007", "1E5", "8.21E+09", "2026-03-09", "TRUE",
	"abc\u202edef", "zero\u200bwidth", "bad\xffbyte", "bad\xfebyte", "<b>&amp;", "Müller 株式会社", "🙂", "#REF!",
}

// carried is a date that opens with a lost order, which is called paid now, and an
// overpaid one, which somebody suppressed.
func carried(t *testing.T) Document {
	t.Helper()
	d := reconciletest.NewDiary()
	lost := d.World.Order("A-1").Status("EXPIRED")
	d.World.Transfer("t1", "A-1", "100", "10:12")
	d.World.Order("A-2").Claims("t2").Paid("10:13")
	d.World.Transfer("t2", "A-2", "120", "10:12")
	d.World.WebhookLog()
	d.Run(t, "03-08")
	lost.Status("SUCCESS").Paid("10:13")
	d.Answer(t, "A-2 overpaid", reconcile.Answer{Action: reconcile.Suppress, By: "anna", Until: "2026-03-31"})
	d.Run(t, "03-09")
	return Document{Result: d.Result, Facts: Facts{Merchant: "demo", AsOf: "2026-03-09", Complete: true}}
}

// units are base units written in decimal.
func units(digits string) money.Units {
	q, err := money.Style{Negative: true}.Parse(digits)
	if err != nil {
		panic(err)
	}
	u, err := q.Bind(0)
	if err != nil {
		panic(err)
	}
	return u
}

func clock(text string) reconcile.Instant {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return reconcile.InstantOf(t)
}

func quantity(text string) money.Quantity {
	q, err := money.Parse(text)
	if err != nil {
		panic(err)
	}
	return q
}

func known(digits string) reconcile.Figure {
	return reconcile.Figure{Units: units(digits), Known: true}
}

// largest is 2^256-1, an amount of 78 digits.
const largest = "115792089237316195423570985008687907853269984665640564039457584007913129639935"

// awkward is a book by hand, with every text of evil in it, amounts of 78 digits,
// amounts that are not known, rows without an order, and an incomplete run.
func awkward() *book {
	at := clock
	kinds := []reconcile.Kind{reconcile.LostOrder, reconcile.Overpaid}
	order := reconcile.OrderRow{OrderID: "900001", OrderNo: "N-1", Provider: "blockatm", Account: "till 1", Customer: "c-9", Status: "EXPIRED",
		Outcome: reconcile.OutcomeBreak, Kinds: kinds, Asset: usdt, Due: known("100000000"), Received: known("120000001"),
		TXIDs: []string{txOne, txTwo}, PayTo: shop, Created: at(monday), Explanation: "Money came, the order expired.",
		Webhook: reconcile.FateRefused, WebhookMarks: reconcile.MarkDuplicated | reconcile.MarkRefused, WebhookStory: "Never accepted: 2 attempts came, and we answered 500."}
	transfer := reconcile.TransferRow{Chain: "eip155:1", Block: 19_000_000, BlockTime: at(monday), TXID: txOne, LogIndex: 0, Asset: usdt,
		From: payer, To: shop, Amount: units("120000001"), Outcome: reconcile.OutcomeBreak, Kinds: kinds, OrderID: "900001", OrderNo: "N-1"}
	delivery := reconcile.DeliveryRow{Source: "receiver", Received: at(monday) + 250*reconcile.Second/1000, Provider: "blockatm", OrderID: "900001", OrderNo: "N-1",
		Status: "SUCCESS", Amount: quantity("120.000001"), Symbol: "USDT", TXID: txOne, Response: 200, Signature: reconcile.SignatureValid,
		Outcome: reconcile.OutcomeAgreed, Attempt: 2, AfterBlock: reconcile.Lag{Span: 250*reconcile.Second/1000 + 999, Known: true},
		AfterPaid: reconcile.Lag{Span: -1500 * reconcile.Second / 1000, Known: true}}
	match := reconcile.MatchRow{OrderID: "900001", OrderNo: "N-1", Provider: "blockatm", Chain: "eip155:1", TXID: txOne, LogIndex: 0, Asset: usdt,
		Amount: units("120000001"), Rule: reconcile.RuleTXID, Explanation: "The order names this transaction."}
	brk := reconcile.BreakRow{ID: "B-00000000000000a1", Kind: reconcile.LostOrder, Severity: reconcile.Critical, OrderID: "900001", OrderNo: "N-1",
		Provider: "blockatm", Account: "till 1", Customer: "c-9", Chain: "eip155:1", Asset: usdt, Expected: known("0"), Observed: known("120000001"),
		Difference: units("100000000"), Value: quantity("100.00"), TXIDs: []string{txOne, txTwo}, PayTo: shop, FirstSeen: at(monday), AgeDays: 1,
		Deadline: at(monday) + 72*reconcile.Hour, Action: reconcile.CompleteTransaction, Explanation: "120.000001 USDT is final on chain.", Incident: "N-00000000000000c1"}
	open := reconcile.OpenRow{ID: "I-00000000000000b1", State: reconcile.AwaitingFinality, OrderID: "900002", OrderNo: "N-2", Provider: "bvnk",
		Chain: "eip155:1", Asset: usdt, Amount: units("-5000000"), Value: quantity("5"), TXIDs: []string{txTwo}, FirstSeen: at(monday),
		Bucket: "0-1", Until: at(closing), Note: "Not final."}
	action := reconcile.ActionRow{Priority: 1, Action: reconcile.CompleteTransaction, Who: "cashier operator", Deadline: at(monday) + 72*reconcile.Hour,
		HoursLeft: 58, OrderID: "900001", OrderNo: "N-1", Provider: "blockatm", Account: "till 1", Chain: "eip155:1", TXID: txOne, Asset: usdt,
		Amount: known("120000001"), Value: quantity("100.00"), Reason: "paid, not called paid", Sentence: "Complete order N-1; do not credit it by hand as well.",
		BreakIDs: []string{"B-00000000000000a1", "B-00000000000000a2"}, Link: "https://etherscan.io/tx/" + txOne, Severity: reconcile.Critical,
		Incident: "N-00000000000000c1"}
	reject := reconcile.RejectRow{Source: "cashier", File: "exports/a.csv", Sheet: "Sheet1", Line: 12, Column: "amount", Value: "1,5",
		Reason: "the separator is ambiguous: declare decimal: on the source", Raw: `N-9,"1,5"`}

	b := &book{
		facts: Facts{Tool: "tieout 0.1.0", Merchant: "=Evil & Sons", AsOf: "2026-03-09", Zone: "Europe/Berlin", Exit: 3,
			ConfigSHA256: "c0ffee", AssetsSHA256: "a55e75",
			Inputs:  []File{{"exports/=a.csv", "1f", 10}, {"logs/w.jsonl", "2f", 20}},
			Outputs: []File{{"breaks.csv", "3f", 30}}, Revision: 2, Replaces: "5f", Previous: Link{"2026-03-08", "6f"}},
		incomplete: []string{"=archive: the file ends at noon"},
		window:     reconcile.Interval{From: at("2026-03-06T00:00:00Z"), To: at(closing)}, zone: "Europe/Berlin", currency: "USD",
		txLink: func(chain, txid string) string {
			if chain != "eip155:1" || len(txid) != 66 {
				return ""
			}
			return "https://etherscan.io/tx/" + txid
		},
		tieOut: []reconcile.TieOutLine{
			{Asset: usdt, Chain: "eip155:1", Received: units("120000001"), Expected: units("5000000"), Breaks: units("120000001"), Open: units("-5000000"),
				Orders: 2, Transfers: 1, NotReconciled: units("7000000"), ReceivedValue: quantity("120.000001"), ExpectedValue: quantity("5")},
			{Asset: money.Asset{ID: "eip155:1/slip44:60", Symbol: "", Decimals: 18}, Chain: "eip155:1", Received: units(largest), Breaks: units(largest), Transfers: 1},
		},
		sources: []reconcile.SourceRow{
			{Name: "=archive", Kind: "transfers", Read: 10, Parsed: 6, Duplicates: 1, Superseded: 1, OutOfScope: 1, Rejected: 1,
				Covers: []reconcile.Coverage{{Chain: "eip155:1", Span: reconcile.Interval{From: at("2026-03-06T00:00:00Z"), To: at("2026-03-09T12:00:00Z")}}},
				Gaps:   []reconcile.Gap{{Chain: "eip155:1", Blocks: [2]uint64{19_000_001, 19_000_400}, Reason: "=the file ends at noon"}},
				Notes:  []string{"@note: 10,000 rows are the cap of the export"}, Proof: "declared"},
			{Name: "cashier", Kind: "orders", Read: 3, Parsed: 3},
		},
	}

	answer := reconcile.Answer{ID: brk.ID, Asset: usdt.ID, Action: reconcile.Suppress, Reason: "the customer agreed", By: "anna", Until: "2026-03-31",
		Cap: quantity("100"), Date: "2026-03-08", File: "report.xlsx", SHA256: "4f", Row: 3}
	brk.Answer, brk.Bucket, brk.FirstDate = &answer, "0-1", "2026-03-08"
	open.Answer, open.FirstDate = &reconcile.Answer{Action: reconcile.Accept, By: "ben"}, "2026-03-09"
	figure := func(count int, plus, minus, net string) reconcile.RollFigure {
		return reconcile.RollFigure{Count: count, Plus: units(plus), Minus: units(minus), Net: units(net)}
	}
	b.date, b.opened = "2026-03-09", "2026-03-08"
	b.roll = []reconcile.RollLine{
		{Section: reconcile.SectionBreaks, Asset: usdt, Chain: "eip155:1", Opening: figure(2, "150000000", "-20000000", "130000000"),
			New: figure(1, "100000000", "0", "100000000"), WrittenOff: figure(1, "0", "-20000000", "-20000000"), Closing: figure(2, "250000000", "0", "250000000"),
			Carried: figure(1, "150000000", "0", "150000000")},
		{Section: reconcile.SectionOpen, Asset: money.Asset{ID: "eip155:1/slip44:60", Decimals: 18}, New: figure(1, largest, "0", largest), Closing: figure(1, largest, "0", largest)},
	}

	b.days = []reconcile.DayLine{
		{Date: "", Account: "till", Asset: usdt, Chain: "eip155:1", CutOff: units("20000000"), Out: units("20000000"), Orders: 1},
		{Date: "2026-03-06", Account: "till", Asset: usdt, Chain: "eip155:1", Received: units("20000000"), In: units("20000000"), Transfers: 1},
		{Date: "2026-03-09", Whole: true, Asset: money.Asset{ID: "eip155:1/slip44:60", Decimals: 18}, Chain: "eip155:1", Received: units(largest), Breaks: units(largest), Transfers: 1},
		{Date: "2026-03-09", Whole: true, Account: "=till 2", Asset: usdt, Chain: "eip155:1", Received: units("100000001"), Expected: units("5000000"),
			Breaks: units("120000001"), Open: units("-5000000"), CutOff: units("-20000000"), Orders: 1, Transfers: 1},
	}
	b.month = &month{from: "2026-03-01", to: "2026-03-09", dates: []string{"2026-03-05", "2026-03-09"},
		missing: []string{"2026-03-01", "2026-03-02", "2026-03-03", "2026-03-04", "2026-03-06", "2026-03-07", "2026-03-08"}, lines: reconcile.SumDays(b.days[2:])}
	b.facts.Past = &Past{From: "2026-01-07", Dates: []PastDate{
		{Date: "2026-03-06", State: DateComplete, Revision: 2, Counted: true, Breaks: 3, Open: 1, Stale: true, Prepared: "anna", Reviewed: "=ben"},
		{Date: "2026-03-07", State: DateMissed},
		{Date: "2026-03-08", State: DateIncomplete, Revision: 1},
	}, Answers: []GivenAnswer{{Since: "2026-01-02", Answer: answer}, {Since: "2026-01-02", Answer: reconcile.Answer{ID: "B-out", By: "old"}}}}

	b.incidents = []reconcile.IncidentRow{{ID: "N-00000000000000c1", Kind: reconcile.MissedWebhook, Cause: reconcile.CauseRefused, Provider: "blockatm",
		From: at(monday), To: at(monday) + reconcile.Hour, Before: at(monday) - reconcile.Minute, Accepted: 1, Breaks: 4, Acting: 3, Value: quantity("400.00"),
		Severity: reconcile.High, Actions: []reconcile.ActionCode{reconcile.FixReceiverThenResend, reconcile.ApplyFromAPI}, BreakIDs: []string{"B-00000000000000a1"}}}
	b.scores = []reconcile.ScoreLine{
		{Provider: "blockatm", Whole: true, Logged: true, Orders: 7, Agreed: 3, Broken: 3, Open: 1, Paid: 6, Lost: 1, Mismatched: 1,
			Notified: 6, Accepted: 2, NotApplied: 1, Refused: 3, Retrying: 1, Resends: 0, ResendsKnown: 2, Deliveries: 9, Repeated: 1, RefusedDeliveries: 5, Unverified: 1,
			AfterBlock: reconcile.Latency{Count: 4, Early: 1, P50: -1500 * reconcile.Second / 1000, P95: 90 * reconcile.Second, P99: 90 * reconcile.Second, Max: 90 * reconcile.Second}},
		{Provider: "blockatm", Date: "2026-03-09", Logged: true, Orders: 7, Agreed: 3, Broken: 3, Open: 1, Paid: 6, Notified: 6, Accepted: 2, Refused: 3, Retrying: 1},
		{Provider: "bvnk", Whole: true, Orders: 2, Undetermined: 2},
	}

	orders, transfers := []reconcile.OrderRow{order}, []reconcile.TransferRow{transfer}
	deliveries, matches := []reconcile.DeliveryRow{delivery}, []reconcile.MatchRow{match}
	b.breaks, b.open = []reconcile.BreakRow{brk}, []reconcile.OpenRow{open}
	b.actions, b.rejects = []reconcile.ActionRow{action}, []reconcile.RejectRow{reject}
	for i, text := range evil {
		orders = append(orders, reconcile.OrderRow{OrderID: text, OrderNo: text, Provider: text, Status: text, Outcome: reconcile.OutcomeUndetermined,
			Reason: reconcile.UnknownStatus, Asset: money.Asset{Symbol: text}, TXIDs: []string{text}, PayTo: text, Account: text, Customer: text, Explanation: text})
		transfers = append(transfers, reconcile.TransferRow{Chain: "eip155:1", BlockTime: at(monday), TXID: text, LogIndex: -1, Occurrence: i + 1, Trace: text,
			Asset: money.Asset{ID: text, Symbol: text}, From: text, To: text, Amount: units(largest), Outcome: reconcile.OutcomeBreak,
			Kinds: []reconcile.Kind{reconcile.UnknownTransfer}, Note: text})
		deliveries = append(deliveries, reconcile.DeliveryRow{Source: text, Provider: text, OrderID: text, OrderNo: text, Status: text, Symbol: text, TXID: text,
			Outcome: reconcile.OutcomeBreak, Kinds: []reconcile.Kind{reconcile.UnverifiedWebhook}, Signature: reconcile.SignatureInvalid, Note: text})
		matches = append(matches, reconcile.MatchRow{OrderID: text, OrderNo: text, Provider: text, Chain: text, TXID: text, LogIndex: -1, Occurrence: 1,
			Asset: money.Asset{ID: text, Symbol: text}, Amount: units(largest), Rule: reconcile.RuleSplit, Margin: text, Explanation: text})
		b.breaks = append(b.breaks, reconcile.BreakRow{ID: text, Kind: reconcile.MissingTransfer, OrderID: text, OrderNo: text, Provider: text, Account: text, Customer: text,
			Chain: text, Asset: money.Asset{ID: text, Symbol: text}, Difference: units("-" + largest), TXIDs: []string{text}, PayTo: text, Explanation: text})
		b.open = append(b.open, reconcile.OpenRow{ID: text, State: reconcile.NotCovered, OrderID: text, OrderNo: text, Provider: text, Chain: text,
			Asset: money.Asset{ID: text, Symbol: text}, Amount: units("-" + largest), TXIDs: []string{text}, Bucket: text, Note: text})
		b.actions = append(b.actions, reconcile.ActionRow{Priority: i + 2, Action: reconcile.HoldFulfilment, Who: text, OrderID: text, OrderNo: text, Provider: text, Account: text,
			Chain: text, TXID: text, Asset: money.Asset{ID: text, Symbol: text}, Reason: text, Sentence: text, BreakIDs: []string{text}, Link: text})
		item := reconcile.Item{ID: text, Kind: text, OrderID: text, OrderNo: text, Provider: text, Chain: text, Asset: money.Asset{ID: text, Symbol: text},
			TXIDs: []string{text}, Difference: units("-" + largest), FirstDate: "2026-03-01", LastDate: "2026-03-02",
			Answer: &reconcile.Answer{Action: reconcile.WriteOff, By: text, Reason: text}}
		b.resolved = append(b.resolved, reconcile.ResolvedRow{Item: item, How: reconcile.HowWrittenOff, What: text, Became: text})
		b.carried = append(b.carried, item)
		b.refused = append(b.refused, reconcile.RejectedAnswer{Answer: reconcile.Answer{ID: text, Asset: text, Action: reconcile.Disposition(text), By: text, File: text, Row: i}, Why: text})
		b.days = append(b.days, reconcile.DayLine{Date: "2026-03-09", Account: text, Asset: money.Asset{ID: text, Symbol: text}, Chain: text, Orders: 1})
		b.facts.Past.Dates = append(b.facts.Past.Dates, PastDate{Date: "2026-03-08", State: DateComplete, Prepared: text, Reviewed: text})
		b.facts.Past.Answers = append(b.facts.Past.Answers, GivenAnswer{Since: "2026-03-08", Answer: reconcile.Answer{ID: text, Action: reconcile.Accept, By: text, Reason: text, File: text}})
		b.incidents = append(b.incidents, reconcile.IncidentRow{ID: text, Kind: reconcile.LostOrder, Provider: text, Account: text, Chain: text, BreakIDs: []string{text}})
		b.scores = append(b.scores, reconcile.ScoreLine{Provider: text, Date: text, Logged: true, Notified: 1, Accepted: 1})
		b.rejects = append(b.rejects, reconcile.RejectRow{Source: text, File: text, Sheet: text, Column: text, Value: text, Reason: text, Raw: text})
	}
	b.orders, b.transfers = slices.Values(orders), slices.Values(transfers)
	b.deliveries, b.matches = slices.Values(deliveries), slices.Values(matches)
	b.counts = func() reconcile.Counts { return countRows(b) }
	return b
}

// countRows counts the rows as they are written.
func countRows(b *book) reconcile.Counts {
	c := reconcile.Counts{Orders: map[reconcile.Outcome]int{}, Transfers: map[reconcile.Outcome]int{}, Deliveries: map[reconcile.Outcome]int{},
		Excluded: map[reconcile.Reason]int{}, Matches: map[reconcile.Rule]int{}}
	for r := range b.orders {
		c.Orders[r.Outcome]++
	}
	for r := range b.transfers {
		c.Transfers[r.Outcome]++
		if r.Outcome == reconcile.OutcomeExcluded {
			c.Excluded[r.Reason]++
		}
		if unmatched(&r) {
			c.Unmatched++
		}
	}
	for r := range b.deliveries {
		c.Deliveries[r.Outcome]++
	}
	for r := range b.matches {
		c.Matches[r.Rule]++
	}
	return c
}

// What the first page counts is what the files hold.
func TestCountsAreThoseOfTheRows(t *testing.T) {
	b := bookOf(sample(t, 3000))
	got, want := b.counts(), countRows(b)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("counts (-rows +result):\n%s", diff)
	}
	if want.Unmatched == 0 || len(want.Excluded) == 0 || want.Matches[reconcile.RuleDuplicate] == 0 {
		t.Error("the sample lacks something to count")
	}
}
