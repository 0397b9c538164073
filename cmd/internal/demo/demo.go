// Package demo makes the data set of `make demo`: a business day of a shop that
// sells through BlockATM and BVNK on three chains. The data is invented and
// deterministic; the truth of everything that is not clean stands beside it.
//
// tell writes the story: orders, transfers and deliveries, each with the verdict
// that it deserves. The other files turn the story into what providers, receivers
// and explorers export.
package demo

import (
	"os"
	"path/filepath"
	"time"
)

// Date is the business date of the demo.
const Date = "2026-03-17"

// day is its beginning, in UTC.
var day = time.Date(2026, 3, 17, 0, 0, 0, 0, time.UTC)

// The secrets that sign the demo's webhooks. They protect nothing.
const (
	blockATMSecret = "demo-blockatm-webhook-secret"
	bvnkSecret     = "demo-bvnk-webhook-secret"
	blockATMV1Key  = "demo-blockatm-v1-private-key" // its hash is the key of V1's signatures
)

// Files writes the data set into a directory.
func Files(dir string) error {
	s := tell()
	for name, content := range map[string]string{
		"exports/blockatm-cashier1.csv":  s.cashierCSV(),
		"exports/blockatm-cashier2.json": s.cashierJSON(),
		"exports/blockatm-v1.jsonl":      s.cashierV1(),
		"exports/bvnk.json":              s.bvnkJSON(),
		"exports/bvnk-v3.json":           s.bvnkV3(),
		"exports/shop.sql":               s.shopSQL(),
		"logs/blockatm.jsonl":            s.blockatmLog(),
		"logs/bvnk.jsonl":                s.bvnkLog(),
		"transfers/ethereum.csv":         s.ethereumCSV(),
		"transfers/bsc.csv":              s.bscCSV(),
		"transfers/tron.csv":             s.tronCSV(),
		"addresses/ethereum.csv":         s.watched(&ethereum),
		"addresses/bsc.csv":              s.watched(&bsc),
		"addresses/tron.csv":             s.watched(&tron),
		"addresses/treasury.csv":         ours(),
		"secrets/blockatm":               blockATMSecret + "\n",
		"secrets/blockatm-v1":            publicV1() + "\n",
		"secrets/bvnk":                   bvnkSecret + "\n",
		"expected.csv":                   s.expectedCSV(),
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			return err
		}
	}
	return nil
}
