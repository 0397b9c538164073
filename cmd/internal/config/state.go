package config

import (
	"net/url"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// stateURL reads sqlite:///path or a postgres:// URL. A relative path starts at the
// configuration file, as everywhere; credentials come from the environment.
func (d *decoder) stateURL(n ast.Node) Secret {
	raw, before := d.raw(n), len(d.errors)
	text := d.text(n)
	if len(d.errors) > before {
		return Secret{}
	}
	scheme, rest, _ := strings.Cut(text, "://")
	switch {
	case scheme == "sqlite" && rest != "":
		return NewSecret("sqlite://" + d.path(rest))
	case scheme != "postgres" && scheme != "postgresql":
		d.fail(n, "sqlite:///path or a postgres:// URL is expected here")
		return Secret{}
	}
	u, err := url.Parse(text)
	if err != nil {
		d.fail(n, "the URL cannot be read; write what is special in a password as %%40 and the like")
		return d.keep(text)
	}
	if literalCredentials(raw) || u.Query().Has("password") && !strings.Contains(raw, "${") {
		d.fail(n, "credentials are not written into the configuration: use ${NAME} for the URL or for the part that is secret")
		return Secret{}
	}
	if password, ok := u.User.Password(); ok {
		d.keep(password)
	}
	d.keep(u.Query().Get("password"))
	return d.keep(text)
}
