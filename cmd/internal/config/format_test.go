package config

import (
	"strings"
	"testing"
)

func TestFormat(t *testing.T) {
	const head = "name: p\nformat:\n"
	for _, c := range []struct{ format, says string }{
		{"  columns: {order_id: No, status: [Word, \"steps[].word\"]}\n  rows: payments\n  timezone: Etc/UTC\n", ""},
		{"  webhook: {signature: {header: X-Sig, prefix: \"sha256=\", hash: sha512, encoding: base64, of: sorted}, members: {order_no: no, status: word}}\n", ""},
		{"  columns: {order_nr: No}\n", `p.yaml line 3 column 13: unknown name "order_nr"; did you mean order_no?`},
		{"  columns: {order_no: \"\"}\n", "p.yaml line 3 column 23: a header or a JSON path is expected"},
		{"  columns: {order_no: []}\n", "p.yaml line 3 column 23: a header or a JSON path is expected"},
		{"  rows: payment\n", `p.yaml line 3 column 9: "payment" is not possible here; did you mean payments?`},
		{"  webhook: {signature: {hash: sha256}, members: {order_no: no, status: word}}\n", "a signature needs header:"},
		{"  webhook: {signature: {header: X, hash: md5}, members: {order_no: no, status: word}}\n", `"md5" is not possible here`},
		{"  webhook: {members: {order_no: no}}\n", "p.yaml line 3 column 12: members: needs status, and order_id or order_no"},
		{"  webhook: {members: {order_no: no, state: x, status: y}}\n", `unknown name "state"; did you mean status?`},
		{"  colums: {}\n", `unknown key "colums"; did you mean columns?`},
	} {
		_, err := Profile("p.yaml", []byte(head+c.format))
		if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%s: %v, want %q", c.format, err, c.says)
		}
	}
}
