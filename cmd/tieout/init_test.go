package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tieout/cmd/internal/config"
)

// TestOutlineLoads: whatever a directory, a file or a header is called, what init
// writes is a configuration that loads.
func TestOutlineLoads(t *testing.T) {
	for _, c := range []struct{ dir, file, header string }{
		{"shop", "orders.csv", "Order No."},
		{"true", "null.csv", "order_no"},
		{"0x10", "1e3.csv", "order_no"},
		{"a: b #c", `it's "odd" ${HOME} {x}.csv`, "Order no. (${HOME})"},
		{"./- list", "- x: [y].csv", "Order No: # \\ \""},
		{"märchen", "заказы-2026-03-17.csv", "ORDER-NO"},
		{"&anchor", "*alias-20260317.csv", "order no"},
		{"!tag", "2026-03-17.csv", "order no"},
	} {
		work := t.TempDir()
		t.Chdir(work)
		content := `"` + strings.ReplaceAll(c.header, `"`, `""`) + "\",status,Note\n\u20281,paid,x\nA-1,paid,y\n"
		if err := os.WriteFile(c.file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if status := execute(t.Context(), []string{"init", c.dir, filepath.Join(work, "*.csv")}, streams{out: io.Discard, err: os.Stderr}); status != 0 {
			t.Errorf("%s: exit status %d", c.dir, status)
			continue
		}
		conf, err := config.Load(filepath.Join(c.dir, configName), profiles)
		if err != nil {
			written, _ := os.ReadFile(filepath.Join(c.dir, configName))
			t.Errorf("%s, %s: %v\n%s", c.dir, c.file, err, written)
			continue
		}
		if conf.Merchant != filepath.Base(c.dir) || len(conf.Orders) != 1 {
			t.Errorf("%s: merchant %q, %d order books", c.dir, conf.Merchant, len(conf.Orders))
		}
		b := &builder{conf: conf, base: filepath.Join(work, c.dir), seen: map[string][]twin{}}
		if s := b.book(conf.Orders[0]); s.Problem != "" {
			t.Errorf("%s: %s", c.file, s.Problem)
		}
	}
}

func TestSplitInit(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("a.csv", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args     string
		dir      string
		patterns string
	}{
		{"", ".", ""},
		{"shop", "shop", ""},
		{".", ".", ""},
		{"a.csv", ".", "a.csv"},
		{"*.csv", ".", "*.csv"},
		{"b.csv", ".", "b.csv"},
		{"shop a.csv", "shop", "a.csv"},
		{"new.d a.csv", "new.d", "a.csv"},
	} {
		dir, patterns := splitInit(strings.Fields(c.args))
		if dir != c.dir || strings.Join(patterns, " ") != c.patterns {
			t.Errorf("%s: %s, %v", c.args, dir, patterns)
		}
	}
}
