package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestState(t *testing.T) {
	t.Setenv("STATE_DSN", "postgres://me:hunter22@db/x")
	t.Setenv("STATE_PASSWORD", "hunter22")
	dir := t.TempDir()
	for text, want := range map[string]string{
		"":                             "sqlite://" + filepath.Join(dir, "out", ".tieout", "state.db"),
		"state: sqlite:///var/s.db\n":  "sqlite:///var/s.db",
		"state: sqlite://data/s.db\n":  "sqlite://" + filepath.Join(dir, "data", "s.db"),
		"state: \"${STATE_DSN}\"\n":    "postgres://me:hunter22@db/x",
		"state: \"postgres://db/x\"\n": "postgres://db/x",
		"state: \"postgres://me:${STATE_PASSWORD}@db/x\"\n": "postgres://me:hunter22@db/x",
	} {
		path := filepath.Join(dir, "tieout.yaml")
		content := text + "version: 1\nmerchant: demo\norders: [{name: shop, files: [x]}]\ntransfers: [{name: chain, files: [t.csv], chain: ethereum}]\nreports: {to: out}\n"
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := Load(path, map[string][]byte{"generic": []byte("name: generic\n")})
		if c == nil {
			t.Fatal(err)
		}
		if err != nil && strings.Contains(err.Error(), "state") {
			t.Fatal(err)
		}
		if got := c.State().Reveal(); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
		if shown := Mask("cannot reach "+c.State().Reveal()+" as hunter22", c.Secrets); strings.Contains(want, "hunter22") && strings.Contains(shown, "hunter22") {
			t.Errorf("%q: shown as %s", text, shown)
		}
	}
}
