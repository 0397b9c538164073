package reports

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"tieout/reconcile"
)

// jsonSchema is the version of result.json. It grows when a reader of the former
// one would go wrong; new keys alone do not.
const jsonSchema = 1

type resultJSON struct {
	Schema       int            `json:"schema"`
	Tool         string         `json:"tool"`
	Merchant     string         `json:"merchant"`
	AsOf         string         `json:"as_of"`
	From         string         `json:"from"`
	To           string         `json:"to"`
	Timezone     string         `json:"timezone"`
	Currency     string         `json:"currency"`
	Interim      bool           `json:"interim"`
	Revision     int            `json:"revision"`
	Replaces     *string        `json:"replaces"`
	Status       string         `json:"status"`
	Incomplete   []string       `json:"incomplete"`
	Exit         int            `json:"exit"`
	ConfigSHA256 string         `json:"config_sha256"`
	AssetsSHA256 string         `json:"assets_sha256"`
	Previous     *Link          `json:"previous"`
	TieOut       tieOutJSON     `json:"tie_out"`
	Sources      []sourceJSON   `json:"sources"`
	Counts       *Totals        `json:"counts"`
	RollForward  rollJSON       `json:"roll_forward"`
	Resolved     []goneJSON     `json:"resolved"`
	Refused      []answerJSON   `json:"rejected_answers"`
	Calendar     []dateJSON     `json:"calendar"` // empty where nothing is carried forward
	Answers      []givenJSON    `json:"answers"`
	Incidents    []incidentJSON `json:"incidents"`
	Scorecard    []scoreJSON    `json:"scorecard"`
	Inputs       []File         `json:"inputs"`
	Outputs      []File         `json:"outputs"`
}

type tieOutJSON struct {
	Holds  bool        `json:"holds"`
	Assets []assetJSON `json:"assets"`
	Days   []dayJSON   `json:"days"`
	Month  *monthJSON  `json:"month_to_date"` // null where nothing is carried forward
}

type assetJSON struct {
	Asset         string `json:"asset"`
	Symbol        string `json:"symbol"`
	Chain         string `json:"chain"`
	Decimals      int    `json:"decimals"`
	Received      string `json:"received"`
	Expected      string `json:"expected"`
	Breaks        string `json:"breaks"`
	Open          string `json:"open"`
	CutOff        string `json:"cut_off"`
	Tolerance     string `json:"tolerance"`
	NotCovered    string `json:"not_covered"`
	Answered      string `json:"answered"`
	Residual      string `json:"residual"`
	Orders        int    `json:"orders"`
	Transfers     int    `json:"transfers"`
	NotReconciled string `json:"not_reconciled"`
	ReceivedValue string `json:"received_value"`
	ExpectedValue string `json:"expected_value"`
}

type sourceJSON struct {
	Name       string      `json:"name"`
	Kind       string      `json:"kind"`
	Read       int         `json:"read"`
	Parsed     int         `json:"parsed"`
	Duplicates int         `json:"duplicates"`
	Superseded int         `json:"superseded"`
	OutOfScope int         `json:"out_of_scope"`
	Rejected   int         `json:"rejected"`
	Covers     []coverJSON `json:"covers"`
	Gaps       []gapJSON   `json:"gaps"`
	Notes      []string    `json:"notes"`
	Proof      string      `json:"proof"`
}

type coverJSON struct {
	Chain   string `json:"chain"`
	Address string `json:"address"`
	Asset   string `json:"asset"`
	From    string `json:"from"`
	To      string `json:"to"`
}

type gapJSON struct {
	Chain     string  `json:"chain"`
	From      string  `json:"from"`
	To        string  `json:"to"`
	FromBlock *uint64 `json:"from_block"` // null when the gap is not told in blocks
	ToBlock   *uint64 `json:"to_block"`
	Reason    string  `json:"reason"`
}

// WriteJSON writes result.json, schema 1: who ran on what, whether it is
// complete, the tie-out, the coverage, counts, and the manifest of inputs and
// outputs. Amounts are exact decimals in strings, unknown values empty strings.
func WriteJSON(w io.Writer, d Document) error { return writeJSON(w, bookOf(d)) }

func writeJSON(w io.Writer, b *book) error {
	f := &b.facts
	doc := resultJSON{
		Schema: jsonSchema, Tool: f.Tool, Merchant: f.Merchant, AsOf: f.AsOf,
		From: b.window.From.String(), To: b.window.To.String(), Timezone: f.Zone, Currency: b.currency, Interim: f.Interim,
		Revision: max(1, f.Revision), Replaces: orNil(f.Replaces), Previous: orNil(f.Previous), Status: b.status(), Incomplete: orEmpty(b.incomplete), Exit: f.Exit,
		ConfigSHA256: f.ConfigSHA256, AssetsSHA256: f.AssetsSHA256,
		TieOut: tieOutJSON{Holds: b.holds(), Assets: []assetJSON{}, Days: daysOf(b.days), Month: monthJSONOf(b.month)}, Sources: []sourceJSON{},
		Counts: b.total(), Inputs: orEmpty(f.Inputs), Outputs: orEmpty(f.Outputs),
	}
	doc.RollForward, doc.Resolved, doc.Refused = rollOf(b), goneOf(b), refusedOf(b)
	doc.Calendar, doc.Answers = calendarJSON(b), answersJSON(b)
	doc.Incidents, doc.Scorecard = incidentsJSON(b), scoresJSON(b)
	for i := range b.tieOut {
		doc.TieOut.Assets = append(doc.TieOut.Assets, assetOf(&b.tieOut[i]))
	}
	for i := range b.sources {
		doc.Sources = append(doc.Sources, sourceOf(&b.sources[i]))
	}
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(&doc)
	if err == nil {
		_, err = w.Write(sealed(text.Bytes()))
	}
	if err != nil {
		return fmt.Errorf("writing result.json: %w", err)
	}
	return nil
}

// sealed closes result.json with the SHA-256 of everything before its last key: the
// one file that no manifest lists says by itself that it is whole.
func sealed(text []byte) []byte {
	body := bytes.TrimSuffix(text, []byte("\n}\n"))
	sum := sha256.Sum256(body)
	return fmt.Appendf(body, ",\n  \"seal\": \"%x\"\n}\n", sum)
}

func assetOf(l *reconcile.TieOutLine) assetJSON {
	d := l.Asset.Decimals
	return assetJSON{
		Asset: l.Asset.ID, Symbol: l.Asset.Symbol, Chain: l.Chain, Decimals: d,
		Received: l.Received.Decimal(d), Expected: l.Expected.Decimal(d), Breaks: l.Breaks.Decimal(d), Open: l.Open.Decimal(d),
		CutOff: l.CutOff.Decimal(d), Tolerance: l.Tolerance.Decimal(d), NotCovered: l.NotCovered.Decimal(d),
		Answered: l.Answered.Decimal(d), Residual: l.Residual.Decimal(d), Orders: l.Orders, Transfers: l.Transfers,
		NotReconciled: l.NotReconciled.Decimal(d), ReceivedValue: l.ReceivedValue.String(), ExpectedValue: l.ExpectedValue.String(),
	}
}

func sourceOf(s *reconcile.SourceRow) sourceJSON {
	out := sourceJSON{
		Name: s.Name, Kind: s.Kind, Read: s.Read, Parsed: s.Parsed, Duplicates: s.Duplicates, Superseded: s.Superseded,
		OutOfScope: s.OutOfScope, Rejected: s.Rejected, Covers: []coverJSON{}, Gaps: []gapJSON{}, Notes: orEmpty(s.Notes), Proof: s.Proof,
	}
	for _, c := range s.Covers {
		out.Covers = append(out.Covers, coverJSON{c.Chain, c.Address, c.Asset, c.Span.From.String(), c.Span.To.String()})
	}
	for _, g := range s.Gaps {
		gap := gapJSON{Chain: g.Chain, From: g.Span.From.String(), To: g.Span.To.String(), Reason: g.Reason}
		if g.Blocks != [2]uint64{} {
			gap.FromBlock, gap.ToBlock = &g.Blocks[0], &g.Blocks[1]
		}
		out.Gaps = append(out.Gaps, gap)
	}
	return out
}

// orNil makes null of what is not there.
func orNil[T comparable](v T) *T {
	var none T
	if v == none {
		return nil
	}
	return &v
}

// orEmpty makes a list that JSON writes as [] where there is none.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return slices.Clip(list)
}
