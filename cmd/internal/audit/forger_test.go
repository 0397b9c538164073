package audit

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// forge is a report that somebody changes: he knows the format, and makes the
// manifest's hashes, sizes and seal agree with what he wrote.
type forge struct {
	dir   string
	files map[string][]byte // as published
}

func openForge(t testing.TB) *forge {
	t.Helper()
	dir := demoReport(t)
	f := &forge{dir: filepath.Join(t.TempDir(), filepath.Base(dir)), files: map[string][]byte{}}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if f.files[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(f.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	f.restore()
	return f
}

// restore writes everything as it was published.
func (f *forge) restore() {
	entries, _ := os.ReadDir(f.dir)
	for _, e := range entries {
		_ = os.RemoveAll(filepath.Join(f.dir, e.Name()))
	}
	for name, content := range f.files {
		f.write(name, content)
	}
}

func (f *forge) write(name string, content []byte) {
	if err := os.WriteFile(filepath.Join(f.dir, name), content, 0o600); err != nil {
		panic(err)
	}
}

// rehash makes result.json agree with a changed file, and seals it.
func (f *forge) rehash(name string, content []byte) {
	f.manifest(func(text []byte) []byte {
		old := f.files[name]
		text = bytes.Replace(text, []byte(hashOf(old)), []byte(hashOf(content)), 1)
		return bytes.Replace(text, fmt.Appendf(nil, "%q,\n      \"bytes\": %d", hashOf(content), len(old)), fmt.Appendf(nil, "%q,\n      \"bytes\": %d", hashOf(content), len(content)), 1)
	})
}

// manifest rewrites result.json under a valid seal.
func (f *forge) manifest(change func([]byte) []byte) {
	text := f.files[manifestName]
	body := text[:bytes.LastIndex(text, []byte(",\n  \"seal\""))]
	body = change(slices.Clone(body))
	f.write(manifestName, fmt.Appendf(body, ",\n  \"seal\": \"%s\"\n}\n", hashOf(body)))
}

func (f *forge) verdict(t rapid.TB) (Verdict, []Finding) {
	t.Helper()
	r, err := Verify(f.dir)
	if err != nil {
		t.Fatal(err)
	}
	return r.Verdict(), r.Dates[0].Findings
}

// rows reads a CSV file of the report.
func (f *forge) rows(name string) [][]string {
	all, err := csv.NewReader(bytes.NewReader(f.files[name])).ReadAll()
	if err != nil {
		panic(err)
	}
	return all
}

// replace publishes other rows, honestly hashed.
func (f *forge) replace(name string, rows [][]string) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	if err := w.WriteAll(rows); err != nil {
		panic(err)
	}
	f.write(name, b.Bytes())
	f.rehash(name, b.Bytes())
}

// guarded are the columns in which no cell can be changed unseen, because the
// identity, a count, an id or another row rests on it. What the others hold only one
// witness tells, and only the hashes protect: statuses, times, words for people.
var guarded = map[string][]string{
	"orders.csv":     {"provider", "outcome", "kinds", "account", "received", "asset", "symbol", "state", "expected", "tolerance"},
	"transfers.csv":  {"chain", "symbol", "outcome", "kinds", "order_id", "order_no", "reason", "final"},
	"matches.csv":    {"order_id", "order_no", "provider", "chain", "txid", "log_index", "asset", "symbol", "amount", "rule", "occurrence"},
	"breaks.csv":     {"break_id", "kind", "severity", "order_id", "order_no", "provider", "account", "asset", "difference", "value", "age_days", "deadline", "action", "incident"},
	"open_items.csv": {"item_id", "state", "order_id", "order_no", "provider", "chain", "asset", "symbol", "amount", "value", "txids", "age_days", "bucket"},
	"deliveries.csv": {"outcome", "kinds"},
	"actions.csv":    {"priority", "action", "deadline", "hours_left", "break_ids"},
	"rejects.csv":    {"source"},
}

// other is a text of the same kind that is not the same.
func other(cell string) string {
	if cell == "" {
		return "1"
	}
	last := cell[len(cell)-1]
	switch {
	case last == '9':
		return cell[:len(cell)-1] + "8"
	case last >= '0' && last < '9' || last >= 'a' && last < 'f':
		return cell[:len(cell)-1] + string(last+1)
	case strings.HasSuffix(cell, "Z"):
		return cell[:len(cell)-2] + string('0'+(cell[len(cell)-2]-'0'+1)%10) + "Z"
	}
	return cell + "x"
}

// TestForgedRows: rows that were dropped, doubled, swapped or edited are found even
// where every hash, every size and the seal were made to agree.
func TestForgedRows(t *testing.T) {
	f := openForge(t)
	files := slices.Sorted(maps.Keys(guarded))
	rapid.Check(t, func(r *rapid.T) {
		name := rapid.SampledFrom(files).Draw(r, "file")
		rows := f.rows(name)
		i := rapid.IntRange(1, len(rows)-1).Draw(r, "row")
		defer f.restore()
		switch rapid.SampledFrom([]string{"drop", "double", "edit", "edit", "edit"}).Draw(r, "how") {
		case "drop":
			rows = slices.Delete(rows, i, i+1)
		case "double":
			rows = slices.Insert(rows, i, rows[i])
		default:
			column := rapid.SampledFrom(guarded[name]).Draw(r, "column")
			c := slices.Index(rows[0], column)
			rows[i][c] = other(rows[i][c])
		}
		f.replace(name, rows)
		if v, _ := f.verdict(r); v != Fails {
			r.Fatalf("nobody noticed line %d of %s", i+1, name)
		}
	})
}

// TestFlippedBytes: a single bit of any file is found.
func TestFlippedBytes(t *testing.T) {
	f := openForge(t)
	files := slices.Sorted(maps.Keys(f.files))
	rapid.Check(t, func(r *rapid.T) {
		name := rapid.SampledFrom(files).Draw(r, "file")
		content := slices.Clone(f.files[name])
		i := rapid.IntRange(0, len(content)-1).Draw(r, "offset")
		content[i] ^= 1 << rapid.IntRange(0, 7).Draw(r, "bit")
		defer f.write(name, f.files[name])
		f.write(name, content)
		if v, _ := f.verdict(r); v != Fails {
			r.Fatalf("nobody noticed byte %d of %s", i, name)
		}
	})
}

// TestEveryByte: so is every byte of result.json and of the small files, and of the
// large ones a hundred.
func TestEveryByte(t *testing.T) {
	f := openForge(t)
	m := (&Date{place: f.dir}).readManifest()
	for i, text := 0, f.files[manifestName]; i < len(text); i++ {
		changed := slices.Clone(text)
		changed[i] ^= 0x01
		d := &Date{}
		if d.checkSeal(changed); d.Failed == 0 {
			t.Fatalf("nobody noticed byte %d of %s", i, manifestName)
		}
	}
	for _, l := range m.outputs {
		content := f.files[l.name]
		step := 1
		if len(content) > 1000 {
			step = len(content) / 100
		}
		for i := 0; i < len(content); i += step {
			changed := slices.Clone(content)
			changed[i] ^= 0x01
			f.write(l.name, changed)
			d := &Date{place: f.dir}
			if d.checkOutput(l); d.Failed == 0 {
				t.Fatalf("nobody noticed byte %d of %s", i, l.name)
			}
		}
	}
}

// TestForgedManifest: what result.json states is held against the rows and against
// itself, under a seal that is valid.
func TestForgedManifest(t *testing.T) {
	f := openForge(t)
	for _, c := range []struct{ name, old, new, check string }{
		{"another schema", `"schema": 1`, `"schema": 2`, "schema"},
		{"another date", `"as_of": "2026-03-17"`, `"as_of": "2026-03-18"`, "as_of"},
		{"a longer window", `"to": "2026-03-18T00:00:00Z"`, `"to": "2026-03-19T00:00:00Z"`, "business date of to"},
		{"incomplete without a reason", `"status": "complete"`, `"status": "incomplete"`, "status"},
		{"a proof that does not hold", `"holds": true`, `"holds": false`, "tie_out.holds"},
		{"received", `"received": "14213.5"`, `"received": "14213.6"`, "tie_out.assets[1].received"},
		{"both sides", `"expected": "13336.3"`, `"expected": "13336.4"`, "tie_out.assets[1].expected"},
		{"a residual", `"residual": "0"`, `"residual": "0.1"`, "tie_out.assets[0].residual"},
		{"half a base unit", `"cut_off": "-36"`, `"cut_off": "-36.0000001"`, "tie_out.assets[1].cut_off"},
		{"a date's received", `"received": "4635.7"`, `"received": "4635.8"`, "tie_out.days[6].residual"},
		{"both sides of a date", "\"received\": \"3389.6\",\n        \"expected\": \"3389.6\"", "\"received\": \"3389.7\",\n        \"expected\": \"3389.7\"",
			"tie_out.days of eip155:1/erc20:0xdac17f958d2ee523a2206206994597c13d831ec7: received"},
		{"a date twice", `"account": ""`, `"account": "86100021"`, "tie_out.days[6].date"},
		{"an account", `"account": "86100022"`, `"account": "86100021"`, "tie_out.days of account 86100022 in tron:0x2b6653dc/trc20:TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t: expected"},
		{"in without out", `"in": "0"`, `"in": "1"`, "tie_out.days[0].residual"},
		{"a date of the month left out", "\"2026-03-14\",\n", "\n", "tie_out.month_to_date.dates"},
		{"rows read", `"read": 210`, `"read": 211`, "sources[0].read"},
		{"a count of outcomes", `"agreed": 266`, `"agreed": 267`, "counts.orders.agreed"},
		{"a count of breaks", `"breaks": 36,`, `"breaks": 37,`, "counts.breaks"},
		{"a delay", `"p95_ms": 176000`, `"p95_ms": 76000`, "scorecard[0].after_block.p95_ms"},
		{"refused deliveries", "\"refused\": 6,\n        \"unverified\"", "\"refused\": 5,\n        \"unverified\"", "scorecard[0].deliveries.refused"},
		{"breaks of an incident", "\"breaks\": 6,\n      \"to_act_upon\"", "\"breaks\": 5,\n      \"to_act_upon\"", "incidents[0].breaks"},
		{"an unlisted file", `"file": "rejects.csv"`, `"file": "reject.csv"`, "listed"},
		{"a file elsewhere", `"file": "rejects.csv"`, `"file": "../rejects.csv"`, "outputs"},
		{"a number for a string", `"merchant": "demo shop"`, `"merchant": 1`, "type of merchant"},
		{"a key twice", `"exit": 0,`, `"exit": 0, "exit": 0,`, "readable"},
		{"a missing key", `"timezone": "Etc/UTC",`, ``, "type of timezone"},
		{"an unknown key", `"exit": 0,`, `"exit": 0, "mood": "good",`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			defer f.restore()
			f.manifest(func(text []byte) []byte {
				if !bytes.Contains(text, []byte(c.old)) {
					t.Fatalf("result.json has no %s", c.old)
				}
				return bytes.Replace(text, []byte(c.old), []byte(c.new), 1)
			})
			v, findings := f.verdict(t)
			if c.check == "" {
				if v != Holds {
					t.Errorf("%+v", findings)
				}
			} else if !slices.ContainsFunc(findings, func(f Finding) bool { return f.Check == c.check }) {
				t.Errorf("no finding of %s: %+v", c.check, findings)
			}
		})
	}
}

// TestFilesBeside: what lies in a report is what its manifest lists.
func TestFilesBeside(t *testing.T) {
	f := openForge(t)
	for _, c := range []struct {
		name  string
		do    func()
		check string
	}{
		{"published", func() {}, ""},
		{"a file more", func() { f.write("notes.txt", nil) }, "listed"},
		{"a file less", func() { _ = os.Remove(filepath.Join(f.dir, "breaks.csv")) }, "there"},
		{"a link", func() {
			_ = os.Remove(filepath.Join(f.dir, "breaks.csv"))
			_ = os.Symlink("orders.csv", filepath.Join(f.dir, "breaks.csv"))
		}, "there"},
		{"no manifest", func() { _ = os.Remove(filepath.Join(f.dir, manifestName)) }, "published"},
	} {
		t.Run(c.name, func(t *testing.T) {
			defer f.restore()
			c.do()
			v, findings := f.verdict(t)
			if c.check == "" {
				if v != Holds {
					t.Errorf("%+v", findings)
				}
			} else if v != Fails || !slices.ContainsFunc(findings, func(f Finding) bool { return f.Check == c.check }) {
				t.Errorf("%s, and no finding of %s: %+v", v, c.check, findings)
			}
		})
	}
}
