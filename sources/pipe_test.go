package sources

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"

	"tieout/reconcile"
)

// takings is a sink that keeps what it sees as text, in order.
type takings struct {
	lines []string
	files int
	fails string
}

func (t *takings) say(kind string, row any) {
	if text := fmt.Sprintf("%s %+v", kind, row); t.fails != "" && strings.Contains(text, t.fails) {
		panic("the sink cannot take " + t.fails)
	} else {
		t.lines = append(t.lines, text)
	}
}

func (t *takings) File(path, sheet string) reconcile.FileID {
	t.say("file", path+sheet)
	t.files++
	return reconcile.FileID(t.files - 1)
}
func (t *takings) AddOrder(o *reconcile.Order)       { t.say("order", *o) }
func (t *takings) AddTransfer(x *reconcile.Transfer) { t.say("transfer", *x) }
func (t *takings) AddDelivery(d *reconcile.Delivery) { t.say("delivery", *d) }
func (t *takings) AddRefund(r *reconcile.Refund)     { t.say("refund", *r) }
func (t *takings) AddReject(r *reconcile.Reject)     { t.say("reject", *r) }
func (t *takings) AddFact(f reconcile.TXFact)        { t.say("fact", f) }
func (t *takings) OutOfScope(n int)                  { t.say("out of scope", n) }
func (t *takings) Cover(c reconcile.Coverage)        { t.say("cover", c) }
func (t *takings) Gap(g reconcile.Gap)               { t.say("gap", g) }
func (t *takings) Note(text string)                  { t.say("note", text) }
func (t *takings) Proof(level string)                { t.say("proof", level) }

// reads is a source made of a function.
type reads func(q Query, into Sink) error

func (reads) Info() reconcile.SourceInfo                         { return reconcile.SourceInfo{} }
func (f reads) Read(_ context.Context, q Query, into Sink) error { return f(q, into) }

// Every text of a row lies in the reader's buffer, which the next row overwrites.
func TestPipedRowsHaveTextsOfTheirOwn(t *testing.T) {
	buffer := make([]byte, 0, 1<<20)
	written := 0
	alias := func(text string) string {
		from := len(buffer)
		buffer = append(buffer, text...)
		return unsafe.String(&buffer[from], len(text))
	}
	fill := func(row any) {
		buffer, written = buffer[:0], 0
		fillTexts(reflect.ValueOf(row).Elem(), func() string {
			written++
			return alias(fmt.Sprint("text ", written))
		})
	}
	scribble := func() {
		for i := range buffer {
			buffer[i] = '#'
		}
	}
	var order reconcile.Order
	var transfer reconcile.Transfer
	var delivery reconcile.Delivery
	var refund reconcile.Refund
	var reject reconcile.Reject
	var fact reconcile.TXFact
	got, want := &takings{}, &takings{}
	read := func(into Sink) {
		for range 2 * batchRows {
			for row, hand := range map[any]func(){
				&order: func() { into.AddOrder(&order) }, &transfer: func() { into.AddTransfer(&transfer) }, &delivery: func() { into.AddDelivery(&delivery) },
				&refund: func() { into.AddRefund(&refund) }, &reject: func() { into.AddReject(&reject) }, &fact: func() { into.AddFact(fact) },
			} {
				fill(row)
				hand()
				scribble()
			}
		}
	}
	read(want)
	if err := Piped(t.Context(), reads(func(_ Query, into Sink) error { read(into); return nil }), Query{}, got); err != nil {
		t.Fatal(err)
	}
	slices.Sort(got.lines)
	slices.Sort(want.lines)
	if diff := cmp.Diff(want.lines, got.lines); diff != "" {
		t.Error(diff)
	}
}

// fillTexts sets every text of a row, those of its lists too.
func fillTexts(v reflect.Value, text func() string) {
	for i := range v.NumField() {
		switch f := v.Field(i); f.Kind() {
		case reflect.String:
			f.SetString(text())
		case reflect.Slice:
			f.Set(reflect.ValueOf([]string{text(), text()}))
		}
	}
}

// Rows come in order and whole, however many and however long; what is handed over
// singly comes after the rows before it.
func TestPipedOrder(t *testing.T) {
	sink := &takings{}
	long := strings.Repeat("x", 2*batchText)
	err := Piped(t.Context(), reads(func(q Query, into Sink) error {
		if id := into.File("a.csv", ""); id != 0 {
			t.Errorf("file %d", id)
		}
		for i := range 10 * batchRows {
			into.AddTransfer(&reconcile.Transfer{LogIndex: int64(i), TXID: fmt.Sprint(i)})
		}
		into.AddTransfer(&reconcile.Transfer{TXID: long})
		if claims := q.Claims(); len(claims) != 10*batchRows+2 {
			t.Errorf("%d things had come when the claims were asked for", len(claims))
		}
		into.OutOfScope(2)
		into.OutOfScope(3)
		into.Note("at the end")
		return errors.New("the file is cut")
	}), Query{Claims: func() []Claim { return make([]Claim, len(sink.lines)) }}, sink)
	if err == nil || err.Error() != "the file is cut" {
		t.Errorf("error %v", err)
	}
	n := len(sink.lines)
	if n != 10*batchRows+4 || sink.lines[n-1] != "note at the end" || sink.lines[n-2] != "out of scope 5" || !strings.Contains(sink.lines[n-3], long) {
		t.Fatalf("%d things came, the last ones %.80q", n, sink.lines[max(0, n-3):])
	}
	for i, line := range sink.lines[1 : n-3] {
		if !strings.Contains(line, fmt.Sprintf("TXID:%d ", i)) {
			t.Fatalf("row %d came as %s", i, line)
		}
	}
}

// A defect in the sink is the caller's, not the end of the process or a wait for ever.
func TestPipedPassesADefectOn(t *testing.T) {
	defer func() {
		if v := recover(); v == nil || !strings.Contains(fmt.Sprint(v), "cannot take row 7 ") {
			t.Errorf("recovered %v", v)
		}
	}()
	_ = Piped(t.Context(), reads(func(_ Query, into Sink) error {
		for i := range 10 * batchRows {
			into.AddFact(reconcile.TXFact{TXID: fmt.Sprint("row ", i)})
		}
		return nil
	}), Query{}, &takings{fails: "row 7 "})
	t.Error("the defect is gone")
}
