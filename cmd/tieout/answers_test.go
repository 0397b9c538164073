package main

import (
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/xuri/excelize/v2"
)

// answer works in a report's workbook as a person does, and saves it elsewhere:
//
//	answer FROM TO ID HEADING=VALUE...    fills in the row of a break
//	answer FROM TO ROLE NAME DATE         signs on the sheet Sign-off
func answer(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 4 {
		ts.Fatalf("usage: answer FROM TO ID HEADING=VALUE... | answer FROM TO ROLE NAME DATE")
	}
	f, err := excelize.OpenFile(ts.MkAbs(args[0]))
	ts.Check(err)
	defer f.Close()
	set := func(sheet string, column, row int, value string) {
		cell, err := excelize.CoordinatesToCellName(column, row)
		ts.Check(err)
		ts.Check(f.SetCellValue(sheet, cell, value))
	}
	if label := args[2]; strings.HasSuffix(label, " by") {
		set("Sign-off", 2, rowOf(ts, f, "Sign-off", label), args[3])
		set("Sign-off", 3, rowOf(ts, f, "Sign-off", label), args[4])
	} else {
		row := rowOf(ts, f, "Breaks", label)
		headings, err := f.GetRows("Breaks")
		ts.Check(err)
		for _, pair := range args[3:] {
			heading, value, _ := strings.Cut(pair, "=")
			for i, h := range headings[1] {
				if strings.EqualFold(h, heading) {
					set("Breaks", i+1, row, value)
				}
			}
		}
	}
	ts.Check(f.SaveAs(ts.MkAbs(args[1])))
}

// rowOf is the row of a sheet that has a cell with that text.
func rowOf(ts *testscript.TestScript, f *excelize.File, sheet, text string) int {
	rows, err := f.GetRows(sheet)
	ts.Check(err)
	for i, cells := range rows {
		for _, c := range cells {
			if c == text {
				return i + 1
			}
		}
	}
	ts.Fatalf("the sheet %s has no %q", sheet, text)
	return 0
}
