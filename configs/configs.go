// Package configs embeds what travels inside the binary: the table of chains and
// assets, and the sample configuration with its schema for editors.
package configs

import _ "embed"

// Assets is assets.yaml: chains with their aliases, finality and explorers, and
// the tokens that count as payments.
//
//go:embed assets.yaml
var Assets []byte

// Sample is tieout.yaml: a complete, commented configuration.
//
//go:embed tieout.yaml
var Sample []byte

// Schema is tieout.schema.json: the JSON Schema of a configuration.
//
//go:embed tieout.schema.json
var Schema []byte
