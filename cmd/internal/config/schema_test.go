package config

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tieout/configs"
)

// schema is the part of a JSON Schema that says which keys there are.
type schema struct {
	Ref        string            `json:"$ref"`
	Defs       map[string]schema `json:"$defs"`
	Properties map[string]schema `json:"properties"`
	Items      *schema           `json:"items"`
	OneOf      []schema          `json:"oneOf"`
	Additional json.RawMessage   `json:"additionalProperties"`
}

// TestSchemaAgrees compares the schema's keys with the decoder's in both
// directions: an unknown key in every mapping makes the decoder list what it knows.
func TestSchemaAgrees(t *testing.T) {
	var root schema
	if err := json.Unmarshal(configs.Schema, &root); err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{}
	root.mappings(root.Defs, nil, want)
	if len(want) < 20 {
		t.Fatalf("only %d mappings in the schema", len(want))
	}
	for path, keys := range want {
		if diff := cmp.Diff(keys, knownKeys(t, path)); diff != "" {
			t.Errorf("%s: schema (-) and decoder (+) differ:\n%s", path, diff)
		}
	}
}

// mappings collects the keys of every mapping with fixed keys, by its path. A
// mapping whose keys are the user's is entered through a key that exists.
func (s schema) mappings(defs map[string]schema, path []string, into map[string][]string) {
	if s.Ref != "" {
		s = defs[strings.TrimPrefix(s.Ref, "#/$defs/")]
	}
	for _, alternative := range s.OneOf {
		alternative.mappings(defs, path, into)
	}
	if s.Items != nil {
		s.Items.mappings(defs, append(slices.Clone(path), "[]"), into)
	}
	if len(s.Properties) > 0 {
		keys := make([]string, 0, len(s.Properties))
		for key, property := range s.Properties {
			keys = append(keys, key)
			property.mappings(defs, append(slices.Clone(path), key), into)
		}
		slices.Sort(keys)
		into[strings.Join(path, " ")] = keys
	}
	var values schema
	if json.Unmarshal(s.Additional, &values) == nil && len(path) > 0 {
		if own, ok := map[string]string{"assets": "usdt", "chains": "ethereum", "providers": "generic"}[path[len(path)-1]]; ok {
			values.mappings(defs, append(slices.Clone(path), own), into)
		}
	}
}

// knownKeys asks the decoder for the keys of a mapping.
func knownKeys(t *testing.T, path string) []string {
	t.Helper()
	const unknown = "0000000000000000"
	doc := fmt.Sprintf("{%q: x}", unknown)
	for _, key := range slices.Backward(strings.Fields(path)) {
		if key == "[]" {
			doc = "[" + doc + "]"
		} else {
			doc = fmt.Sprintf("{%q: %s}", key, doc)
		}
	}
	_, err := load(t, doc)
	for line := range strings.Lines(fmt.Sprint(err)) {
		if _, list, ok := strings.Cut(strings.TrimSpace(line), fmt.Sprintf("unknown key %q; there are ", unknown)); ok {
			return strings.Split(list, ", ")
		}
	}
	t.Errorf("%s: the decoder does not refuse an unknown key here: %v", path, err)
	return nil
}

// TestSampleShowsEveryKey: the sample is the reference of the keys, so none is
// missing in it.
func TestSampleShowsEveryKey(t *testing.T) {
	var root schema
	if err := json.Unmarshal(configs.Schema, &root); err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]schema{"the top level": root, "orders": root.Defs["order"], "webhooks": root.Defs["webhook"],
		"transfers": root.Defs["transfer"], "policy": root.Defs["policy"]} {
		for key := range s.Properties {
			if !strings.Contains(string(configs.Sample), key+":") && !later(s, key) {
				t.Errorf("the sample does not show the key %s of %s", key, name)
			}
		}
	}
}

func later(s schema, key string) bool { return s.Properties[key].Ref == "#/$defs/later" }
