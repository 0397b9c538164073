package config

import (
	"os"
	"path/filepath"
	"testing"

	"tieout/configs"
)

// FuzzLoad: whatever a configuration holds, loading it ends with a configuration
// that can be used or with an error, never with both or neither.
func FuzzLoad(f *testing.F) {
	f.Add(string(configs.Sample))
	f.Add(good)
	f.Add("a: &x [*x]")
	f.Add("policy: {assets: {usdt: {tolerance: {percent: 1}}}}")
	f.Fuzz(func(t *testing.T, content string) {
		path := filepath.Join(t.TempDir(), "tieout.yaml")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := Load(path, builtin)
		if err == nil && (c.Merchant == "" || len(c.Orders) == 0 || c.Catalogue == nil || c.ReportsTo == "") {
			t.Errorf("accepted: %+v", c)
		}
	})
}
