// Package configs embeds what travels inside the binary: the table of chains and
// assets. The sample configurations beside it are read by people and tests.
package configs

import _ "embed"

// Assets is assets.yaml: chains with their aliases, finality and explorers, and
// the tokens that count as payments.
//
//go:embed assets.yaml
var Assets []byte
