package config

import (
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// Endpoint is a node or an API of one. Its URL often holds a key, so that it is a
// secret as well.
type Endpoint struct {
	URL Secret
	Key Secret // sent in a header of its own; unknown = none
	API string // jsonrpc, or trongrid
}

// endpoint reads an endpoint: its URL, or a mapping of url, key and api.
func (d *decoder) endpoint(n ast.Node) Endpoint {
	e := Endpoint{API: "jsonrpc"}
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		d.mapping(n, fields{
			"url":      func(n ast.Node) { e.URL = d.endpointURL(n) },
			"key":      func(n ast.Node) { e.Key = d.secret(n) },
			"key_file": func(n ast.Node) { e.Key = d.secretFile(n) },
			"api":      func(n ast.Node) { e.API = d.oneOf(n, "jsonrpc", "trongrid") },
		})
		if d.missing(n, "url") {
			d.fail(n, "an endpoint needs its url")
		}
	default:
		e.URL = d.endpointURL(n)
	}
	return e
}

// endpointURL reads a node's URL. Its path or query often holds a key, so the whole
// URL is a secret. A user name or password in it is one for certain, and refused
// where it is written out; whether a path is a key cannot be told, and a URL such
// as http://localhost:8545/rpc stays possible.
func (d *decoder) endpointURL(n ast.Node) Secret {
	if literalCredentials(d.raw(n)) {
		d.fail(n, "credentials are not written into the configuration: use ${NAME} for the URL or for the part that is secret")
		return Secret{}
	}
	url := d.text(n)
	if url != "" && !strings.HasPrefix(url, "http://") && !strings.HasPrefix(url, "https://") {
		d.fail(n, "an endpoint is an http:// or https:// URL")
	}
	return d.keep(url)
}

// literalCredentials reports whether a URL, as written, holds a password, or a user
// name without one, that does not come from the environment.
func literalCredentials(raw string) bool {
	_, rest, _ := strings.Cut(strings.ReplaceAll(raw, "$${", ""), "://")
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		rest = rest[:end]
	}
	at := strings.LastIndexByte(rest, '@')
	if at < 0 {
		return false
	}
	secret := rest[:at]
	if _, password, ok := strings.Cut(secret, ":"); ok {
		secret = password
	}
	return !strings.Contains(secret, "${")
}

// fileKeys are those of a source of files, and of no other.
var fileKeys = []string{"files", "columns", "timezone", "decimal", "delimiter", "sheet", "covers", "only"}

// tron checks that a source of TRON has what it needs, and nothing that only others
// have.
func (d *decoder) tron(n ast.Node, s Source) {
	d.refuse(n, "is for source: csv only", fileKeys...)
	d.refuse(n, "is for source: evm only", "internal")
	switch {
	case d.missing(n, "name"):
		d.fail(n, "a source of transfers needs a name")
	case d.missing(n, "endpoints"):
		d.fail(n, "the source %q needs endpoints: a list of JSON-RPC URLs, or {url: ..., api: trongrid}", s.Name)
	case d.missing(n, "chain"):
		d.fail(n, "the source %q needs chain: (tron)", s.Name)
	case s.Verify == "quorum" && len(s.Endpoints) < 2:
		d.fail(n, "the source %q needs a second endpoint for verify: quorum, best of another operator", s.Name)
	case s.Verify == "balance" || s.Verify == "proof":
		d.fail(n, "the source %q cannot have verify: %s, since TRON's nodes prove nothing of the past; use none, basic or quorum", s.Name, s.Verify)
	case slices.ContainsFunc(s.Assets, func(id string) bool { return strings.Contains(id, "/slip44:") }):
		d.fail(n, "source: tron does not read the native coin; use source: csv with an export of it")
	case s.Chain != "" && !strings.HasPrefix(s.Chain, "tron:"):
		d.fail(n, "source: tron cannot read %s; use source: evm, or source: csv with an export of it", s.Chain)
	}
}

// etherscan checks that a source of an explorer's API has what it needs, and nothing
// that only others have.
func (d *decoder) etherscan(n ast.Node, s Source) {
	d.refuse(n, "is for source: csv only", fileKeys...)
	d.refuse(n, "is for source: evm only", "internal")
	switch {
	case d.missing(n, "name"):
		d.fail(n, "a source of transfers needs a name")
	case len(s.Endpoints) != 1:
		d.fail(n, "the source %q needs one endpoint: [{url: \"https://api.etherscan.io/v2/api\", key: \"${ETHERSCAN_KEY}\"}]", s.Name)
	case d.missing(n, "chain"):
		d.fail(n, "the source %q needs chain: (eip155:1)", s.Name)
	case s.Verify != "none" && s.Verify != "basic":
		d.fail(n, "the source %q cannot have verify: %s, which needs nodes: use source: evm", s.Name, s.Verify)
	case slices.ContainsFunc(s.Assets, func(id string) bool { return strings.Contains(id, "/slip44:") }):
		d.fail(n, "source: etherscan does not read the native coin; use source: evm, or source: csv with an export of it")
	case s.Chain != "" && !strings.HasPrefix(s.Chain, "eip155:"):
		d.fail(n, "source: etherscan cannot read %s", s.Chain)
	case s.Endpoints[0].API != "jsonrpc":
		d.fail(n, "the source %q has an endpoint with api:, which is for source: tron only", s.Name)
	}
}
