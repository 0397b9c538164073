package reports

import (
	"encoding/csv"
	"fmt"
	"io"
	"iter"
	"reflect"
	"strconv"
	"strings"

	"github.com/gocarina/gocsv"

	"tieout/reconcile"
)

// Records are the short tables: open items, what was resolved, rejects. Their
// structs are the columns: the tag names one, the type says what it holds, the
// width is for sheets.

// answerCells is the answer in force as people write it.
type answerCells struct{ disposition, reason, by, until, limit textCell }

func answerOf(a *reconcile.Answer) answerCells {
	if a == nil {
		return answerCells{}
	}
	return answerCells{textCell(a.Action), textCell(a.Reason), textCell(a.By), textCell(a.Until), textCell(a.Cap.String())}
}

type openRecord struct {
	ItemID      textCell    `csv:"item_id" width:"21"`
	State       textCell    `csv:"state" width:"22"`
	OrderID     textCell    `csv:"order_id" width:"22"`
	OrderNo     textCell    `csv:"order_no" width:"18"`
	Provider    textCell    `csv:"provider" width:"11"`
	Chain       textCell    `csv:"chain" width:"16"`
	Asset       textCell    `csv:"asset" width:"56"`
	Symbol      textCell    `csv:"symbol" width:"9"`
	Amount      amountCell  `csv:"amount" width:"16"`
	Value       amountCell  `csv:"value" width:"13"`
	TXIDs       hashCell    `csv:"txids" width:"68"`
	FirstSeen   instantCell `csv:"first_seen" width:"24"`
	AgeDays     numberCell  `csv:"age_days" width:"9"`
	Bucket      textCell    `csv:"bucket" width:"9"`
	Until       instantCell `csv:"until" width:"24"`
	Disposition textCell    `csv:"disposition" width:"12"`
	Note        textCell    `csv:"note" width:"60"`
	Reason      textCell    `csv:"reason" width:"18"`
	By          textCell    `csv:"by" width:"12"`
	AnswerUntil textCell    `csv:"answer_until" width:"12"` // until is when the item is expected to resolve
	Cap         textCell    `csv:"cap" width:"10"`
	FirstDate   textCell    `csv:"first_date" width:"12"`
}

var openItemsTable = records("open_items.csv", func(b *book) []reconcile.OpenRow { return b.open }, recordOfOpen)

func recordOfOpen(r *reconcile.OpenRow) openRecord {
	answer := answerOf(r.Answer)
	return openRecord{
		ItemID: textCell(r.ID), State: textCell(r.State.String()),
		OrderID: textCell(r.OrderID), OrderNo: textCell(r.OrderNo), Provider: textCell(r.Provider),
		Chain: textCell(r.Chain), Asset: textCell(r.Asset.ID), Symbol: textCell(r.Asset.Symbol),
		Amount: amountCell(r.Amount.Decimal(r.Asset.Decimals)), Value: amountCell(r.Value.String()),
		TXIDs: hashCell(strings.Join(r.TXIDs, "|")), FirstSeen: instantCell(r.FirstSeen.String()),
		AgeDays: wholeCell(int64(r.AgeDays)), Bucket: textCell(r.Bucket), Until: instantCell(r.Until.String()), Note: textCell(r.Note),
		Disposition: answer.disposition, Reason: answer.reason, By: answer.by, AnswerUntil: answer.until, Cap: answer.limit, FirstDate: textCell(r.FirstDate),
	}
}

type resolvedRecord struct {
	ID         textCell    `csv:"id" width:"21"`
	Kind       textCell    `csv:"kind" width:"22"` // of the break, or the state of the open item
	How        textCell    `csv:"how" width:"12"`
	OrderID    textCell    `csv:"order_id" width:"22"`
	OrderNo    textCell    `csv:"order_no" width:"18"`
	Provider   textCell    `csv:"provider" width:"11"`
	Chain      textCell    `csv:"chain" width:"16"`
	Asset      textCell    `csv:"asset" width:"56"`
	Symbol     textCell    `csv:"symbol" width:"9"`
	Difference amountCell  `csv:"difference" width:"15"`
	TXIDs      hashCell    `csv:"txids" width:"68"`
	FirstSeen  instantCell `csv:"first_seen" width:"24"`
	FirstDate  textCell    `csv:"first_date" width:"12"`
	What       textCell    `csv:"what" width:"62"`
	By         textCell    `csv:"by" width:"12"`
	Became     textCell    `csv:"became" width:"21"`
}

// resolvedTable is a sheet, and a list of result.json; it has no file of its own.
var resolvedTable = records("result.json", func(b *book) []reconcile.ResolvedRow { return b.resolved }, recordOfResolved)

func recordOfResolved(r *reconcile.ResolvedRow) resolvedRecord {
	by := reconcile.ByEvidence
	if r.Answer != nil {
		by = r.Answer.By
	}
	return resolvedRecord{
		ID: textCell(r.ID), Kind: textCell(r.Kind + r.State), How: textCell(r.How), OrderID: textCell(r.OrderID), OrderNo: textCell(r.OrderNo),
		Provider: textCell(r.Provider), Chain: textCell(r.Chain), Asset: textCell(r.Asset.ID), Symbol: textCell(r.Asset.Symbol),
		Difference: amountCell(r.Difference.Decimal(r.Asset.Decimals)), TXIDs: hashCell(strings.Join(r.TXIDs, "|")),
		FirstSeen: instantCell(r.FirstSeen.String()), FirstDate: textCell(r.FirstDate), What: textCell(r.What), By: textCell(by), Became: textCell(r.Became),
	}
}

type rejectRecord struct {
	Source textCell   `csv:"source" width:"16"`
	File   textCell   `csv:"file" width:"34"`
	Sheet  textCell   `csv:"sheet" width:"12"`
	Line   numberCell `csv:"line" width:"8"`
	Column textCell   `csv:"column" width:"16"`
	Value  textCell   `csv:"value" width:"26"`
	Reason textCell   `csv:"reason" width:"60"`
	Raw    textCell   `csv:"raw" width:"70"`
}

var rejectsTable = records("rejects.csv", func(b *book) []reconcile.RejectRow { return b.rejects }, recordOfReject)

func recordOfReject(r *reconcile.RejectRow) rejectRecord {
	rec := rejectRecord{
		Source: textCell(r.Source), File: textCell(r.File), Sheet: textCell(r.Sheet),
		Column: textCell(r.Column), Value: textCell(r.Value), Reason: textCell(r.Reason), Raw: textCell(r.Raw),
	}
	if r.Line > 0 {
		rec.Line = wholeCell(int64(r.Line))
	}
	return rec
}

func wholeCell(n int64) numberCell { return numberCell(strconv.FormatInt(n, 10)) }

// records makes a table of rows R as structs T of cells.
func records[R, T any](file string, list func(*book) []R, record func(*R) T) table {
	columns := headingsOf(reflect.TypeFor[T]())
	return table{
		file:    file,
		columns: columns,
		csv: func(w io.Writer, b *book) error {
			rows := list(b)
			all := make([]T, len(rows))
			for i := range rows {
				all[i] = record(&rows[i])
			}
			return gocsv.MarshalCSV(all, csv.NewWriter(w))
		},
		rows: func(b *book) iter.Seq[[]string] {
			return func(yield func([]string) bool) {
				rows, row := list(b), make([]string, len(columns))
				for i := range rows {
					v := reflect.ValueOf(record(&rows[i]))
					for c := range row {
						row[c] = v.Field(c).String()
					}
					if !yield(row) {
						return
					}
				}
			}
		},
	}
}

func headingsOf(t reflect.Type) []heading {
	columns := make([]heading, t.NumField())
	for i := range columns {
		f := t.Field(i)
		k, ok := kindOfCell[f.Type]
		width, err := strconv.ParseFloat(f.Tag.Get("width"), 64)
		if !ok || err != nil {
			panic(fmt.Sprintf("reports: field %s of %s needs a cell type and a width", f.Name, t))
		}
		columns[i] = heading{f.Tag.Get("csv"), k, width}
	}
	return columns
}
