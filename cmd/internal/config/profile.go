package config

import (
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"tieout/reconcile"
	"tieout/sources"
)

// Profile decodes a provider's profile; errors name file, line and column.
func Profile(file string, content []byte) (*reconcile.Profile, error) {
	p, _, err := profile(file, content)
	return p, err
}

// profile decodes a profile file: what the engine knows of the provider, and how its
// files are written. The format is nil where the file says nothing of it.
func profile(file string, content []byte) (*reconcile.Profile, *sources.Format, error) {
	root, err := parse(file, content)
	if err != nil {
		return nil, nil, err
	}
	d := &decoder{file: file}
	var p reconcile.Profile
	f := d.profileFields(&p)
	var format *sources.Format
	f["format"] = func(n ast.Node) { format = d.format(n) }
	d.mapping(root, f)
	if p.Name == "" {
		d.fail(root, "name: is missing")
	}
	return &p, format, d.err()
}

// profiles decodes the built-in profiles, in order of their names.
func (d *decoder) profiles(c *Config, builtin map[string][]byte) {
	c.Profiles, c.Layouts = map[string]*reconcile.Profile{}, map[string]*sources.Format{}
	names := make([]string, 0, len(builtin))
	for name := range builtin {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		p, format, err := profile("sources/"+name+"/profile.yaml (built in)", builtin[name])
		if err != nil {
			d.errors = append(d.errors, err)
			continue
		}
		c.Profiles[name], c.Layouts[name] = p, format
	}
	c.Policy.Profiles = c.Profiles
}

func (d *decoder) profileFields(p *reconcile.Profile) fields {
	return fields{
		"name": func(n ast.Node) { p.Name = d.text(n) },
		"statuses": func(n ast.Node) {
			if p.Statuses == nil {
				p.Statuses = map[string]map[string]reconcile.State{}
			}
			for _, schema := range d.entries(n) {
				d.statuses(p, schema)
			}
		},
		"networks": func(n ast.Node) {
			if p.Networks == nil {
				p.Networks = map[string]string{}
			}
			for _, e := range d.entries(n) {
				p.Networks[strings.ToUpper(e.Key.GetToken().Value)] = d.text(e.Value)
			}
		},
		"notifies":        func(n ast.Node) { p.Notifies = d.states(n) },
		"notifies_all":    func(n ast.Node) { p.NotifiesAll = d.states(n) },
		"notifies_late":   func(n ast.Node) { p.NotifiesLate = d.boolean(n) },
		"retry_window":    func(n ast.Node) { p.RetryWindow = d.duration(n) },
		"attempts":        func(n ast.Node) { p.Attempts = d.integer(n) },
		"accepts":         func(n ast.Node) { p.AcceptsAny2xx = d.oneOf(n, "200", "2xx") == "2xx" },
		"keeps_expired":   func(n ast.Node) { p.KeepsExpired = d.boolean(n) },
		"address_forever": func(n ast.Node) { p.AddressForever = d.boolean(n) },
		"default_expiry":  func(n ast.Node) { p.DefaultExpiry = d.duration(n) },
		"operator":        func(n ast.Node) { d.operator(p, n) },
		"support":         func(n ast.Node) { p.Support = d.text(n) },
		"receivers":       func(n ast.Node) { p.Receivers = d.texts(n) },
	}
}

func (d *decoder) statuses(p *reconcile.Profile, schema *ast.MappingValueNode) {
	name := schema.Key.GetToken().Value
	words := p.Statuses[name]
	if words == nil {
		words = map[string]reconcile.State{}
		p.Statuses[name] = words
	}
	for _, e := range d.entries(schema.Value) {
		words[strings.ToUpper(e.Key.GetToken().Value)] = d.state(e.Value)
	}
}

func (d *decoder) state(n ast.Node) reconcile.State {
	s, ok := reconcile.ParseState(d.text(n))
	if !ok || s == reconcile.StateUnknown {
		d.fail(n, "a state is created, pending, paid, expired, cancelled or failed")
	}
	return s
}

func (d *decoder) states(n ast.Node) []reconcile.State {
	var list []reconcile.State
	for _, item := range d.list(n) {
		list = append(list, d.state(item))
	}
	return list
}

func (d *decoder) operator(p *reconcile.Profile, n ast.Node) {
	d.mapping(n, fields{
		"who":           func(n ast.Node) { p.Operator = d.text(n) },
		"completes":     func(n ast.Node) { p.Completes = d.boolean(n) },
		"resends":       func(n ast.Node) { p.Resends = d.boolean(n) },
		"resend_limit":  func(n ast.Node) { p.ResendLimit = d.integer(n) },
		"resend_states": func(n ast.Node) { p.ResendStates = d.states(n) },
		"reason_stuck":  func(n ast.Node) { p.ReasonStuck = d.text(n) },
		"reason_unpaid": func(n ast.Node) { p.ReasonUnpaid = d.text(n) },
	})
}
