package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tieout/sources/sql"
)

// TestSQLSecrets: a database's URL is shown nowhere, nor its password in any spelling;
// the path of a file starts at the configuration.
func TestSQLSecrets(t *testing.T) {
	t.Setenv("SHOP_PASSWORD", "p%40ss%2Fword")
	for _, c := range []struct {
		dsn     string
		dialect sql.Dialect
		secrets []string
	}{
		{`dsn: "mysql://shop:${SHOP_PASSWORD}@db:3306/shop"`, sql.MySQL, []string{"mysql://shop:p%40ss%2Fword@db:3306/shop", "p@ss/word", "p%40ss%2Fword"}},
		{`dsn: "postgresql://db/shop?password=${SHOP_PASSWORD}"`, sql.Postgres, []string{"p@ss/word"}},
		{"dsn_file: dsn", sql.Postgres, []string{"hunter22"}},
		{"dsn: sqlite://shop.db", sql.SQLite, nil},
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "dsn"), []byte("postgres://me:hunter22@db/shop\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, "tieout.yaml")
		conf := strings.Replace(good, `files: ["shop-*.csv"]`, fmt.Sprintf("sql: {%s, query: select 1}", c.dsn), 1)
		if err := os.WriteFile(path, []byte(conf), 0o600); err != nil {
			t.Fatal(err)
		}
		loaded, err := Load(path, builtin)
		if err != nil {
			t.Errorf("%s: %v", c.dsn, err)
			continue
		}
		s := loaded.Orders[0].SQL
		if s.Dialect != c.dialect || c.dialect == sql.SQLite && s.DSN.Reveal() != "sqlite://"+filepath.Join(dir, "shop.db") {
			t.Errorf("%s: %s", c.dsn, s.Dialect)
		}
		for _, secret := range c.secrets {
			if shown := Mask("it says "+secret+" there", loaded.Secrets); strings.Contains(shown, secret) {
				t.Errorf("%s: %s", c.dsn, shown)
			}
		}
	}
}
