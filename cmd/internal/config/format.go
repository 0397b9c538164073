package config

import (
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"tieout/sources"
)

// format decodes what a profile file says of its provider's files and webhooks.
func (d *decoder) format(n ast.Node) *sources.Format {
	var f sources.Format
	d.mapping(n, fields{
		"columns": func(n ast.Node) { f.Columns = d.headers(n, columnNames) },
		"assets": func(n ast.Node) {
			f.Assets = map[string]string{}
			for _, e := range d.entries(n) {
				f.Assets[strings.ToUpper(e.Key.GetToken().Value)] = d.text(e.Value)
			}
		},
		"timezone": func(n ast.Node) { f.Zone = d.zone(n) },
		"rows":     func(n ast.Node) { f.PerPayment = d.oneOf(n, "orders", "payments") == "payments" },
		"webhook":  func(n ast.Node) { f.Webhook = d.webhookFormat(n) },
	})
	return &f
}

// columnNames are the canonical columns of an order book.
var columnNames = []string{"order_id", "order_no", "account", "customer", "method", "chain", "asset", "amount_due", "amount_paid", "status", "txid", "pay_to", "payer",
	"created_at", "expires_at", "paid_at", "updated_at", "fulfilled_at", "price", "price_currency", "resends"}

// memberNames are what a webhook can say.
var memberNames = []string{"order_id", "order_no", "status", "amount", "asset", "chain", "txid", "event", "time"}

// headers reads which headers or JSON paths are which canonical name.
func (d *decoder) headers(n ast.Node, names []string) map[string][]string {
	m := map[string][]string{}
	for _, e := range d.entries(n) {
		name := e.Key.GetToken().Value
		if !slices.Contains(names, name) {
			d.fail(e.Key, "unknown name %q%s", name, suggest(name, names))
		}
		if m[name] = d.texts(e.Value); len(m[name]) == 0 || slices.Contains(m[name], "") {
			d.fail(e.Value, "a header or a JSON path is expected")
		}
	}
	return m
}

func (d *decoder) webhookFormat(n ast.Node) *sources.WebhookFormat {
	w := sources.WebhookFormat{Hash: "sha256", Encoding: "hex"}
	d.mapping(n, fields{
		"signature": func(n ast.Node) {
			d.mapping(n, fields{
				"header":   func(n ast.Node) { w.Header = strings.ToLower(d.text(n)) },
				"prefix":   func(n ast.Node) { w.Prefix = d.text(n) },
				"hash":     func(n ast.Node) { w.Hash = d.oneOf(n, "sha256", "sha512") },
				"encoding": func(n ast.Node) { w.Encoding = d.oneOf(n, "hex", "base64") },
				"of":       func(n ast.Node) { w.Sorted = d.oneOf(n, "body", "sorted") == "sorted" },
			})
			if w.Header == "" {
				d.fail(n, "a signature needs header:, the header that it stands in")
			}
		},
		"statuses": func(n ast.Node) { w.Schema = d.text(n) },
		"members":  func(n ast.Node) { w.Members = d.headers(n, memberNames) },
	})
	if len(w.Members["status"]) == 0 || len(w.Members["order_id"])+len(w.Members["order_no"]) == 0 {
		d.fail(n, "members: needs status, and order_id or order_no")
	}
	return &w
}
