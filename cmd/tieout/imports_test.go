package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// rooms says what each package may import beside the standard library: packages
// of ours, and third-party modules by the beginning of their path. A package that
// is not here fails the test: place it first, with a reason.
var rooms = map[string]struct{ ours, third []string }{
	"reconcile/money":         {},
	"reconcile":               {ours: []string{"reconcile/money"}},
	"reconcile/reconciletest": {ours: []string{"reconcile", "reconcile/money"}, third: []string{"pgregory.net/rapid"}},

	"sources":            {ours: []string{"reconcile", "reconcile/money"}},
	"sources/tabular":    {third: []string{"github.com/xuri/excelize/v2", "github.com/gocarina/gocsv"}},
	"sources/sourcetest": {ours: []string{"sources", "sources/tabular", "reconcile"}},
	// Order files: what every provider's book shares, so that none imports another.
	"sources/book":               {ours: []string{"sources", "sources/tabular", "reconcile", "reconcile/money"}},
	"sources/blockatm":           {ours: provider},
	"sources/bvnk":               {ours: provider},
	"sources/generic":            {ours: provider},
	"sources/explorer":           {ours: provider, third: []string{"github.com/parquet-go/parquet-go", "github.com/klauspost/compress", "github.com/pierrec/lz4"}},
	"sources/webhook":            {ours: []string{"sources", "sources/tabular", "reconcile", "reconcile/money"}},
	"sources/evm":                {ours: []string{"sources", "reconcile", "reconcile/money", "sources/internal/transport", "sources/internal/jsonrpc"}, third: []string{"github.com/ethereum/go-ethereum", "github.com/holiman/uint256", "golang.org/x/time"}},
	"sources/evm/evmtest":        {third: []string{"github.com/ethereum/go-ethereum"}},
	"sources/tron":               {ours: []string{"sources", "reconcile", "reconcile/money", "sources/internal/transport", "sources/internal/jsonrpc"}, third: []string{"github.com/holiman/uint256"}},
	"sources/etherscan":          {ours: []string{"sources", "reconcile", "reconcile/money", "sources/internal/transport", "sources/internal/fetch"}, third: []string{"github.com/holiman/uint256"}},
	"sources/tron/trontest":      {ours: []string{"reconcile"}},
	"sources/sql":                {ours: []string{"sources", "reconcile", "reconcile/money"}}, // the driver is the caller's
	"sources/internal/transport": {third: []string{"golang.org/x/time"}},
	"sources/internal/fetch":     {ours: []string{"sources/internal/transport"}},
	"sources/internal/jsonrpc":   {ours: []string{"sources/internal/transport"}, third: []string{"github.com/ethereum/go-ethereum"}},

	"reports": {ours: []string{"reconcile", "reconcile/money"}, third: []string{"github.com/xuri/excelize/v2", "github.com/gocarina/gocsv"}},
	"configs": {},

	"cmd/internal/store": {ours: []string{"reconcile", "reconcile/money"},
		third: []string{"modernc.org/sqlite", "github.com/jackc/pgx/v5", "github.com/pressly/goose/v3", "github.com/gofrs/flock"}},
	"cmd/internal/store/storetest": {},

	"cmd/internal/files":        {third: []string{"golang.org/x/sys", "gocloud.dev", "github.com/aws/aws-sdk-go-v2", "github.com/aws/smithy-go"}},
	"cmd/internal/files/s3test": {third: []string{"github.com/johannesboyne/gofakes3"}},
	"cmd/internal/nearest":      {},
	"cmd/internal/cases":        {ours: []string{"reconcile", "reconcile/money", "reports", "cmd/internal/nearest"}, third: []string{"github.com/xuri/excelize/v2", "github.com/gocarina/gocsv"}},
	"cmd/internal/explain":      {ours: []string{"reconcile", "reconcile/money", "reports", "cmd/internal/nearest"}},
	"cmd/internal/schedule":     {third: []string{"github.com/robfig/cron/v3"}},
	"cmd/internal/config":       {ours: []string{"reconcile", "reconcile/money", "configs", "reports", "sources", "cmd/internal/nearest", "cmd/internal/schedule", "sources/sql"}, third: []string{"github.com/goccy/go-yaml"}},
	"cmd/internal/app":          {ours: []string{"reconcile", "reconcile/money", "sources", "reports"}},
	"cmd/internal/audit":        {ours: []string{"reconcile/money"}}, // trusts nothing but files
	"cmd/internal/demo":         {ours: []string{"reconcile", "reconcile/money"}},
	"cmd/internal/demo/gen":     {ours: []string{"cmd/internal/demo"}},
	"cmd/tieout": {ours: []string{"*"}, third: []string{"github.com/spf13/cobra", "golang.org/x/term",
		"github.com/jackc/pgx/v5", "github.com/go-sql-driver/mysql", "modernc.org/sqlite"}}, // drivers for sources/sql

	"cmd/internal/yardstick":         {},
	"cmd/internal/yardstick/measure": {ours: []string{"cmd/internal/yardstick"}},
}

// provider is what a package that knows one foreign shape may import: never
// another of its kind, so that each can be deleted.
var provider = []string{"sources", "sources/tabular", "sources/book", "reconcile", "reconcile/money", "sources/internal/transport", "sources/internal/fetch"}

// core lists what the core may not use of the standard library.
var core = []string{"os", "net", "database", "log", "context", "math/rand"}

// TestImports reads every file itself: a list made by another program would be
// served from the test cache after an import has changed.
func TestImports(t *testing.T) {
	root := os.DirFS("../..")
	err := fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && d.Name() != "."):
			return fs.SkipDir
		case !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		content, err := fs.ReadFile(root, path)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, content, parser.ImportsOnly)
		if err != nil {
			return err
		}
		pkg := filepath.ToSlash(filepath.Dir(path))
		room, placed := rooms[pkg]
		if !placed {
			t.Errorf("%s: the package %s has no place in the table of rooms", path, pkg)
			return nil
		}
		for _, spec := range file.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if reason := forbidden(pkg, name, room.ours, room.third); reason != "" {
				t.Errorf("%s imports %s: %s", path, name, reason)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func forbidden(pkg, name string, ours, third []string) string {
	under := func(list []string, name string) bool {
		return slices.ContainsFunc(list, func(p string) bool { return name == p || strings.HasPrefix(name, p+"/") })
	}
	switch rest, our := strings.CutPrefix(name, "tieout/"); {
	case our && !slices.Contains(ours, rest) && !slices.Contains(ours, "*"):
		return "its room may not"
	case our:
		return ""
	case strings.Contains(strings.Split(name, "/")[0], ".") && !under(third, name):
		return "this third-party module does not belong here"
	case (pkg == "reconcile" || pkg == "reconcile/money") && under(core, name):
		return "the core is a function of values"
	}
	return ""
}
