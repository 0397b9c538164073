package reconciletest_test

import (
	"flag"
	"os"
	"strconv"
	"strings"
	"testing"

	"tieout/reconcile"
	rt "tieout/reconcile/reconciletest"
)

// The seeds of the published table.
var publishedSeeds = []uint64{2026, 2027, 2028, 2029, 2030}

// TestAccuracy scores the engine on generated worlds whose verdicts are known,
// and prints the table (go test -run Accuracy -v). ORDERS sets the size of a
// world, SEED the first of five other seeds.
// DEEP=1 adds the situations beyond the main kinds.
func TestAccuracy(t *testing.T) {
	scoreWorlds(t, rt.Plays(envInt(t, "DEEP", 0) != 0))
}

// TestPublishedTable: the table in the README is what the engine scores on the
// published seeds, all situations taking part.
func TestPublishedTable(t *testing.T) {
	const readme = "../../README.md"
	score := rt.NewScore()
	for _, seed := range publishedSeeds {
		c := rt.Generate(rt.Plan{Seed: seed, Orders: 2000, Plays: rt.Plays(true)})
		r, err := c.Run()
		if err != nil {
			t.Fatal(err)
		}
		score.Add(c, r)
	}
	var table strings.Builder
	if err := score.WriteMarkdown(&table); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, _ := strings.Cut(string(content), "<!-- accuracy -->\n")
	published, tail, ok := strings.Cut(rest, "<!-- /accuracy -->\n")
	if !ok {
		t.Fatal("the README has no accuracy table between its marks")
	}
	if *update {
		published = table.String()
		if err := os.WriteFile(readme, []byte(head+"<!-- accuracy -->\n"+published+"<!-- /accuracy -->\n"+tail), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if published != table.String() {
		t.Errorf("the README's table is not what the engine scores; run the test with -update\n%s", &table)
	}
}

var update = flag.Bool("update", false, "rewrite the published table")

func scoreWorlds(t *testing.T, plays []string) {
	seeds := publishedSeeds
	if first := envInt(t, "SEED", 0); first != 0 {
		seeds = nil
		for i := range 5 {
			seeds = append(seeds, uint64(first+i))
		}
	}
	score := rt.NewScore()
	for _, seed := range seeds {
		c := rt.Generate(rt.Plan{Seed: seed, Orders: envInt(t, "ORDERS", 2000), Plays: plays})
		r, err := c.Run()
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if err := rt.Check(r); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
		score.Add(c, r)
	}
	for i, f := range score.Failures {
		if i == 20 {
			t.Errorf("and %d more", len(score.Failures)-i)
			break
		}
		t.Error(f)
	}
	if testing.Verbose() {
		if err := score.WriteMarkdown(os.Stdout); err != nil {
			t.Error(err)
		}
	}
}

// A score that cannot fall proves nothing: it must notice each order whose truth
// is another.
func TestScoreCanFall(t *testing.T) {
	c := rt.Generate(rt.Plan{Seed: 7, Orders: 300})
	r, err := c.Run()
	if err != nil {
		t.Fatal(err)
	}
	full := rt.NewScore()
	full.Add(c, r)
	for key, truth := range c.Orders {
		wrong := rt.Truth{Outcome: reconcile.OutcomeAgreed}
		if len(truth.Kinds) == 0 {
			wrong = rt.Truth{Outcome: reconcile.OutcomeBreak, Kinds: []reconcile.Kind{reconcile.LostOrder}}
		}
		c.Orders[key] = wrong
		s := rt.NewScore()
		s.Add(c, r)
		if s.Exact >= full.Exact || len(s.Failures) <= len(full.Failures) {
			t.Errorf("the score does not notice that %s (%s) is %v", key, truth.Play, wrong.Outcome)
		}
		c.Orders[key] = truth
	}
}

// envInt reads a number from the environment, def where it is not set.
func envInt(t *testing.T, name string, def int) int {
	text := os.Getenv(name)
	if text == "" {
		return def
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s=%s is no number", name, text)
	}
	return n
}
