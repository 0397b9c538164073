package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAPI(t *testing.T) {
	t.Setenv("API_KEY", "sk-live-0a1b")
	t.Setenv("HAWK_ID", "hawk-2c3d")
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "key"), []byte("sk-file-4e5f\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ source, says string }{
		{`provider: blockatm, api: {url: "https://open.blockatm.net/", key: "${API_KEY}", per_minute: 30}`, ""},
		{`provider: blockatm, api: {url: "http://127.0.0.1:8080", key_file: key}, only: {symbol: [USDT]}`, ""},
		{`provider: bvnk, api: {url: "https://api.bvnk.com", id: "${HAWK_ID}", key: "${API_KEY}", merchant: M, channels: true}`, ""},
		{`provider: blockatm, api: {url: "https://open.blockatm.net", key: sk-live-0a1b}`, "a secret is not written into the configuration"},
		{`provider: blockatm, api: {url: "https://open.blockatm.net", key: "${NOT_SET}"}`, "the environment variable NOT_SET is not set"},
		{`provider: bvnk, book: refunds, api: {url: "https://api.bvnk.com", id: "${HAWK_ID}", key: "${API_KEY}", merchant: M}`, "a refund book comes from files:"},
		{`provider: blockatm, api: {url: "https://open.blockatm.net"}`, "api: needs key: or key_file:"},
		{`provider: blockatm, api: {key: "${API_KEY}"}`, "api: needs url:"},
		{`provider: blockatm, api: {url: "http://open.blockatm.net", key: "${API_KEY}"}`, "the key would travel in the clear: use https://"},
		{`provider: blockatm, api: {url: "http://127.0.0.1.example.com", key: "${API_KEY}"}`, "the key would travel in the clear: use https://"},
		{`provider: blockatm, api: {url: "https://me:pw@open.blockatm.net", key: "${API_KEY}"}`, "without user, password and query"},
		{`provider: blockatm, api: {url: "open.blockatm.net", key: "${API_KEY}"}`, "the address of an API is expected"},
		{`provider: blockatm, api: {url: "https://open.blockatm.net", key: "${API_KEY}", per_minute: 0}`, "a number of requests above 0 is expected"},
		{`provider: blockatm, api: {url: "https://open.blockatm.net", key: "${API_KEY}", id: "${HAWK_ID}"}`, "api: of blockatm has no id:"},
		{`provider: blockatm, api: {url: "https://open.blockatm.net", key: "${API_KEY}"}, files: [x.csv]`, "files: is for files, and this source has api:"},
		{`provider: blockatm, book: merchant, api: {url: "https://open.blockatm.net", key: "${API_KEY}"}`, "so its orders are no book: merchant"},
		{`provider: bvnk, api: {url: "https://api.bvnk.com", key: "${API_KEY}", merchant: M}`, "api: of bvnk needs id:"},
		{`provider: bvnk, api: {url: "https://api.bvnk.com", key: "${API_KEY}", id: "${HAWK_ID}"}`, "api: of bvnk needs id:"},
		{`provider: generic, api: {url: "https://api.example.com", key: "${API_KEY}"}`, "api: can ask blockatm and bvnk; of generic give files"},
		{`provider: blockatm, api: {urls: x}`, `unknown key "urls"; did you mean url?`},
	} {
		path := filepath.Join(dir, "tieout.yaml")
		content := "version: 1\nmerchant: demo\norders: [{name: shop, " + c.source + "}]\ntransfers: [{name: chain, files: [t.csv], chain: ethereum}]\nreports: {to: out}\n"
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		conf, err := Load(path, map[string][]byte{"generic": []byte("name: generic\n"), "blockatm": []byte("name: blockatm\n"), "bvnk": []byte("name: bvnk\n")})
		switch {
		case c.says == "" && (err != nil || conf.Orders[0].API == nil || !conf.Orders[0].API.Key.Known() || strings.HasSuffix(conf.Orders[0].API.URL, "/")):
			t.Errorf("%s: %v", c.source, err)
		case c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "tieout.yaml line 3 column ")):
			t.Errorf("%s: %v, want %q", c.source, err, c.says)
		}
		if text := fmt.Sprintf("%v %+v", err, conf.Orders); strings.Contains(text, "0a1b}") || strings.Contains(text, "4e5f") || strings.Contains(text, "2c3d") {
			t.Errorf("%s: a secret is shown: %s", c.source, text)
		}
	}
}
