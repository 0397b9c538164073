package config_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"tieout/cmd/internal/config"
	"tieout/configs"
	"tieout/sources/blockatm"
	"tieout/sources/bvnk"
	"tieout/sources/generic"
)

var builtin = map[string][]byte{"blockatm": blockatm.ProfileYAML, "bvnk": bvnk.ProfileYAML, "generic": generic.ProfileYAML}

// commented finds a key, or an item of a list, that the sample has commented out.
var commented = regexp.MustCompile(`(?m)^( *)# ( *- \{|[a-z_]+:)`)

// TestSample: the complete sample loads, and so does what it has commented out.
func TestSample(t *testing.T) {
	for _, name := range []string{"BLOCKATM_WEBHOOK_SECRET", "BLOCKATM_OLD_SECRET", "BVNK_WEBHOOK_SECRET", "ETH_RPC_URL", "TRONGRID_KEY", "ETHERSCAN_KEY"} {
		t.Setenv(name, "http://127.0.0.1:1")
	}
	t.Setenv("SHOP_DSN", "postgres://shop@127.0.0.1/shop")
	whole := commented.ReplaceAll(configs.Sample, []byte("$1$2"))
	if len(commented.FindAll(configs.Sample, -1)) < 9 {
		t.Fatal("the sample has changed its form: nothing is commented out that this test knows")
	}
	for name, content := range map[string][]byte{"the sample": configs.Sample, "all of the sample": whole} {
		dir := t.TempDir()
		for file, content := range map[string][]byte{"tieout.yaml": content, "secrets/new": []byte("s\n"), "our-assets.yaml": []byte("assets: []\n")} {
			path := filepath.Join(dir, file)
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		c, err := config.Load(filepath.Join(dir, "tieout.yaml"), builtin)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if len(c.Orders) != 6 || len(c.Webhooks) != 2 || len(c.Transfers) != 4 {
			t.Errorf("%s: %d order books, %d webhook logs, %d transfer sources", name, len(c.Orders), len(c.Webhooks), len(c.Transfers))
		}
	}
}
