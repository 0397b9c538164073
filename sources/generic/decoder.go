package generic

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"maps"
	"slices"
	"strings"

	"tieout/reconcile"
	"tieout/reconcile/money"
	"tieout/sources"
)

// Decoder reads the webhooks of a provider whose profile file says how they are
// signed and what stands where in them. A body that names no order is about
// something else: sources.ErrOutOfScope.
func Decoder(profile *reconcile.Profile, format *sources.WebhookFormat) sources.Decoder {
	w := &webhook{profile, format}
	d := sources.Decoder{Signed: w.signed, Decode: w.decode}
	if format.Header != "" {
		d.Verify = w.verify
	}
	return d
}

type webhook struct {
	profile *reconcile.Profile
	format  *sources.WebhookFormat
}

func (w *webhook) signed(r sources.Request) bool { return r.Header[w.format.Header] != "" }

// verify checks the HMAC. Of a sorted body two spellings are tried, since languages
// write numbers differently: as they stand in the body, and as JavaScript writes
// them. An empty secret verifies nothing.
func (w *webhook) verify(r sources.Request, secret string) (scheme string, ok bool) {
	scheme = w.profile.Name + "_hmac_" + w.format.Hash
	text, hasPrefix := strings.CutPrefix(strings.TrimSpace(r.Header[w.format.Header]), w.format.Prefix)
	given, err := w.encoded(text)
	if err != nil || !hasPrefix || secret == "" || len(given) == 0 {
		return scheme, false
	}
	signs := func(message []byte) bool {
		m := hmac.New(w.hash(), []byte(secret))
		m.Write(message)
		return hmac.Equal(given, m.Sum(nil))
	}
	if !w.format.Sorted {
		return scheme, signs(r.Body)
	}
	body, err := parse(r.Body)
	if err != nil {
		return scheme, false
	}
	return scheme, signs(appendSorted(nil, body, false)) || signs(appendSorted(nil, body, true))
}

func (w *webhook) hash() func() hash.Hash {
	if w.format.Hash == "sha512" {
		return sha512.New
	}
	return sha256.New
}

func (w *webhook) encoded(text string) ([]byte, error) {
	if w.format.Encoding == "base64" {
		return base64.StdEncoding.DecodeString(text)
	}
	return hex.DecodeString(text)
}

// parse reads one JSON document, its numbers as they are written.
func parse(body []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("there is something behind the end of the document")
	}
	return v, nil
}

// appendSorted writes a value as JSON.stringify does once its keys are sorted, the
// numbers as they stood or as JavaScript writes them.
func appendSorted(b []byte, v any, javaScript bool) []byte {
	switch v := v.(type) {
	case map[string]any:
		b = append(b, '{')
		for i, key := range slices.Sorted(maps.Keys(v)) {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(appendSorted(b, key, javaScript), ':')
			b = appendSorted(b, v[key], javaScript)
		}
		return append(b, '}')
	case []any:
		b = append(b, '[')
		for i, item := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendSorted(b, item, javaScript)
		}
		return append(b, ']')
	case json.Number:
		if f, err := v.Float64(); err == nil && javaScript {
			return appendPlain(b, f) // encoding/json writes a float64 as ES6 does
		}
		return append(b, v...)
	}
	return appendPlain(b, v)
}

// appendPlain writes a number, word or null, or a text with the escapes that
// JSON.stringify writes and no others.
func appendPlain(b []byte, v any) []byte {
	text, ok := v.(string)
	if !ok {
		plain, err := json.Marshal(v)
		if err != nil {
			return b // none of them can fail to be written
		}
		return append(b, plain...)
	}
	b = append(b, '"')
	for i := range len(text) {
		switch c := text[i]; {
		case escapes[c] != 0:
			b = append(b, '\\', escapes[c])
		case c < ' ':
			b = fmt.Appendf(b, `\u%04x`, c)
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}

var escapes = [256]byte{'"': '"', '\\': '\\', '\b': 'b', '\f': 'f', '\n': 'n', '\r': 'r', '\t': 't'}

func (w *webhook) decode(r sources.Request, d *reconcile.Delivery) error {
	v, err := parse(r.Body)
	if err != nil {
		return &sources.RequestError{Part: "body", Value: string(r.Body), Reason: "it is no JSON: " + err.Error()}
	}
	m := members{body: v, paths: w.format.Members}
	d.Event = m.text("event")
	d.OrderID, d.OrderNo = m.text("order_id"), m.text("order_no")
	d.Status = m.latest("status")
	d.State = w.profile.State(w.format.Schema, d.Status)
	if id := m.text("txid"); id != "" {
		d.TXIDs = withoutOutputs([]string{id})
	}
	d.Chain, d.Asset = m.text("chain"), m.text("asset")
	d.Symbol = d.Asset
	switch {
	case d.OrderID == "" && d.OrderNo == "":
		return sources.ErrOutOfScope
	case d.Status == "":
		return &sources.RequestError{Part: "body", Reason: "it names an order and no status"}
	}
	return m.figures(d)
}

// members picks values of a body by their canonical names.
type members struct {
	body  any
	paths map[string][]string
}

// figures reads the amount and the time, which can be wrong where ids are right.
func (m *members) figures(d *reconcile.Delivery) error {
	if text := m.text("amount"); text != "" {
		q, err := money.Style{Exponent: m.isNumber("amount")}.Parse(text)
		if err != nil {
			return &sources.RequestError{Part: "body." + m.paths["amount"][0], Value: text, Reason: err.Error()}
		}
		d.Amount = q
		if q.IsZero() && d.State != reconcile.StatePaid {
			d.Amount = money.Quantity{} // nothing yet, which is no claim
		}
	}
	if text := m.text("time"); text != "" {
		at, err := sources.ParseTime(text, nil)
		if err != nil {
			return &sources.RequestError{Part: "body." + m.paths["time"][0], Value: text, Reason: err.Error()}
		}
		d.Requested = at
	}
	return nil
}

// text is the first value of the first path that says something.
func (m *members) text(name string) string {
	for _, path := range m.paths[name] {
		if found := values(m.body, strings.Split(path, ".")); len(found) > 0 {
			return fmt.Sprint(found[0])
		}
	}
	return ""
}

// latest is the last value instead: a timeline ends with what holds now.
func (m *members) latest(name string) string {
	for _, path := range m.paths[name] {
		if found := values(m.body, strings.Split(path, ".")); len(found) > 0 {
			return fmt.Sprint(found[len(found)-1])
		}
	}
	return ""
}

func (m *members) isNumber(name string) bool {
	for _, path := range m.paths[name] {
		if found := values(m.body, strings.Split(path, ".")); len(found) > 0 {
			_, number := found[0].(json.Number)
			return number
		}
	}
	return false
}

// values are the plain values at a path, empty ones left out.
func values(v any, path []string) []any {
	if len(path) == 0 {
		switch v := v.(type) {
		case string:
			if text := strings.TrimSpace(v); text != "" {
				return []any{text}
			}
		case json.Number:
			return []any{v}
		}
		return nil
	}
	object, ok := v.(map[string]any)
	if !ok {
		return nil
	}
	key, list := strings.CutSuffix(path[0], "[]")
	if !list {
		return values(object[key], path[1:])
	}
	items, _ := object[key].([]any)
	var found []any
	for _, item := range items {
		found = append(found, values(item, path[1:])...)
	}
	return found
}
