package generic

import _ "embed"

// The profiles of providers that are read by their profile file alone. What is not
// published about a provider, or known from others than itself, says so in its file.
//
//go:embed btcpay.yaml
var BTCPayYAML []byte

// CoinbaseYAML is Coinbase Commerce.
//
//go:embed coinbase.yaml
var CoinbaseYAML []byte

// NOWPaymentsYAML is NOWPayments.
//
//go:embed nowpayments.yaml
var NOWPaymentsYAML []byte
