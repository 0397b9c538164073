package sourcetest

import (
	"context"
	"testing"
	"unsafe"

	"tieout/reconcile"
	"tieout/sources"
	"tieout/sources/tabular"
)

// shop is the least that a file source can be.
type shop struct{ files []sources.File }

func (s shop) Info() reconcile.SourceInfo { return reconcile.SourceInfo{Name: "shop"} }

func (s shop) Read(_ context.Context, q sources.Query, into sources.Sink) (failed error) {
	for _, f := range s.files {
		id := into.File(f.Path, "")
		c := tabular.Contract{Columns: []tabular.Column{{Name: "order_no", Required: true}}}
		sum, err := tabular.Read(f.Path, f.Open, c, tabular.Options{}, tabular.Handler{
			Row: func(r *tabular.Row) error {
				into.AddOrder(&reconcile.Order{At: reconcile.At{File: id, Line: r.Line()}, OrderNo: r.Text(0)})
				return nil
			},
			Bad: func(e *tabular.Error) error {
				into.AddReject(&reconcile.Reject{At: reconcile.At{File: id, Line: e.Line}, Reason: e.Reason, Raw: e.Raw})
				return nil
			},
		})
		for _, w := range sum.Warning {
			into.Note(w)
		}
		if err != nil {
			failed = err
		}
	}
	if failed == nil {
		into.Cover(reconcile.Coverage{Span: q.Reach})
		into.Proof("declared")
	}
	return failed
}

func TestConform(t *testing.T) {
	Conform(t, func(files ...sources.File) sources.Source { return shop{files} }, map[string][]byte{
		"a.csv":   []byte("order_no,amount\nA1,3\nA2,\"4\n\"\nA3\n"),
		"b.jsonl": []byte("{\"order_no\":\"B1\"}\n{\"order_no\":\"B2\"}\n"),
		"c.json":  []byte("[{\"order_no\":\"C1\"},\n{\"order_no\":\"C2\"}]"),
	})
}

// Texts of a row end with the row; the recorder's must not.
func TestRecorderOwnsItsTexts(t *testing.T) {
	var r Recorder
	buffer := []byte("A1 0x1")
	text := unsafe.String(&buffer[0], len(buffer))
	r.AddOrder(&reconcile.Order{OrderNo: text[:2], TXIDs: []string{text[3:]}})
	copy(buffer, "xxxxxx")
	if r.Orders[0].TXIDs[0] != "0x1" || r.Orders[0].OrderNo != "A1" {
		t.Errorf("the recorded order changed: %+v", r.Orders[0])
	}
}
