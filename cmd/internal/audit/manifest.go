package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tieout/reconcile/money"
)

// schema is the version of result.json that this package reads.
const schema = 1

// manifest is result.json.
type manifest struct {
	merchant, asOf, zone string
	from, to             time.Time
	interim              bool
	revision             int
	status               string
	incomplete           []string
	exit                 int
	previous             *link
	replaces             string // hash of the result.json that it takes the place of
	rolls                rollForward
	assets               []statedLine
	dated                bool // it tells the tie-out by business date
	days                 []day
	month                *month // nil where nothing is carried forward
	sources              []statedSource
	counts               object
	outputs              []listed
	doc                  object
}

// link names the run that a run continues.
type link struct{ asOf, sha256 string }

// listed is a file as the manifest lists it.
type listed struct {
	name, sha256 string
	bytes        int
}

// statedLine is the tie-out of an asset as result.json states it.
type statedLine struct {
	Line
	residual          money.Quantity
	decimals          int
	orders, transfers int
	path              string
}

type statedSource struct {
	name, kind                                                 string
	read, parsed, duplicates, superseded, outOfScope, rejected int
	gaps                                                       []statedGap
	path                                                       string
}

type statedGap struct{ from, to string }

// readManifest reads result.json strictly. It is nil when the report is not
// published or cannot be read at all.
func (d *Date) readManifest() *manifest {
	at := spot{file: manifestName}
	text, err := os.ReadFile(filepath.Join(d.place, manifestName))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		d.fail(at, "published", "result.json, which is written last", "no such file: the report is not published")
		return nil
	case err != nil:
		d.fail(at, "readable", "a file", err.Error())
		return nil
	}
	d.SHA256 = hashOf(text)
	d.checkSeal(text)
	v, err := decode(text)
	keys, ok := v.(map[string]any)
	if err != nil || !ok {
		d.fail(at, "readable", "a JSON object", fmt.Sprint(errors.Join(err, errorIf(err == nil, kindOf(v)))))
		return nil
	}
	doc := object{d: d, keys: keys}
	if n := doc.whole("schema"); n != schema {
		d.number(at, "schema", schema, n)
		return nil
	}
	return d.fill(doc)
}

func errorIf(cond bool, text string) error {
	if cond {
		return errors.New(text)
	}
	return nil
}

func hashOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// checkSeal: the last key of result.json is the SHA-256 of all bytes before the
// comma that introduces it.
func (d *Date) checkSeal(text []byte) {
	const open, end = ",\n  \"seal\": \"", "\"\n}\n"
	at := spot{file: manifestName}
	body := len(text) - len(open) - sha256.Size*2 - len(end)
	if body < 0 || !bytes.HasPrefix(text[body:], []byte(open)) || !bytes.HasSuffix(text, []byte(end)) {
		d.fail(at, "seal", "a seal as its last key", "none: the file was cut or changed")
		return
	}
	stated := string(text[body+len(open) : len(text)-len(end)])
	d.same(at, "seal", hashOf(text[:body]), stated)
}

// fill reads every key whose meaning this package knows.
func (d *Date) fill(doc object) *manifest {
	m := &manifest{merchant: doc.text("merchant"), asOf: doc.text("as_of"), zone: doc.text("timezone"), interim: doc.flag("interim"),
		revision: doc.whole("revision"), status: doc.text("status"), incomplete: doc.texts("incomplete"), exit: doc.whole("exit"),
		from: d.instant(doc, "from"), to: d.instant(doc, "to"), counts: doc.object("counts"), doc: doc}
	for _, key := range []string{"tool", "config_sha256", "assets_sha256"} {
		doc.text(key)
	}
	d.AsOf, d.Revision, d.Status = m.asOf, m.revision, m.status
	if doc.has("previous") {
		p := doc.object("previous")
		m.previous = &link{p.text("as_of"), p.text("sha256")}
	}
	if doc.has("replaces") {
		m.replaces = doc.text("replaces")
	}
	m.rolls = readRolls(doc)
	tie := doc.object("tie_out")
	d.that(tie.flag("holds"), spot{file: manifestName}, "tie_out.holds", "true", "false")
	for _, o := range tie.objects("assets") {
		m.assets = append(m.assets, statedLineOf(o))
	}
	m.readDays(tie)
	for _, o := range doc.objects("sources") {
		m.sources = append(m.sources, statedSourceOf(o))
	}
	for _, o := range doc.objects("inputs") {
		listedOf(o)
	}
	for _, o := range doc.objects("outputs") {
		m.outputs = append(m.outputs, listedOf(o))
	}
	return m
}

func (d *Date) instant(o object, key string) time.Time {
	text := o.text(key)
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		o.wrong(key, "a time (RFC 3339)", text)
	}
	return t
}

func listedOf(o object) listed { return listed{o.text("file"), o.text("sha256"), o.whole("bytes")} }

func statedLineOf(o object) statedLine {
	o.text("chain")
	for _, key := range []string{"not_reconciled", "received_value", "expected_value"} {
		o.amount(key)
	}
	return statedLine{
		Line: Line{Asset: o.text("asset"), Symbol: o.text("symbol"), Received: o.figure("received"), Expected: o.figure("expected"),
			Breaks: o.figure("breaks"), Open: o.figure("open"), CutOff: o.figure("cut_off"), Tolerance: o.figure("tolerance"),
			NotCovered: o.figure("not_covered"), Answered: o.figure("answered")},
		residual: o.figure("residual"), decimals: o.whole("decimals"), orders: o.whole("orders"), transfers: o.whole("transfers"), path: o.path,
	}
}

func statedSourceOf(o object) statedSource {
	s := statedSource{name: o.text("name"), kind: o.text("kind"), read: o.whole("read"), parsed: o.whole("parsed"), duplicates: o.whole("duplicates"),
		superseded: o.whole("superseded"), outOfScope: o.whole("out_of_scope"), rejected: o.whole("rejected"), path: o.path}
	for _, c := range o.objects("covers") {
		c.text("from")
		c.text("to")
	}
	for _, g := range o.objects("gaps") {
		g.text("reason")
		s.gaps = append(s.gaps, statedGap{g.text("from"), g.text("to")})
	}
	o.text("proof")
	return s
}

// checkOutputs: every listed file is there as it was written, and nothing else.
func (d *Date) checkOutputs(m *manifest) {
	names := map[string]bool{manifestName: true}
	for _, l := range m.outputs {
		d.that(!names[l.name], spot{file: manifestName}, "outputs", l.name+" once", "listed twice")
		names[l.name] = true
		if l.name == "" || strings.ContainsAny(l.name, `/\`) || strings.HasPrefix(l.name, ".") {
			d.fail(spot{file: manifestName}, "outputs", "the name of a file beside it", l.name)
			continue
		}
		d.checkOutput(l)
	}
	entries, err := os.ReadDir(d.place)
	d.that(err == nil, spot{}, "readable", "a directory", fmt.Sprint(err))
	for _, e := range entries {
		d.that(names[e.Name()], spot{file: e.Name()}, "listed", "a file that result.json lists", "not listed")
	}
}

func (d *Date) checkOutput(l listed) {
	at := spot{file: l.name}
	path := filepath.Join(d.place, l.name)
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() {
		d.fail(at, "there", "a file of "+fmt.Sprint(l.bytes)+" bytes", "no such file")
		return
	}
	sum, n, err := hashFile(path)
	if err != nil {
		d.fail(at, "readable", "a file", err.Error())
		return
	}
	d.number(at, "bytes", l.bytes, int(n))
	d.same(at, "sha256", l.sha256, sum)
}

func hashFile(path string) (sum string, n int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	h := sha256.New()
	n, err = io.Copy(h, f)
	return hex.EncodeToString(h.Sum(nil)), n, err
}

// lists reports whether the manifest lists a file.
func (m *manifest) lists(name string) bool {
	return slices.ContainsFunc(m.outputs, func(l listed) bool { return l.name == name })
}

// checkManifest: what result.json says must agree with itself and with where it lies.
func (d *Date) checkManifest(m *manifest) {
	at := spot{file: manifestName}
	name, revision, old := strings.Cut(filepath.Base(d.Name), ".")
	d.same(at, "as_of", name, m.asOf)
	_ = revision
	if !old {
		d.that(m.revision >= 1, at, "revision", "1 or more", fmt.Sprint(m.revision))
	}
	d.that(m.from.Before(m.to), at, "window", "from before to", m.from.String()+" to "+m.to.String())
	if loc, err := time.LoadLocation(m.zone); err == nil && !m.interim && len(m.asOf) == len(time.DateOnly) {
		d.same(at, "business date of to", m.asOf, m.to.Add(-1).In(loc).Format(time.DateOnly))
	}
	incomplete := len(m.incomplete) > 0
	status, exits := "complete", "0 or 1"
	if incomplete {
		status, exits = "incomplete", "3"
	}
	d.same(at, "status", status, m.status)
	d.that(incomplete == (m.exit == 3) && (m.exit == 0 || m.exit == 1 || m.exit == 3), at, "exit", exits, fmt.Sprint(m.exit))
}
