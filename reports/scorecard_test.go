package reports

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"tieout/reconcile"
)

func TestPercent(t *testing.T) {
	for _, c := range []struct {
		n, d int
		want string
	}{{0, 0, ""}, {0, 3, "0.00"}, {1, 3, "33.33"}, {2, 3, "66.67"}, {1, 1, "100.00"}, {1, 20000, "0.01"}, {1, 20001, "0.00"}, {999, 1000, "99.90"}} {
		if got := percent(c.n, c.d); got != c.want {
			t.Errorf("%d of %d: %q %%, want %q", c.n, c.d, got, c.want)
		}
	}
}

func TestSeconds(t *testing.T) {
	const ms = reconcile.Second / 1000
	for _, c := range []struct {
		span reconcile.Instant
		want string
	}{{0, "0.000"}, {ms - 1, "0.000"}, {1500 * ms, "1.500"}, {-50 * ms, "-0.050"}, {26 * reconcile.Hour, "93600.000"}} {
		if got := seconds(c.span); got != c.want {
			t.Errorf("%d ns: %q s, want %q", c.span, got, c.want)
		}
	}
}

// The sheet has each line of the core once in every table, and says where there is
// no log instead of a zero.
func TestScorecardSheet(t *testing.T) {
	rows, err := opened(t, workbookOf(t, awkward())).GetRows("Scorecard", excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, row := range rows {
		if len(row) > 1 && (row[0] == "blockatm" || row[0] == "bvnk" || row[0] == "N-00000000000000c1") {
			got = append(got, strings.Join(row, ","))
		}
	}
	want := []string{
		"N-00000000000000c1,missed_webhook,refused,blockatm,,2026-03-09T10:15:00Z,2026-03-09T11:15:00Z,4,3,400,2026-03-09T10:14:00Z,,1,fix_receiver_then_resend, apply_from_api",
		"blockatm,the window,7,6,3,3,1,0,50,1,1,0,2",
		"blockatm,2026-03-09 (in part),7,6,3,3,1,0,50,0,0",
		"bvnk,the window,2,0,0,0,0,2,,0,0",
		"blockatm,the window,6,2,1,0,1,0,3,60,0,3,0",
		"blockatm,2026-03-09 (in part),6,2,0,0,1,0,3,60,0,3,0",
		"bvnk,the window,,,,,,,,,,,,no webhook log",
		"blockatm,the window,9,1,0,0,0,5,1,0,0",
		"blockatm,2026-03-09 (in part),0,0,0,0,0,0,0,0,0",
		"bvnk,the window,,,,,,,,,,no webhook log",
		"blockatm,the window,after the block,4,1,-1.5,90,90,90",
	}
	if !slices.Equal(got, want) {
		t.Errorf("rows:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// result.json holds the lines and incidents, null where nothing was seen.
func TestScorecardJSON(t *testing.T) {
	text, err := json.Marshal(scoresJSON(awkward())[2])
	want := `{"provider":"bvnk","date":"","whole":true,"orders":{"all":2,"paid":0,"agreed":0,"break":0,"open":0,"undetermined":2,"exception_percent":"",` +
		`"lost":0,"figures_contradicted":0,"resends":null,"resends_known_of":0},"notifications":null,"deliveries":null,"after_block":null,"after_paid":null}`
	if err != nil || string(text) != want {
		t.Errorf("%v\n%s\nwant\n%s", err, text, want)
	}
}
