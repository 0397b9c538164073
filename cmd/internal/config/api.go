package config

import (
	"net/netip"
	"net/url"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"tieout/reconcile"
)

// API is how a provider is asked for its orders.
type API struct {
	URL       string // without a path
	ID, Key   Secret // ID is BVNK's Hawk Auth ID
	Merchant  string // BVNK's merchantId
	Channels  bool   // BVNK's channel payments too
	PerMinute int    // requests; 0 = the provider's default
}

func (d *decoder) api(n ast.Node) *API {
	var a API
	d.mapping(n, fields{
		"url":      func(n ast.Node) { a.URL = d.apiURL(n) },
		"id":       func(n ast.Node) { a.ID = d.secret(n) },
		"id_file":  func(n ast.Node) { a.ID = d.secretFile(n) },
		"key":      func(n ast.Node) { a.Key = d.secret(n) },
		"key_file": func(n ast.Node) { a.Key = d.secretFile(n) },
		"merchant": func(n ast.Node) { a.Merchant = d.text(n) },
		"channels": func(n ast.Node) { a.Channels = d.boolean(n) },
		"per_minute": func(n ast.Node) {
			if a.PerMinute = d.integer(n); a.PerMinute < 1 {
				d.fail(n, "a number of requests above 0 is expected")
			}
		},
	})
	return &a
}

// apiURL reads where the API is. A key goes there with every request, so it has to be
// https, except on this machine.
func (d *decoder) apiURL(n ast.Node) string {
	text := d.text(n)
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		d.fail(n, "the address of an API is expected: https://api.example.com")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		d.fail(n, "the address of an API is expected without user, password and query; keys have keys of their own")
	case u.Scheme == "http" && !here(u.Hostname()):
		d.fail(n, "the key would travel in the clear: use https://")
	}
	return strings.TrimSuffix(text, "/")
}

func here(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// needAPI checks that a source that asks a provider has what it needs, and nothing
// that only files have: a key without effect would be a mistake in silence.
func (d *decoder) needAPI(n ast.Node, s *Source) {
	d.refuse(n, "is for files, and this source has api:", "files", "timezone", "decimal", "delimiter", "sheet", "covers")
	bvnk := s.Provider == "bvnk"
	switch {
	case d.missing(n, "name"):
		d.fail(n, "a source of orders needs a name")
	case s.Book == reconcile.BookMerchant:
		d.fail(n, "api: asks a provider, so its orders are no book: merchant")
	case s.Provider != "blockatm" && !bvnk:
		d.fail(n, "api: can ask blockatm and bvnk; of %s give files", s.Provider)
	case s.API.URL == "":
		d.fail(n, "api: needs url:")
	case !s.API.Key.Known():
		d.fail(n, "api: needs key: or key_file:")
	case bvnk && (!s.API.ID.Known() || s.API.Merchant == ""):
		d.fail(n, "api: of bvnk needs id: (the Hawk Auth ID) and merchant: (the merchantId that is listed)")
	case !bvnk && (s.API.ID.Known() || s.API.Merchant != "" || s.API.Channels):
		d.fail(n, "api: of %s has no id:, merchant: or channels:", s.Provider)
	}
}
