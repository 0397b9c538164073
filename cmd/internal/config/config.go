package config

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"tieout/configs"
	"tieout/reconcile"
	"tieout/reconcile/money"
	"tieout/sources"
)

// Config is a configuration that has been checked.
type Config struct {
	Path      string
	SHA256    string // of the configuration file and the profile files it names
	Merchant  string
	Zone      *time.Location
	Lookback  reconcile.Instant
	Catalogue *reconcile.Catalogue
	AssetsSHA string // of the asset table, built-in and added
	Profiles  map[string]*reconcile.Profile
	Layouts   map[string]*sources.Format // of profiles that say how their files are written, by profile name
	Policy    reconcile.Policy           // without its window and addresses

	Orders    []Source
	Webhooks  []Source
	Transfers []Source
	Own       AddressList

	Schedule Schedule // when the daemon looks
	Answers  []string // paths and globs of files that people answered in; relative ones start at the configuration file
	Single   bool     // signoff: single: one person may prepare and review

	ReportsTo string   // a local directory, or s3://bucket/prefix
	Formats   []string // csv, xlsx, json
	Secrets   []Secret // everything that no output may show

	stateAt Secret // "" = beside the reports
}

// State is the URL of what passes from one business date to the next. Without a key
// of its own it lies beside the reports, so that both are kept, moved and removed
// together.
func (c *Config) State() Secret {
	if c.stateAt.Known() {
		return c.stateAt
	}
	return NewSecret("sqlite://" + filepath.Join(c.ReportsTo, ".tieout", "state.db"))
}

// CheckState refuses reports in a bucket whose state has no place: no database lies there.
func (c *Config) CheckState() error {
	if strings.Contains(c.ReportsTo, "://") && !c.stateAt.Known() {
		return errors.New(stateless)
	}
	return nil
}

const stateless = "with reports in a bucket, state: in the configuration says where the state lies, sqlite:///path or a postgres:// URL"

// AddressList is a list of addresses, and files that hold more.
type AddressList struct {
	Literal []string
	Files   []string // paths and globs as written; relative ones start at the configuration file
}

// Source is one configured source of any section.
type Source struct {
	Name     string
	Book     reconcile.Book
	Provider string   // profile name
	Kind     string   // orders, refunds, webhooks; of transfers: csv, evm, tron or etherscan
	Files    []string // paths and globs as written; relative ones start at the configuration file
	Columns  map[string]string
	Only     map[string][]string
	Zone     *time.Location // nil = a time without a zone is refused
	Style    money.Style
	Comma    rune
	Sheet    string
	SQL      *SQL // nil = it reads files
	Covers   []reconcile.Interval
	Secrets  []WebhookSecret
	URL      string
	API      *API // of orders; nil = they are read from files

	Chain     string // CAIP-2
	Assets    []string
	Endpoints []Endpoint
	Addresses AddressList
	Verify    string
	Internal  bool // the native coin inside transactions too, by trace
}

// WebhookSecret is a secret with the time for which it holds; zero = always.
type WebhookSecret struct {
	Secret   Secret
	From, To reconcile.Instant
}

// Load reads and checks a configuration file and everything it names but its
// input files. Everything that is wrong comes back at once, each with file, line
// and column.
func Load(path string, builtin map[string][]byte) (*Config, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	root, err := parse(path, content)
	if err != nil {
		return nil, err
	}
	c := &Config{Path: path, Zone: time.UTC, Lookback: 96 * reconcile.Hour, Policy: reconcile.DefaultPolicy()}
	d := &decoder{file: path, dir: filepath.Dir(absolute), names: map[string]int{}, profile: map[string]string{}, files: [][]byte{content}}
	d.config(c, root, builtin)
	c.SHA256, c.Secrets = sum(d.files...), d.secrets
	return c, d.err()
}

func sum(content ...[]byte) string {
	h := sha256.New()
	for _, c := range content {
		h.Write(c)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// config decodes the file in the order in which its parts depend on one another:
// assets and profiles first, then what names them.
func (d *decoder) config(c *Config, root ast.Node, builtin map[string][]byte) {
	sections := map[string]ast.Node{}
	keep := func(name string) func(ast.Node) { return func(n ast.Node) { sections[name] = n } }
	d.mapping(root, fields{
		"version": func(n ast.Node) {
			if d.text(n) != "1" {
				d.fail(n, "version 1 is the only one")
			}
		},
		"merchant": func(n ast.Node) { c.Merchant = d.text(n) },
		"timezone": func(n ast.Node) { c.Zone = d.zone(n) },
		"currency": func(n ast.Node) { c.Policy.Currency = d.text(n) },
		"window": func(n ast.Node) {
			d.mapping(n, fields{"lookback": func(n ast.Node) {
				if c.Lookback = d.duration(n); c.Lookback == 0 && d.err() == nil {
					d.fail(n, "the lookback cannot be zero: a run judges that much time before the end of its business date")
				}
			}})
		},
		"assets": keep("assets"), "orders": keep("orders"), "webhooks": keep("webhooks"), "transfers": keep("transfers"),
		"policy": keep("policy"), "own_addresses": func(n ast.Node) { c.Own = d.addresses(n) },
		"reports": func(n ast.Node) { d.reports(c, n) },
		"state":   func(n ast.Node) { c.stateAt = d.stateURL(n) }, "schedule": func(n ast.Node) { c.Schedule = d.schedule(n) }, "notify": d.later("notification"),
		"answers": func(n ast.Node) { d.mapping(n, fields{"files": func(n ast.Node) { c.Answers = d.paths(n) }}) },
		"signoff": func(n ast.Node) { c.Single = d.oneOf(n, "dual", "single") == "single" }, "cache": d.later("the chunk cache"),
	})
	c.Policy.Zone = c.Zone.String()
	d.catalogue(c, sections["assets"])
	d.profiles(c, builtin)
	d.sections(c, sections)
	if n := sections["policy"]; n != nil {
		d.policy(c, n)
	}
	c.atPar()
	d.finish(c, root)
}

// finish says what is missing as a whole.
func (d *decoder) finish(c *Config, root ast.Node) {
	sound := d.err() == nil
	for _, key := range []struct {
		name  string
		empty bool
		why   string
	}{
		{"version", false, "version: 1 is missing"},
		{"merchant", c.Merchant == "", "merchant: is missing; it names whose payments these are"},
		{"orders", len(c.Orders) == 0, "orders: is missing; at least one order book is needed"},
		{"transfers", len(c.Transfers) == 0, "transfers: is missing; at least one transfer source is needed"},
		{"reports", c.ReportsTo == "", "reports: {to: ...} is missing; it says where the reports go"},
	} {
		if d.missing(root, key.name) || key.empty && sound {
			d.errors = append(d.errors, &Error{File: d.file, Reason: key.why})
		}
	}
	if err := c.CheckState(); err != nil && sound {
		d.errors = append(d.errors, &Error{File: d.file, Reason: "state: is missing; " + err.Error()})
	}
	if len(c.Formats) == 0 {
		c.Formats = []string{"csv", "xlsx", "json"}
	}
}

// catalogue reads the built-in asset table and what the configuration adds.
func (d *decoder) catalogue(c *Config, n ast.Node) {
	contents := [][]byte{configs.Assets}
	names := []string{"configs/assets.yaml (built in)"}
	if n != nil {
		d.mapping(n, fields{"files": func(n ast.Node) {
			for _, path := range d.paths(n) {
				if strings.Contains(path, "://") {
					d.fail(n, "an asset table is read from a local file")
					continue
				}
				content, err := os.ReadFile(d.path(path))
				if err != nil {
					d.fail(n, "the asset table cannot be read: %v", err)
					continue
				}
				contents, names = append(contents, content), append(names, path)
			}
		}})
	}
	catalogue, err := Catalogue(names, contents)
	if err != nil {
		d.errors = append(d.errors, err)
		return
	}
	c.Catalogue, c.AssetsSHA = catalogue, sum(contents...)
}
