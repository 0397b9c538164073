package config

import (
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"

	"tieout/reconcile"
	"tieout/reconcile/money"
	"tieout/reports"
)

func (d *decoder) sections(c *Config, sections map[string]ast.Node) {
	for _, s := range []struct {
		name string
		read func(*Config, ast.Node) Source
		into *[]Source
	}{{"orders", d.order, &c.Orders}, {"webhooks", d.webhook, &c.Webhooks}, {"transfers", d.transfer, &c.Transfers}} {
		if n := sections[s.name]; n != nil {
			for _, item := range d.list(n) {
				*s.into = append(*s.into, s.read(c, item))
			}
		}
	}
}

// fileFields are the keys that every source of files has.
func (d *decoder) fileFields(s *Source) fields {
	return fields{
		"name":     func(n ast.Node) { s.Name = d.text(n) },
		"files":    func(n ast.Node) { s.Files = d.paths(n) },
		"columns":  func(n ast.Node) { s.Columns = d.words(n) },
		"timezone": func(n ast.Node) { s.Zone = d.zone(n) },
		"decimal":  func(n ast.Node) { s.Style = d.style(n) },
		"delimiter": func(n ast.Node) {
			text := d.text(n)
			if s.Comma, _ = utf8.DecodeRuneInString(text); utf8.RuneCountInString(text) != 1 {
				d.fail(n, "one character is expected")
			}
		},
		"sheet":  func(n ast.Node) { s.Sheet = d.text(n) },
		"covers": func(n ast.Node) { s.Covers = d.covers(n) },
	}
}

func (d *decoder) words(n ast.Node) map[string]string {
	m := map[string]string{}
	for _, e := range d.entries(n) {
		m[e.Key.GetToken().Value] = d.text(e.Value)
	}
	return m
}

// style says how generic text writes numbers: with the decimal mark declared, the
// other mark may group thousands.
func (d *decoder) style(n ast.Node) money.Style {
	if d.oneOf(n, ".", ",") == "," {
		return money.Style{Decimal: ',', Group: '.'}
	}
	return money.Style{Decimal: '.', Group: ','}
}

func (d *decoder) covers(n ast.Node) []reconcile.Interval {
	var list []reconcile.Interval
	for _, item := range d.list(n) {
		var v reconcile.Interval
		d.mapping(item, fields{"from": func(n ast.Node) { v.From = d.instant(n) }, "to": func(n ast.Node) { v.To = d.instant(n) }})
		if v.To <= v.From {
			d.fail(item, "covers needs from before to")
		}
		list = append(list, v)
	}
	return list
}

func (d *decoder) order(c *Config, n ast.Node) Source {
	s := Source{Provider: "generic"}
	f := d.fileFields(&s)
	f["provider"] = func(n ast.Node) { s.Provider = d.provider(c, n) }
	f["book"] = func(n ast.Node) {
		switch d.oneOf(n, "provider", "merchant", "refunds") {
		case "merchant":
			s.Book = reconcile.BookMerchant
		case "refunds":
			d.later("the refund book")(n)
		}
	}
	f["only"] = func(n ast.Node) {
		s.Only = map[string][]string{}
		for _, e := range d.entries(n) {
			s.Only[e.Key.GetToken().Value] = d.texts(e.Value)
		}
	}
	f["api"], f["sql"] = d.later("reading orders from a provider's API"), d.later("reading orders from a database")
	d.mapping(n, f)
	d.needFiles(n, &s, "orders")
	return s
}

// provider reads a profile's name. A profile file of the user's own comes with
// the providers that need one.
func (d *decoder) provider(c *Config, n ast.Node) string {
	name := d.text(n)
	if c.Profiles[name] == nil {
		var names []string
		for k := range c.Profiles {
			names = append(names, k)
		}
		d.fail(n, "no provider is called %q%s", name, suggest(name, names))
	}
	return name
}

func (d *decoder) needFiles(n ast.Node, s *Source, section string) {
	if s.Name == "" {
		d.fail(n, "a source of %s needs a name", section)
	}
	if len(s.Files) == 0 {
		d.fail(n, "the source %q needs files:", s.Name)
	}
}

func (d *decoder) webhook(c *Config, n ast.Node) Source {
	s := Source{Provider: "generic"}
	f := d.fileFields(&s)
	f["provider"] = func(n ast.Node) { s.Provider = d.provider(c, n) }
	f["secret"] = func(n ast.Node) { s.Secrets = append(s.Secrets, WebhookSecret{Secret: d.secret(n)}) }
	f["secret_file"] = func(n ast.Node) { s.Secrets = append(s.Secrets, WebhookSecret{Secret: d.secretFile(n)}) }
	f["secrets"] = func(n ast.Node) {
		for _, item := range d.list(n) {
			var w WebhookSecret
			d.mapping(item, fields{
				"secret":      func(n ast.Node) { w.Secret = d.secret(n) },
				"secret_file": func(n ast.Node) { w.Secret = d.secretFile(n) },
				"from":        func(n ast.Node) { w.From = d.instant(n) },
				"to":          func(n ast.Node) { w.To = d.instant(n) },
			})
			s.Secrets = append(s.Secrets, w)
		}
	}
	f["url"] = func(n ast.Node) { s.URL = d.text(n) }
	d.mapping(n, f)
	d.needFiles(n, &s, "webhooks")
	return s
}

func (d *decoder) transfer(c *Config, n ast.Node) Source {
	s := Source{Kind: "csv", Verify: "basic"}
	var assets, chain ast.Node
	f := d.fileFields(&s)
	f["source"] = func(n ast.Node) {
		if s.Kind = d.oneOf(n, "csv", "evm", "tron"); s.Kind == "tron" {
			d.later("reading TRON from a node")(n)
		}
	}
	f["chain"] = func(n ast.Node) { chain = n }
	f["assets"] = func(n ast.Node) { assets = n }
	f["addresses"] = func(n ast.Node) { s.Addresses = d.addresses(n) }
	f["endpoints"] = func(n ast.Node) {
		for _, item := range d.list(n) {
			s.Endpoints = append(s.Endpoints, d.endpoint(item))
		}
	}
	f["verify"] = func(n ast.Node) {
		s.Verify = d.oneOf(n, "none", "basic", "quorum", "balance", "proof")
		if s.Verify != "none" && s.Verify != "basic" {
			d.later("verify: " + s.Verify)(n)
		}
	}
	d.mapping(n, f)
	d.bindAssets(c, &s, chain, assets)
	switch {
	case s.Kind == "csv":
		d.needFiles(n, &s, "transfers")
	case s.Name == "":
		d.fail(n, "a source of transfers needs a name")
	case len(s.Endpoints) == 0:
		d.fail(n, "the source %q needs endpoints:", s.Name)
	case s.Chain == "":
		d.fail(n, "the source %q needs chain:", s.Name)
	}
	return s
}

// endpoint reads a node's URL. Its path or query often holds a key, so the whole
// URL is a secret.
func (d *decoder) endpoint(n ast.Node) Secret {
	url := d.text(n)
	if !strings.HasPrefix(url, "http://") && !strings.HasPrefix(url, "https://") {
		d.fail(n, "an endpoint is an http:// or https:// URL")
	}
	return d.keep(url)
}

// bindAssets resolves the chain and the asset keys of a transfers source.
func (d *decoder) bindAssets(c *Config, s *Source, chain, assets ast.Node) {
	if c.Catalogue == nil {
		return
	}
	if chain != nil {
		name := d.text(chain)
		ch, ok := c.Catalogue.Chain(name)
		if !ok {
			d.fail(chain, "the chain %q is not in the asset table", name)
		}
		s.Chain = ch.ID
	}
	if assets == nil {
		return
	}
	for _, item := range d.list(assets) {
		name := d.text(item)
		if name == "native" {
			d.later("reading a chain's native coin")(item)
			continue
		}
		if a, ok := c.Catalogue.Asset(name); ok {
			s.Assets = append(s.Assets, a.Asset.ID)
		} else if a, ok := c.Catalogue.AssetOn(s.Chain, name); ok {
			s.Assets = append(s.Assets, a.Asset.ID)
		} else {
			d.fail(item, "the asset %q is not in the asset table of %s", name, firstOf(s.Chain, "a chain: declare chain:"))
		}
	}
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// addresses reads a list of addresses, or {files: [...]}.
func (d *decoder) addresses(n ast.Node) AddressList {
	var a AddressList
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		d.mapping(n, fields{"files": func(n ast.Node) { a.Files = d.paths(n) }})
		return a
	}
	for _, item := range d.list(n) {
		text := d.text(item)
		if _, err := reconcile.CanonicalAddress("", text); err != nil {
			d.fail(item, "%v", err)
		}
		a.Literal = append(a.Literal, text)
	}
	return a
}

func (d *decoder) reports(c *Config, n ast.Node) {
	d.mapping(n, fields{
		"to": func(n ast.Node) {
			to := d.text(n)
			if scheme, rest, ok := strings.Cut(to, "://"); ok {
				if scheme != "file" {
					d.fail(n, "reports to %s:// are not available yet; use a local directory", scheme)
					return
				}
				to = rest
			}
			c.ReportsTo = d.path(to)
		},
		"formats": func(n ast.Node) {
			for _, item := range d.list(n) {
				name := d.text(item)
				if err := reports.CheckFormat(name); err != nil {
					d.fail(item, "%v", err)
				}
				c.Formats = append(c.Formats, name)
			}
		},
	})
}
