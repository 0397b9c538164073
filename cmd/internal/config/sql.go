package config

import (
	"net/url"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"tieout/reconcile"
	"tieout/sources/sql"
)

// SQL is a query to a database that holds an order book.
type SQL struct {
	DSN       Secret // a URL; the path of a SQLite file in it is absolute
	Dialect   sql.Dialect
	Statement *sql.Statement
	Query     string
	Timeout   time.Duration
}

// queryTimeout is how long a query may take where the configuration says nothing.
const queryTimeout = 15 * reconcile.Minute

// sql reads a source's database and query. The query is checked once it is known in
// whose dialect it is written.
func (d *decoder) sql(s *Source) func(ast.Node) {
	return func(n ast.Node) {
		s.SQL = &SQL{Timeout: time.Duration(queryTimeout)}
		var query ast.Node
		before := len(d.errors)
		d.mapping(n, fields{
			"dsn":      func(n ast.Node) { s.SQL.Dialect, s.SQL.DSN = d.dsn(n, d.raw(n), d.text(n)) },
			"dsn_file": func(n ast.Node) { s.SQL.Dialect, s.SQL.DSN = d.dsn(n, "${}", d.secretFile(n).Reveal()) },
			"query":    func(n ast.Node) { query, s.SQL.Query = n, d.text(n) },
			"timeout":  func(n ast.Node) { s.SQL.Timeout = time.Duration(d.duration(n)) },
		})
		if len(d.errors) > before {
			return
		}
		switch {
		case !s.SQL.DSN.Known():
			d.fail(n, "sql: needs dsn: (or dsn_file:), a URL such as \"${SHOP_DSN}\"")
		case s.SQL.Query == "":
			d.fail(n, "sql: needs query: one SELECT whose columns are named as in a file of orders")
		default:
			var err error
			if s.SQL.Statement, err = sql.Parse(s.SQL.Dialect, s.SQL.Query); err != nil {
				d.fail(query, "the query cannot be used: %v", err)
			}
		}
	}
}

// dsn reads the URL of a database. It is a secret as a whole, and its password by
// itself; a relative path of a SQLite file starts at the configuration file.
func (d *decoder) dsn(n ast.Node, raw, text string) (sql.Dialect, Secret) {
	scheme, rest, _ := strings.Cut(text, "://")
	if text == "" {
		return "", Secret{}
	}
	if scheme == "sqlite" && rest != "" {
		return sql.SQLite, NewSecret("sqlite://" + d.path(rest))
	}
	dialect := map[string]sql.Dialect{"postgres": sql.Postgres, "postgresql": sql.Postgres, "mysql": sql.MySQL, "mariadb": sql.MySQL}[scheme]
	u, err := url.Parse(text)
	switch {
	case dialect == "":
		d.fail(n, "postgres://, mysql:// or sqlite:// and what is behind it is expected here, as in mysql://user:password@host:3306/shop")
	case err != nil:
		d.fail(n, "the URL cannot be read; write what is special in a password as %%40 and the like")
	case literalCredentials(raw) || hasPassword(u) && !strings.Contains(raw, "${"):
		d.fail(n, "credentials are not written into the configuration: use ${NAME} for the URL or for the part that is secret")
		return "", Secret{}
	default:
		d.keepPasswords(u, text)
	}
	return dialect, d.keep(text)
}

func hasPassword(u *url.URL) bool { return u.Query().Has("password") || u.Query().Has("sslpassword") }

// keepPasswords keeps what is secret in a URL, as it is and as it is written there.
func (d *decoder) keepPasswords(u *url.URL, text string) {
	if password, ok := u.User.Password(); ok {
		d.keep(password)
	}
	_, userinfo, _ := strings.Cut(text, "://")
	if end := strings.LastIndexByte(userinfo, '@'); end >= 0 {
		if _, written, ok := strings.Cut(userinfo[:end], ":"); ok {
			d.keep(written)
		}
	}
	d.keep(u.Query().Get("password"))
	d.keep(u.Query().Get("sslpassword"))
}

// sqlSource checks that a source of a database has nothing that only files or an API
// have: a key without effect would be a mistake in silence.
func (d *decoder) sqlSource(n ast.Node) {
	d.refuse(n, "does not go with sql:", "files", "api", "delimiter", "sheet")
	if d.missing(n, "name") {
		d.fail(n, "a source of orders needs a name")
	}
}
