package config

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"tieout/reconcile"
	"tieout/reconcile/money"
)

// policy reads the policy section. The profile is the default of a provider's
// values: a general key counts only where it is set, and what is said of one
// asset, chain or provider counts more, wherever it stands in the file.
func (d *decoder) policy(c *Config, n ast.Node) {
	p := &c.Policy
	special := map[string]ast.Node{}
	keep := func(name string) func(ast.Node) { return func(n ast.Node) { special[name] = n } }
	d.mapping(n, fields{
		"tolerance": func(n ast.Node) { p.Tolerance = d.tolerance(n) },
		"payment_window": func(n ast.Node) {
			d.mapping(n, fields{
				"before_created": func(n ast.Node) { p.BeforeCreated = d.duration(n) },
				"after_expiry":   func(n ast.Node) { p.AfterExpiry = d.duration(n) },
			})
		},
		"default_expiry": func(n ast.Node) {
			p.DefaultExpiry = d.duration(n)
			for _, profile := range c.Profiles {
				profile.DefaultExpiry = p.DefaultExpiry
			}
		},
		"exception_window": func(n ast.Node) {
			d.mapping(n, fields{
				"length": func(n ast.Node) { p.ExceptionLength = d.duration(n) },
				"from": func(n ast.Node) {
					p.ExceptionFrom = map[string]reconcile.Anchor{"created": reconcile.AnchorCreated, "expired": reconcile.AnchorExpired,
						"paid": reconcile.AnchorPaid}[d.oneOf(n, "created", "expired", "paid")]
				},
			})
		},
		"resend_limit":       func(n ast.Node) { p.ResendLimit = d.integer(n) },
		"confirmation_grace": func(n ast.Node) { p.ConfirmationGrace = d.duration(n) },
		"apply_grace":        func(n ast.Node) { p.ApplyGrace = d.duration(n) },
		"stale_after":        func(n ast.Node) { p.StaleAfter = d.duration(n) },
		"webhook_patience":   func(n ast.Node) { p.WebhookPatience = d.duration(n) },
		"webhooks":           func(n ast.Node) { p.AllFinalWebhooks = d.oneOf(n, "default", "all_final") == "all_final" },
		"dust":               func(n ast.Node) { p.Dust = d.quantity(n) },
		"finality":           func(n ast.Node) { d.finality(c, n, "") },
		"rates":              func(n ast.Node) { d.rates(c, n) },
		"materiality":        func(n ast.Node) { p.Materiality = d.inCurrency(c, n) },
		"credit_limit":       func(n ast.Node) { p.CreditLimit = d.inCurrency(c, n) },
		"settlement": func(n ast.Node) {
			p.Settlement = map[string]reconcile.Settlement{"balance": reconcile.SettleBalance, "goods": reconcile.SettleGoods}[d.oneOf(n, "balance", "goods")]
		},
		"late": func(n ast.Node) {
			p.Late = map[string]reconcile.LatePolicy{"credit": reconcile.LateCredit, "refund": reconcile.LateRefund, "ask": reconcile.LateAsk}[d.oneOf(n, "credit", "refund", "ask")]
		},
		"assets": keep("assets"), "chains": keep("chains"), "providers": keep("providers"),
	})
	for _, s := range []struct {
		name string
		read func(*Config, ast.Node)
	}{{"assets", d.assetPolicies}, {"chains", d.chainPolicies}, {"providers", d.providerPolicies}} {
		if n := special[s.name]; n != nil {
			s.read(c, n)
		}
	}
}

func (d *decoder) tolerance(n ast.Node) reconcile.Tolerance {
	var t reconcile.Tolerance
	d.mapping(n, fields{
		"absolute": func(n ast.Node) { t.Absolute = d.quantity(n) },
		"percent":  func(n ast.Node) { t.PercentMicros = d.percent(n) },
	})
	return t
}

// percent reads a percentage with up to six decimals.
func (d *decoder) percent(n ast.Node) uint64 {
	q := d.quantity(n)
	if !q.Known() {
		return 0 // already refused
	}
	micros, err := q.Bind(6)
	v, ok := micros.Uint64()
	if err != nil || !ok || v > 100_000_000 {
		d.fail(n, "a percentage between 0 and 100 with at most 6 decimals is expected")
	}
	return v
}

// rates reads {USD: {USDT: "1"}} of the reference currency.
func (d *decoder) rates(c *Config, n ast.Node) {
	for _, e := range d.entries(n) {
		currency := e.Key.GetToken().Value
		if currency != c.Policy.Currency {
			d.fail(e.Key, "rates are in %s, the reference currency is %s", currency, c.Policy.Currency)
		}
		for _, r := range d.entries(e.Value) {
			c.Policy.Rates[strings.ToUpper(r.Key.GetToken().Value)] = d.quantity(r.Value)
		}
	}
}

// pegged are the coins that are worth one unit of a currency where no rate is given.
// Without a value nothing is dust, and nothing is urgent for its amount.
var pegged = map[string][]string{"USD": {"USDT", "USDT0", "USDC", "USDC.E", "USDBC", "DAI"}}

// atPar gives the reference rates that the configuration leaves out.
func (c *Config) atPar() {
	for _, symbol := range pegged[c.Policy.Currency] {
		if _, given := c.Policy.Rates[symbol]; !given {
			c.Policy.Rates[symbol] = money.NewQuantity(money.FromUint64(1), 0)
		}
	}
}

// inCurrency reads {USD: "100"}.
func (d *decoder) inCurrency(c *Config, n ast.Node) money.Quantity {
	var q money.Quantity
	for _, e := range d.entries(n) {
		if e.Key.GetToken().Value != c.Policy.Currency {
			d.fail(e.Key, "the reference currency is %s", c.Policy.Currency)
		}
		q = d.quantity(e.Value)
	}
	return q
}

// assetIDs resolves an asset of the policy: a CAIP-19 id, or a key or symbol,
// which then stands for that asset on every chain.
func (d *decoder) assetIDs(c *Config, n ast.Node) []string {
	name := n.GetToken().Value
	if a, ok := c.Catalogue.Asset(name); ok {
		return []string{a.Asset.ID}
	}
	var ids []string
	for _, a := range c.Catalogue.Assets {
		if strings.EqualFold(a.Key, name) || strings.EqualFold(a.Asset.Symbol, name) {
			ids = append(ids, a.Asset.ID)
		}
	}
	if len(ids) == 0 {
		d.fail(n, "the asset %q is not in the asset table", name)
	}
	return ids
}

func (d *decoder) assetPolicies(c *Config, n ast.Node) {
	p := &c.Policy
	p.AssetTolerance, p.AssetDust = map[string]reconcile.Tolerance{}, map[string]money.Quantity{}
	if c.Catalogue == nil {
		return
	}
	for _, e := range d.entries(n) {
		ids := d.assetIDs(c, e.Key)
		d.mapping(e.Value, fields{
			"tolerance": func(n ast.Node) {
				t := d.tolerance(n)
				for _, id := range ids {
					p.AssetTolerance[id] = t
				}
			},
			"dust": func(n ast.Node) {
				q := d.quantity(n)
				for _, id := range ids {
					p.AssetDust[id] = q
				}
			},
		})
	}
}

func (d *decoder) chainPolicies(c *Config, n ast.Node) {
	if c.Catalogue == nil {
		return
	}
	for _, e := range d.entries(n) {
		name := e.Key.GetToken().Value
		ch, ok := c.Catalogue.Chain(name)
		if !ok {
			d.fail(e.Key, "%s", noChain(c, name))
			continue
		}
		d.mapping(e.Value, fields{"finality": func(n ast.Node) { d.finality(c, n, ch.ID) }})
	}
}

// finality is "finalized" or a number of confirmations; chain "" = every chain.
func (d *decoder) finality(c *Config, n ast.Node, chain string) {
	value, ok := d.finalityOf(n)
	if !ok || c.Catalogue == nil {
		return
	}
	for i := range c.Catalogue.Chains {
		if chain == "" || c.Catalogue.Chains[i].ID == chain {
			c.Catalogue.Chains[i].Finality = value
		}
	}
}

// finalityOf reads the word or the number, wherever one stands.
func (d *decoder) finalityOf(n ast.Node) (value string, ok bool) {
	value = d.text(n)
	if _, err := strconv.ParseUint(value, 10, 32); err != nil && value != "finalized" {
		d.fail(n, "finalized, or a number of confirmations, is expected")
		return "", false
	}
	return value, true
}

// providerPolicies overrides values of a provider's profile.
func (d *decoder) providerPolicies(c *Config, n ast.Node) {
	for _, e := range d.entries(n) {
		name := e.Key.GetToken().Value
		profile := c.Profiles[name]
		if profile == nil {
			d.fail(e.Key, "no provider is called %q%s", name, suggest(name, slices.Collect(maps.Keys(c.Profiles))))
			continue
		}
		f := d.profileFields(profile)
		delete(f, "name")
		d.mapping(e.Value, f)
	}
}
