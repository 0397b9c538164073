package main

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tieout/cmd/internal/config"
	"tieout/cmd/internal/files/s3test"
)

// A canary is a secret that begins with this word: wherever the word turns up, a
// secret got out. The words behind it are what is written otherwise in JSON, in
// quotes, in URLs and in HTML, so that a mask that knows one spelling shows.
const canary = "canary"

const awkward = canary + `-"<&>'\+%2F/é-`

// nests are the configurations in which the secrets lie: every kind there is.
var nests = map[string]string{
	"webhook secret": `webhooks: [{name: receiver, provider: blockatm, files: [hooks.jsonl], secret: "${HOOK}"}]`,
	"rotated secrets": `webhooks: [{name: receiver, provider: bvnk, url: "https://shop.example/hook", files: [hooks.jsonl], secrets: [
  {secret: "${OLD}", to: 2026-03-17T00:00:00Z}, {secret: "${HOOK}", from: 2026-03-17T00:00:00Z}]}]`,
	"secret in a file":  `webhooks: [{name: receiver, provider: blockatm, files: [hooks.jsonl], secret_file: secret.txt}]`,
	"node":              `transfers: [{name: node, source: evm, chain: eip155:1, endpoints: ["${NODE}"], addresses: ["0x1111111111111111111111111111111111111111"]}]`,
	"two nodes":         `transfers: [{name: node, source: evm, chain: eip155:1, endpoints: ["${NODE}", "${NODE}&second"], verify: quorum, addresses: ["0x1111111111111111111111111111111111111111"]}]`,
	"state":             `state: "${STATE}"`,
	"input in a bucket": `own_addresses: {files: ["s3://books/own.csv"]}`,
	"report in a bucket": `reports: {to: "s3://books/reports"}
state: sqlite://state.db`,
}

// refusals answer in place of a node, a database or a bucket, and repeat in their
// answers whatever they were sent.
func refusals(t *testing.T) map[string]string {
	urls := map[string]string{"refused": "http://127.0.0.1:1", "unknown host": "http://no-such-host.invalid"}
	serve := func(name string, h http.HandlerFunc) {
		s := httptest.NewServer(h)
		t.Cleanup(s.Close)
		urls[name] = s.URL
	}
	for _, status := range []int{400, 401, 403, 404, 418, 429, 500, 503} {
		serve(fmt.Sprint(status), func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, echo(r))
		})
	}
	serve("no JSON", func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, echo(r)) })
	serve("an error in JSON", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":%q,"data":%q}}`, echo(r), echo(r))
	})
	serve("an error in XML", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(403)
		fmt.Fprintf(w, "<Error><Code>%s</Code><Message>%s</Message></Error>", r.URL.RawQuery, r.Header)
	})
	serve("redirected", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://127.0.0.1:1/canary-redirect?token=canary-redirect", http.StatusTemporaryRedirect)
	})
	serve("cut", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "9999")
		_, _ = io.WriteString(w, echo(r))
	})
	bad := httptest.NewUnstartedServer(http.NotFoundHandler())
	bad.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	bad.StartTLS()
	t.Cleanup(bad.Close)
	urls["bad certificate"] = bad.URL
	urls["no HTTP"] = "http://" + echoing(t)
	return urls
}

// someOf keeps the named answers; make soak tries all of them. Most make clients wait
// and ask again.
func someOf(urls map[string]string, names ...string) map[string]string {
	if os.Getenv("DEEP") == "" {
		maps.DeleteFunc(urls, func(name, _ string) bool { return !slices.Contains(names, name) })
	}
	return urls
}

// sampled keeps the first nest, except in make soak.
func sampled(names ...string) []string {
	if os.Getenv("DEEP") == "" {
		return names[:1]
	}
	return names
}

// echo is everything that a request holds.
func echo(r *http.Request) string {
	body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<16))
	return fmt.Sprintf("%s %s %v %s %s", r.Method, r.URL, r.Header, r.RequestURI, body)
}

// echoing is a server that says what it hears.
func echoing(t *testing.T) (address string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				heard := make([]byte, 1<<12)
				n, _ := c.Read(heard)
				_, _ = c.Write(heard[:n])
				_ = c.Close()
			}()
		}
	}()
	return l.Addr().String()
}

// TestCanary: a secret of any kind appears in nothing that tieout writes, whatever goes
// wrong: not on stdout or stderr, not in a log, not in a report of any format, not in
// the state or in what lies beside it.
func TestCanary(t *testing.T) {
	plain := map[string]string{"NODE": "http://127.0.0.1:1/?x=1", "STATE": "sqlite://state.db", "HOOK": awkward + "hook", "OLD": awkward + "old"}
	withPassword := func(url string) string { return strings.Replace(url, "://", "://user:canary-password@", 1) }
	for name, url := range someOf(refusals(t), "403", "an error in JSON") {
		t.Run("node/"+name, func(t *testing.T) {
			env := maps.Clone(plain)
			env["NODE"] = withPassword(url) + "/v2/canary-key?token=canary-token"
			inNest(t, env, sampled("node", "two nodes")...)
		})
	}
	for name, url := range someOf(refusals(t), "403", "an error in JSON") {
		t.Run("API/"+name, func(t *testing.T) {
			env := maps.Clone(plain)
			env["API"], env["NODE"] = url, withPassword(url)+"/v2/canary-key?token=canary-token"
			env["HOOK"], env["OLD"] = "canary-key-of-an-api", "canary-id"
			inNest(t, env, "API", "signed API", "node with a key")
		})
	}
	for name, dsn := range map[string]string{
		"postgres": "postgres://user:canary-p@127.0.0.1:1/db?connect_timeout=1", "mysql": "mysql://user:canary-p@127.0.0.1:1/db",
		"no escape": "postgres://user:canary-p%zz@127.0.0.1/db", "no MySQL": "mysql://user:canary-p@tcp(127.0.0.1:1)/db?x=canary%zz",
		"no file": "sqlite:///nowhere/canary-file.db?key=canary", "no scheme": "user:canary-p@tcp(127.0.0.1:1)/db",
	} {
		t.Run("database/"+name, func(t *testing.T) {
			env := maps.Clone(plain)
			env["DSN"] = dsn
			inNest(t, env, "database")
		})
	}
	for name, url := range someOf(refusals(t), "refused") {
		t.Run("state/"+name, func(t *testing.T) {
			env := maps.Clone(plain)
			env["STATE"] = strings.Replace(withPassword(url), "http", "postgres", 1) + "/db?sslmode=disable&connect_timeout=1&sslpassword=canary-ssl"
			inNest(t, env, "state")
		})
	}
	for name, url := range map[string]string{
		"no port":         "postgres://user:canary-p@127.0.0.1:99999999/db",
		"no escape":       "postgres://user:canary-p%zz@127.0.0.1/db",
		"two at signs":    "postgres://user:canary-p@rt@127.0.0.1:1/db",
		"a slash":         "postgres://user:canary-p/rt@127.0.0.1:1/db",
		"a hash":          "postgres://user:canary-p#rt@127.0.0.1:1/db",
		"a question mark": "postgres://user:canary-p?rt@127.0.0.1:1/db",
		"escaped":         "postgres://user:canary%2Dp%40x@127.0.0.1:1/db",
		"another mode":    "postgres://user:canary-p@127.0.0.1:1/db?sslmode=none",
		"in the query":    "postgres://127.0.0.1:1/db?user=u&password=canary-p",
		"no scheme":       "canary-user:canary-p@127.0.0.1:1/db",
		"another scheme":  "mysql://user:canary-p@127.0.0.1:1/db",
	} {
		t.Run("state/"+name, func(t *testing.T) {
			env := maps.Clone(plain)
			env["STATE"] = url
			inNest(t, env, "state")
		})
	}
	for name, url := range map[string]string{"no escape": "http://127.0.0.1:1/%zzcanary", "a space": "http://127.0.0.1:1 /canary", "no scheme": "canary-key", "another scheme": "ws://127.0.0.1:1/canary"} {
		t.Run("node/"+name, func(t *testing.T) {
			env := maps.Clone(plain)
			env["NODE"] = url
			inNest(t, env, "node")
		})
	}
	t.Run("webhooks", func(t *testing.T) { inNest(t, plain, "webhook secret", "rotated secrets", "secret in a file") })
}

// TestCanaryInBucket: the credentials of a bucket come from the environment, and
// appear as little.
func TestCanaryInBucket(t *testing.T) {
	for name, url := range someOf(refusals(t), "refused", "403", "an error in XML", "redirected", "bad certificate") {
		t.Run(name, func(t *testing.T) {
			env := s3test.Start(t, "books").Env()
			maps.Copy(env, map[string]string{"AWS_ENDPOINT_URL": url, "AWS_SECRET_ACCESS_KEY": awkward + "s3", "AWS_SESSION_TOKEN": "canary-session", "AWS_ACCESS_KEY_ID": "canary-id"})
			inNest(t, env, "input in a bucket", "report in a bucket")
		})
	}
}

// TestCanaryWritten: secrets that somebody wrote out in the configuration, or broke a
// line near one of.
func TestCanaryWritten(t *testing.T) {
	for name, section := range map[string]string{
		"a secret":                   `webhooks: [{name: r, provider: bvnk, files: [hooks.jsonl], secret: canary-x}]`,
		"a URL with a password":      `transfers: [{name: n, source: evm, chain: eip155:1, endpoints: ["http://u:canary-x@127.0.0.1:1"]}]`,
		"a state with a password":    `state: "postgres://u:canary-x@127.0.0.1:1/db"`,
		"a password in a query":      `state: "postgres://127.0.0.1:1/db?password=canary-x"`,
		"a broken line":              "webhooks: [{name: r, secret: \"canary-x}]\nx: ]",
		"a key twice":                "state: \"postgres://u:canary-x@127.0.0.1:1/db\"\nstate: \"postgres://u:canary-x@127.0.0.1:1/db\"",
		"a list in place of a text":  `webhooks: [{name: r, provider: bvnk, files: [hooks.jsonl], secret: [canary-x]}]`,
		"a tag":                      `webhooks: [{name: r, provider: bvnk, files: [hooks.jsonl], secret: !!str canary-x}]`,
		"credentials of a bucket":    `reports: {to: "s3://id:canary-x@books/reports"}`,
		"an input of a bucket":       `own_addresses: {files: ["s3://id:canary-x@books/own.csv"]}`,
		"a URL of another store":     `reports: {to: "azblob://id:canary-x@books/reports"}`,
		"a variable with a bad name": `state: "${canary-x"`,
	} {
		t.Run(name, func(t *testing.T) { perch(t, nil, section) })
	}
}

// TestCanaryInPanic: a defect prints what it was about.
func TestCanaryInPanic(t *testing.T) {
	var out, log bytes.Buffer
	c := &command{streams: streams{out: &out, err: &log}, secrets: []config.Secret{config.NewSecret(awkward + "x")}}
	status := c.tell(guard(func() error { panic(fmt.Sprintf("index out of range in %q, %s", awkward+"x", awkward+"x")) }))
	if status != exitInternal || strings.Contains(log.String(), canary+"-") || !strings.Contains(log.String(), "index out of range") {
		t.Errorf("exit %d: %s", status, log.String())
	}
	for _, format := range []string{"text", "json"} {
		log.Reset()
		c.logFormat = format
		l, err := c.logger()
		if err != nil {
			t.Fatal(err)
		}
		l.With("with", awkward+"x").WithGroup("g").Error("an error of "+awkward+"x", "text", awkward+"x", "error", errors.New(awkward+"x"), "quoted", fmt.Sprintf("%q", awkward+"x"),
			"bytes", []byte(awkward+"x"), "list", []string{awkward + "x"}, slog.Group("inner", "deep", awkward+"x"), "secret", c.secrets[0])
		if strings.Contains(log.String(), canary) || log.Len() == 0 {
			t.Errorf("%s: %s", format, log.String())
		}
	}
}

// inNest perches the secrets in the named nests, one after the other.
func inNest(t *testing.T, env map[string]string, names ...string) {
	for _, name := range names {
		t.Run(name, func(t *testing.T) { perch(t, env, nests[name]) })
	}
}

// perch runs every command over a configuration with one section of its own, and looks
// for the canary in everything that came out.
func perch(t *testing.T, env map[string]string, section string) {
	for name, value := range env {
		t.Setenv(name, value)
	}
	dir := t.TempDir()
	t.Chdir(dir)
	inputs := map[string]string{
		"tieout.yaml": canaryYAML(section), "orders.csv": shop["orders.csv"], "transfers.csv": shop["transfers.csv"],
		"hooks.jsonl": hooksWith(awkward + "hook"), "secret.txt": awkward + "hook\n",
	}
	for name, text := range inputs {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{
		{"run", "--as-of", "2026-03-17"}, {"run", "--as-of", "2026-03-17", "--log-format", "json"}, {"run", "--as-of", "2026-03-17", "--dry-run"},
		{"run", "--from", "2026-03-17", "--to", "2026-03-18"}, {"run", "--interim"}, {"doctor"}, {"backfill", "--from", "2026-03-17", "--to", "2026-03-17"},
		{"explain", "S-1"}, {"cases", "list"}, {"state", "rebuild"}, {"verify", "out"}, {"inspect", "hooks.jsonl"},
	} {
		if (strings.Contains(section, "${NODE}") || strings.Contains(section, "${API}") || strings.Contains(section, "${DSN}")) && os.Getenv("DEEP") == "" && !slices.Contains(args, "json") && args[0] != "doctor" {
			continue // a node that fails is asked again and again
		}
		var out, log bytes.Buffer
		status := execute(context.Background(), args, streams{strings.NewReader(""), &out, &log})
		for name, text := range map[string]string{"stdout": out.String(), "stderr": log.String()} {
			if where := cries(text); where != "" && args[0] != "inspect" { // inspect is asked for what a file holds, and knows no secrets
				t.Errorf("tieout %s, exit %d: %s: %s", strings.Join(args, " "), status, name, where)
			}
		}
		if out.Len()+log.Len() == 0 {
			t.Errorf("tieout %s, exit %d: it said nothing", args, status)
		}
	}
	err := filepath.WalkDir(".", func(name string, e fs.DirEntry, err error) error {
		if _, input := inputs[name]; err != nil || e.IsDir() || input {
			return err
		}
		content, err := os.ReadFile(name)
		if where := cries(unpacked(content)); where != "" {
			t.Errorf("%s: %s", name, where)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// canaryYAML is a configuration with one section more, in place of its own of that name.
func canaryYAML(section string) string {
	text := "version: 1\nmerchant: demo\n" + section + "\n"
	if !strings.Contains(section, "orders:") {
		text += "orders: [{name: cashier, files: [orders.csv]}]\n"
	}
	if !strings.Contains(section, "transfers:") {
		text += "transfers: [{name: ethereum, files: [transfers.csv], chain: eip155:1}]\n"
	}
	if !strings.Contains(section, "reports:") {
		text += "reports: {to: out}\n"
	}
	return text
}

// hooksWith is a log that holds the secret wherever a receiver may have put it.
func hooksWith(secret string) string {
	quoted := strings.Trim(fmt.Sprintf("%q", secret), `"`)
	twice := strings.Trim(fmt.Sprintf("%q", quoted), `"`)
	long := strings.Repeat("x", 195)
	var b strings.Builder
	for _, line := range []string{
		`{"received_at":"2026-03-17T10:06:00Z","headers":{"BlockATM-Signature-V2":"%[1]s"},"body":"{\"id\":1,\"status\":\"SUCCESS\",\"note\":\"%[2]s\"}","response_status":200}`,
		`{"received_at":"%[1]s","headers":{},"body":"{}","response_status":200}`,
		`{"received_at":"2026-03-17T10:06:00Z","headers":{"X":"%[1]s"},"body":"%[1]s","response_status":"%[1]s"}`,
		`{"received_at":"2026-03-17T10:06:00Z","headers":{},"body":"{\"id\":1,\"orderNo\":\"S-1\",\"status\":\"%[2]s\",\"amount\":\"%[2]s\",\"txId\":\"%[2]s\"}","response_status":200}`,
		`{"received_at":"2026-03-17T10:06:00Z","headers":{},"body":"{\"id\":1,\"orderNo\":\"S-1\",\"status\":\"SUCCESS\",\"amount\":\"%[3]s%[2]s\"}","response_status":200}`,
		`{"received_at":"%[3]s%[1]s","%[1]s":"%[1]s","body":"{}","response_status":200}`,
		`{"received_at":"2026-03-17T10:06:00Z","headers":{"X":"%[1]s"},"body":"{}","%[1]s`,
	} {
		fmt.Fprintf(&b, line+"\n", quoted, twice, long)
	}
	return b.String()
}

// cries is where the canary turns up in a text, in any of the spellings in which it
// might, "" for nowhere.
func cries(text string) string {
	words := []string{canary, hex.EncodeToString([]byte(canary)), "CANARY", base64.StdEncoding.EncodeToString([]byte("user:canary-pass"))[:16]}
	for shift := range 3 { // base64 writes a word in three ways, by where it begins
		packed := base64.RawStdEncoding.EncodeToString([]byte("xx"[:shift] + canary + "-"))
		words = append(words, packed[(8*shift+5)/6:8*(len(canary)+shift)/6])
	}
	for _, word := range words {
		if at := strings.Index(text, word); at >= 0 {
			return fmt.Sprintf("%q stands in ...%s...", word, text[max(0, at-200):min(len(text), at+100)])
		}
	}
	return ""
}

// unpacked is a file with what is packed in it.
func unpacked(content []byte) string {
	z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return string(content)
	}
	var b strings.Builder
	for _, f := range z.File {
		if r, err := f.Open(); err == nil {
			_, _ = io.Copy(&b, r)
			_ = r.Close()
		}
	}
	return b.String()
}

// TestNests: the nests are configurations that are read; else nothing would be tried
// with what lies in them.
func TestNests(t *testing.T) {
	for name, value := range map[string]string{"NODE": "http://127.0.0.1:1", "API": "http://127.0.0.1:1", "DSN": "postgres://u:p@127.0.0.1:1/db", "STATE": "sqlite://state.db", "HOOK": "hook-secret", "OLD": "old-secret"} {
		t.Setenv(name, value)
	}
	for name, section := range nests {
		dir := t.TempDir()
		file := filepath.Join(dir, "tieout.yaml")
		if err := errors.Join(os.WriteFile(file, []byte(canaryYAML(section)), 0o600), os.WriteFile(filepath.Join(dir, "secret.txt"), []byte("file-secret"), 0o600)); err != nil {
			t.Fatal(err)
		}
		conf, err := config.Load(file, profiles)
		if err != nil || len(conf.Secrets) == 0 && !strings.Contains(name, "bucket") && name != "state" {
			t.Errorf("%s: %v", name, err)
		}
	}
}
