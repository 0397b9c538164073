package sql

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		dialect     Dialect
		query, text string
		args        []string
	}{
		{Postgres, "select 1", "select 1", nil},
		{Postgres, " SELECT a::text FROM o WHERE t >= $1 AND t < $2;\n", "SELECT a::text FROM o WHERE t >= $1 AND t < $2", []string{"from", "to"}},
		{Postgres, "select :to, :from, :to", "select $1, $2, $1", []string{"to", "from"}},
		{Postgres, "select '$1', \"$2\", $tag$ $1 :from ' $tag$, E'\\':from', doc ? 'a', a[1:from_] -- :from\n/* :to /* ' */ */", "select '$1', \"$2\", $tag$ $1 :from ' $tag$, E'\\':from', doc ? 'a', a[1:from_] -- :from\n/* :to /* ' */ */", nil},
		{Postgres, "select 'it''s :from', name'x' , t::from", "select 'it''s :from', name'x' , t::from", nil},
		{MySQL, "select ?, ?", "select ?, ?", []string{"from", "to"}},
		{MySQL, "select * from o where t >= ?", "select * from o where t >= ?", []string{"from"}},
		{MySQL, "select :to_unix, $1, :to_unix", "select ?, ?, ?", []string{"to_unix", "from", "to_unix"}},
		{MySQL, "select 'a\\':from', `:to`, 5--3, @x := 1 # :from", "select 'a\\':from', `:to`, 5--3, @x := 1 # :from", nil},
		{SQLite, "with a as (select ?2, ?1) select [:from] from a", "with a as (select ?, ?) select [:from] from a", []string{"to", "from"}},
		{SQLite, "select :from_ms, :to_ms, :fromage, ':to'", "select ?, ?, :fromage, ':to'", []string{"from_ms", "to_ms"}},
		{SQLite, "select x into_ from o", "select x into_ from o", nil},
	} {
		s, err := Parse(c.dialect, c.query)
		if err != nil {
			t.Errorf("%s: %v", c.query, err)
			continue
		}
		if diff := cmp.Diff(c.text, s.text) + cmp.Diff(c.args, s.args); diff != "" || s.Windowed() != (c.args != nil) {
			t.Errorf("%s: %s", c.query, diff)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct {
		dialect        Dialect
		query, problem string
	}{
		{Postgres, "", "no SELECT"},
		{Postgres, "-- nothing", "no SELECT"},
		{Postgres, "delete from orders", "no SELECT"},
		{Postgres, "copy orders to program 'mail'", "no SELECT"},
		{Postgres, "select 1; select 2", "more than one statement"},
		{Postgres, "select 1 /* ; */ ; drop table orders", "more than one statement"},
		{Postgres, "select * into copied from orders", "INTO"},
		{MySQL, "select * from orders into outfile '/tmp/x'", "INTO"},
		{MySQL, "select 1 /*! into outfile '/tmp/x' */", "carries out"},
		{MySQL, "select 1 /*M! into outfile '/tmp/x' */", "carries out"},
		{MySQL, "select '\\' into outfile ' as a", ""},
		{Postgres, "select * from orders for update", "locks"},
		{Postgres, "select * from orders for no key update", "locks"},
		{MySQL, "select * from orders lock in share mode", "locks"},
		{Postgres, "select $3", "$1 and $2"},
		{MySQL, "select ?, ?, ?", "3 question marks"},
		{Postgres, "select 'open", "never closed"},
		{Postgres, "select $q$ open", "never closed"},
		{Postgres, "select /* /* */", "never closed"},
		{SQLite, "select [open", "never closed"},
	} {
		_, err := Parse(c.dialect, c.query)
		switch {
		case c.problem == "" && err != nil:
			t.Errorf("%s: %v", c.query, err)
		case c.problem != "" && (err == nil || !strings.Contains(err.Error(), c.problem)):
			t.Errorf("%s: %v", c.query, err)
		}
	}
}

// FuzzParse: whatever the query, there is a value for each placeholder, and what was
// accepted begins as a query does.
func FuzzParse(f *testing.F) {
	for _, q := range []string{"select :from, :to", "select '$1' || $2", "select $t$ $1 $t$", "with a as (select ?) select * from a;", "select /* a /* b */ */ 1 -- x", "select e'\\'' , [a], `b`"} {
		f.Add(q)
	}
	f.Fuzz(func(t *testing.T, query string) {
		for _, d := range []Dialect{Postgres, MySQL, SQLite} {
			s, err := Parse(d, query)
			if err != nil {
				continue
			}
			again, err := Parse(d, s.text)
			switch {
			case len(endsOf(march(1, 1), nil).args(s)) != len(s.args):
				t.Errorf("%s: %q: %d values for %v", d, query, len(endsOf(march(1, 1), nil).args(s)), s.args)
			case err != nil && len(s.args) <= 2:
				t.Errorf("%s: %q became %q, which is refused: %v", d, query, s.text, err)
			case err == nil && len(again.args) != len(s.args):
				t.Errorf("%s: %q became %q, with other placeholders: %v, %v", d, query, s.text, s.args, again.args)
			}
		}
	})
}
