package config_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tieout/cmd/internal/config"
	"tieout/sources/blockatm"
	"tieout/sources/bvnk"
	"tieout/sources/generic"
)

var builtin = map[string][]byte{"blockatm": blockatm.ProfileYAML, "bvnk": bvnk.ProfileYAML, "generic": generic.ProfileYAML}

// TestSample: the complete sample loads, and so does what it has commented out.
func TestSample(t *testing.T) {
	for _, name := range []string{"BLOCKATM_WEBHOOK_SECRET", "BVNK_WEBHOOK_SECRET", "ETH_RPC_URL"} {
		t.Setenv(name, "http://127.0.0.1:1")
	}
	path := filepath.Join("..", "..", "..", "configs", "tieout.yaml")
	c, err := config.Load(path, builtin)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Orders) != 3 || len(c.Webhooks) != 2 || len(c.Transfers) != 2 {
		t.Errorf("%d order books, %d webhook logs, %d transfer sources", len(c.Orders), len(c.Webhooks), len(c.Transfers))
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// The commented keys are promises too. Files and secrets of others are left out.
	whole := regexp.MustCompile(`(?m)^( *)# (columns|timezone|decimal|only|covers|default_expiry|resend_limit|credit_limit|finality|assets: \{usdt|chains|providers)`).ReplaceAllString(string(content), "$1$2")
	if strings.Count(whole, "\n    columns:") != 1 || !strings.Contains(whole, "\n  providers:") {
		t.Fatal("the sample has changed its form")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "tieout.yaml"), []byte(whole), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := config.Load(filepath.Join(dir, "tieout.yaml"), builtin); err != nil {
		t.Error(err)
	}
}
