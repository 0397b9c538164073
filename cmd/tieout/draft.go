package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// draft is a source as a configuration would have it.
type draft struct {
	section  string // orders, webhooks, transfers; own_addresses for a list of addresses
	name     string
	provider string
	book     string   // merchant for our own, refunds; "" = the provider's
	ids      bool     // it has the provider's numbers of orders
	files    []string // paths and globs
	columns  map[string]string

	chain     string // of a file that names none, where its tokens tell it
	chainless bool   // it names none, and nothing tells
	zoneless  bool   // its times name no zone
	dsn       string // of a database, in the place of files
	query     string
}

// yaml is the draft as an item of its section. What only its owner knows stands there
// as a comment that says so.
func (d *draft) yaml() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, "    "+format+"\n", args...) }
	switch d.section {
	case "own_addresses":
		return fmt.Sprintf("own_addresses: {files: [%s]}\n", listed(d.files))
	case "transfers":
		line("source: csv")
	default:
		line("provider: %s", d.provider)
	}
	switch {
	case d.book == "merchant":
		line("book: merchant           # our own orders; delete this line where they are a provider's")
	case d.book == "refunds":
		line("book: refunds")
	case d.section == "orders":
		line("# book: merchant         # when these are your own orders")
	}
	d.rows(line)
	if d.zoneless {
		line("# timezone: Etc/UTC      # its times name no zone, so they are refused until this line says whose clock they show")
	}
	switch {
	case len(d.columns) > 0:
		line("columns: {%s}", flow(d.columns))
	case d.section == "orders" && d.dsn == "" && d.book != "refunds":
		line("# columns: {order_no: \"Header in the file\"}   # canonical column: header, where they differ")
	case d.section == "webhooks":
		line("# secret: \"${WEBHOOK_SECRET}\"   # to check signatures, where raw bodies were logged")
	case d.chain != "":
		line("chain: %s          # its tokens are of that chain", d.chain)
	case d.chainless:
		line("# chain: eip155:1        # its rows name none, so they are refused until this line says where they are")
	}
	return "  - name: " + scalar(d.name) + "\n" + b.String()
}

// rows says where the rows come from.
func (d *draft) rows(line func(string, ...any)) {
	if d.dsn == "" {
		line("files: [%s]", listed(d.files))
		return
	}
	line("sql:")
	line("  dsn: %s", literal(d.dsn))
	line("  query: |")
	for text := range strings.Lines(d.query) {
		line("    %s", strings.TrimRight(text, "\n"))
	}
}

// plain finds words that YAML takes for what they are.
var plain = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{3,}( [A-Za-z0-9_-]+)*$`)

// scalar writes a text, quoted where YAML could take it for something else.
func scalar(text string) string {
	if plain.MatchString(text) && !slices.Contains([]string{"true", "false", "null"}, strings.ToLower(text)) {
		return text
	}
	return literal(text)
}

// literal writes a text in quotes, as JSON does, which YAML reads too. A ${ in it is
// no variable.
func literal(text string) string {
	quoted, err := json.Marshal(strings.ReplaceAll(text, "${", "$${"))
	if err != nil {
		panic(err) // a text always encodes
	}
	return string(quoted)
}

func listed(files []string) string {
	quoted := make([]string, len(files))
	for i, f := range files {
		quoted[i] = literal(f)
	}
	return strings.Join(quoted, ", ")
}

// flow writes a mapping in one line of YAML, in order of its keys.
func flow(m map[string]string) string {
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(m)) {
		parts = append(parts, key+": "+literal(m[key]))
	}
	return strings.Join(parts, ", ")
}
