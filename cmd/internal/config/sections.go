package config

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
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
		"name":     func(n ast.Node) { s.Name = d.name(n) },
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

// name reads a source's name, which no other may have: reports list by it.
func (d *decoder) name(n ast.Node) string {
	name := d.text(n)
	line, taken := d.names[name]
	if taken {
		d.fail(n, "the source on line %d is called %q too; each needs a name of its own", line, name)
	}
	d.names[name] = n.GetToken().Position.Line
	return name
}

func (d *decoder) words(n ast.Node) map[string]string {
	m := map[string]string{}
	for _, e := range d.entries(n) {
		m[e.Key.GetToken().Value] = d.text(e.Value)
	}
	return m
}

// only reads which rows count: a column and the values to keep.
func (d *decoder) only(s *Source) func(ast.Node) {
	return func(n ast.Node) {
		s.Only = map[string][]string{}
		for _, e := range d.entries(n) {
			s.Only[e.Key.GetToken().Value] = d.texts(e.Value)
		}
	}
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
	s := Source{Kind: "orders", Provider: "generic"}
	f := d.fileFields(&s)
	f["provider"] = func(n ast.Node) { s.Provider = d.provider(c, n) }
	f["book"] = func(n ast.Node) {
		switch d.oneOf(n, "provider", "merchant", "refunds") {
		case "merchant":
			s.Book = reconcile.BookMerchant
		case "refunds":
			s.Kind = "refunds"
		}
	}
	f["only"] = d.only(&s)
	f["api"], f["sql"] = func(n ast.Node) { s.API = d.api(n) }, d.sql(&s)
	before := len(d.errors)
	d.mapping(n, f)
	if s.SQL != nil {
		d.sqlSource(n)
		return s
	}
	if s.API != nil {
		if len(d.errors) == before { // else what is missing may be what could not be read
			d.needAPI(n, &s)
		}
		if s.Kind == "refunds" {
			d.fail(n, "api: reads orders; a refund book comes from files:")
		}
		return s
	}
	d.needFiles(n, &s, "orders")
	return s
}

// provider reads a profile's name, or the path of a profile file of the user's
// own, which then counts as part of the configuration.
func (d *decoder) provider(c *Config, n ast.Node) string {
	name := d.text(n)
	if strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml") {
		return d.profileFile(c, n, name)
	}
	if c.Profiles[name] == nil {
		d.fail(n, "no provider is called %q%s", name, suggest(name, slices.Collect(maps.Keys(c.Profiles))))
	}
	return name
}

func (d *decoder) profileFile(c *Config, n ast.Node, name string) string {
	content, err := os.ReadFile(d.path(name))
	if err != nil {
		d.fail(n, "the profile cannot be read: %v", err)
		return ""
	}
	p, format, err := profile(name, content)
	if err != nil {
		d.errors = append(d.errors, err)
		return ""
	}
	if same, loaded := d.profile[p.Name]; loaded && same == d.path(name) {
		return p.Name
	}
	if c.Profiles[p.Name] != nil {
		d.fail(n, "the profile in %s is called %q like another one; give it a name of its own", name, p.Name)
	}
	c.Profiles[p.Name], c.Layouts[p.Name], d.profile[p.Name] = p, format, d.path(name)
	d.files = append(d.files, content)
	return p.Name
}

func (d *decoder) needFiles(n ast.Node, s *Source, section string) {
	if d.missing(n, "name") {
		d.fail(n, "a source of %s needs a name", section)
	}
	if d.missing(n, "files") {
		d.fail(n, "the source %q needs files: a list of paths and globs", s.Name)
	}
}

func (d *decoder) webhook(c *Config, n ast.Node) Source {
	s := Source{Kind: "webhooks", Provider: "generic"}
	f := d.fileFields(&s)
	f["provider"] = func(n ast.Node) { s.Provider = d.provider(c, n) }
	f["secret"] = func(n ast.Node) { s.Secrets = append(s.Secrets, WebhookSecret{Secret: d.secret(n)}) }
	f["secret_file"] = func(n ast.Node) { s.Secrets = append(s.Secrets, WebhookSecret{Secret: d.secretFile(n)}) }
	f["secrets"] = func(n ast.Node) {
		for _, item := range d.list(n) {
			var w WebhookSecret
			before := len(d.errors)
			d.mapping(item, fields{
				"secret":      func(n ast.Node) { w.Secret = d.secret(n) },
				"secret_file": func(n ast.Node) { w.Secret = d.secretFile(n) },
				"from":        func(n ast.Node) { w.From = d.instant(n) },
				"to":          func(n ast.Node) { w.To = d.instant(n) },
			})
			if !w.Secret.Known() && len(d.errors) == before {
				d.fail(item, "secret: or secret_file: is missing; without it signatures would go unchecked")
			}
			s.Secrets = append(s.Secrets, w)
		}
	}
	f["url"] = func(n ast.Node) { s.URL = d.text(n) }
	f["only"] = d.only(&s)
	d.mapping(n, f)
	d.needFiles(n, &s, "webhooks")
	return s
}

func (d *decoder) transfer(c *Config, n ast.Node) Source {
	s := Source{Kind: "csv", Verify: "basic"}
	var assets, chain ast.Node
	f := d.fileFields(&s)
	f["source"] = func(n ast.Node) { s.Kind = d.oneOf(n, "csv", "evm", "tron", "etherscan") }
	f["chain"] = func(n ast.Node) { chain = n }
	f["assets"] = func(n ast.Node) { assets = n }
	f["only"] = d.only(&s)
	f["addresses"] = func(n ast.Node) { s.Addresses = d.addresses(n) }
	f["endpoints"] = func(n ast.Node) {
		for _, item := range d.list(n) {
			s.Endpoints = append(s.Endpoints, d.endpoint(item))
		}
	}
	f["verify"] = func(n ast.Node) { s.Verify = d.oneOf(n, "none", "basic", "quorum", "balance", "proof") }
	f["internal"] = func(n ast.Node) { s.Internal = d.oneOf(n, "off", "trace") == "trace" }
	d.mapping(n, f)
	d.bindAssets(c, &s, chain, assets)
	switch s.Kind {
	case "evm":
		d.evm(n, s)
		return s
	case "tron":
		d.tron(n, s)
		return s
	case "etherscan":
		d.etherscan(n, s)
		return s
	}
	d.refuse(n, "is for source: evm, tron and etherscan only", "endpoints", "verify")
	d.refuse(n, "is for source: evm only", "internal")
	d.needFiles(n, &s, "transfers")
	return s
}

// evm checks that a source of a node has what it needs, and nothing that only
// files have: a key without effect would be a mistake in silence.
func (d *decoder) evm(n ast.Node, s Source) {
	d.refuse(n, "is for source: csv only", fileKeys...)
	switch {
	case d.missing(n, "name"):
		d.fail(n, "a source of transfers needs a name")
	case d.missing(n, "endpoints"):
		d.fail(n, "the source %q needs endpoints: a list of JSON-RPC URLs", s.Name)
	case d.missing(n, "chain"):
		d.fail(n, "the source %q needs chain: (eip155:1)", s.Name)
	case s.Verify == "quorum" && len(s.Endpoints) < 2:
		d.fail(n, "the source %q needs a second endpoint for verify: quorum, best of another operator", s.Name)
	case s.Chain != "" && !strings.HasPrefix(s.Chain, "eip155:"):
		d.fail(n, "source: evm cannot read %s; use source: tron, or source: csv with an export of it", s.Chain)
	case slices.ContainsFunc(s.Endpoints, func(e Endpoint) bool { return e.Key.Known() || e.API != "jsonrpc" }):
		d.fail(n, "the source %q has an endpoint with key: or api:, which are for source: tron and etherscan", s.Name)
	}
}

func (d *decoder) refuse(n ast.Node, why string, keys ...string) {
	list, _ := pairs(n)
	for _, e := range list {
		if key := e.Key.GetToken().Value; slices.Contains(keys, key) {
			d.fail(e.Key, "%s: %s", key, why)
		}
	}
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
			d.fail(chain, "%s", noChain(c, name))
			return
		}
		s.Chain = ch.ID
	}
	if assets == nil {
		return
	}
	for _, item := range d.list(assets) {
		name := d.text(item)
		if name == "native" {
			s.Assets = append(s.Assets, d.native(c, item, s.Chain))
			continue
		}
		if a, ok := c.Catalogue.Asset(name); ok {
			s.Assets = append(s.Assets, a.Asset.ID)
		} else if a, ok := c.Catalogue.AssetOn(s.Chain, name); ok {
			s.Assets = append(s.Assets, a.Asset.ID)
		} else {
			d.fail(item, "%s", noAsset(name, s.Chain))
		}
	}
}

// native is a chain's native coin, which a source that lists it makes a payment; a
// table of assets that knows it already decides.
func (d *decoder) native(c *Config, n ast.Node, chain string) string {
	ch, ok := c.Catalogue.Chain(chain)
	if !ok || ch.Native.ID == "" {
		d.fail(n, "the native coin cannot be told: the source needs chain:, and the asset table its native coin")
		return ""
	}
	if _, listed := c.Catalogue.Asset(ch.Native.ID); listed {
		return ch.Native.ID
	}
	coin := reconcile.CatalogueAsset{Key: strings.ToLower(ch.Native.Symbol), Chain: ch.ID, Asset: ch.Native, Accepted: true}
	with, err := reconcile.NewCatalogue(c.Catalogue.Chains, append(slices.Clone(c.Catalogue.Assets), coin))
	if err != nil {
		d.fail(n, "%s", err)
		return ""
	}
	c.Catalogue = with
	return ch.Native.ID
}

func noChain(c *Config, name string) string {
	var names []string
	for _, ch := range c.Catalogue.Chains {
		names = append(append(names, ch.ID), ch.Aliases...)
	}
	if near, ok := Nearest(name, names); ok {
		return fmt.Sprintf("the chain %q is not in the asset table; did you mean %s?", name, near)
	}
	return fmt.Sprintf("the chain %q is not in the asset table; assets: {files: [...]} adds to it", name)
}

func noAsset(name, chain string) string {
	if chain == "" {
		return fmt.Sprintf("the asset %q cannot be told without chain:", name)
	}
	return fmt.Sprintf("the asset %q is not in the asset table of %s; assets: {files: [...]} adds to it", name, chain)
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
	if d.missing(n, "to") {
		d.fail(n, "to: is missing; it says where the reports go")
	}
	d.mapping(n, fields{
		"to": func(n ast.Node) {
			text := d.text(n)
			if text == "" {
				return // said by finish
			}
			to, err := Directory(text)
			if err != nil {
				d.fail(n, "%v", err)
			}
			c.ReportsTo = to
			if !strings.Contains(to, "://") {
				c.ReportsTo = d.path(to)
			}
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

// Directory reads where reports go: a path, a file:// URL of one, or s3://bucket/prefix.
func Directory(text string) (string, error) {
	dir := strings.TrimPrefix(text, "file://")
	if err := place(dir); err != nil {
		return "", err
	}
	if dir == "" {
		return "", errors.New("a directory is expected")
	}
	return dir, nil
}

// place refuses the URL of what is neither here nor in a bucket.
func place(text string) error {
	kind, at, isURL := strings.Cut(text, "://")
	switch {
	case !isURL && !strings.HasPrefix(text, "s3:"):
		return nil
	case !isURL:
		return errors.New("s3://bucket/key is expected")
	case kind != "s3":
		return fmt.Errorf("%s:// is not available; use a local path or s3://bucket/key", kind)
	}
	if bucket, _, _ := strings.Cut(at, "/"); bucket == "" || strings.ContainsAny(bucket, "@:?*") {
		return errors.New("s3://bucket/key is expected; endpoint, region and credentials come from the AWS_ environment")
	}
	return nil
}
