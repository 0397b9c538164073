// Package money holds exact amounts: whole base units of an asset, never a
// float and never an int64 (9.3 tokens of 18 decimals overflow one).
//
// A Quantity is what a file says ("12.50"). Binding it to an asset's decimals
// gives Units (12500000 of USDT). An Amount is Units with their asset.
package money

// Asset is a thing that is counted: a token by its contract, or a chain's
// native coin. ID is the CAIP-19 style id and alone decides equality of assets;
// Symbol is for people and may be shared by impostors.
type Asset struct {
	ID       string // eip155:1/erc20:0xdac1…, eip155:1/slip44:60, tron:0x2b6653dc/trc20:T…
	Symbol   string // USDT; empty when not known
	Decimals int    // digits after the point of one whole unit, 0 to MaxDecimals
}

// Amount is a signed number of base units of one asset.
type Amount struct {
	Asset Asset
	Units Units
}

// Decimal returns the exact decimal in units of the asset, without a symbol.
func (a Amount) Decimal() string { return a.Units.Decimal(a.Asset.Decimals) }

// String returns the exact decimal with the symbol: "12.5 USDT". Without a
// symbol it is the decimal alone.
func (a Amount) String() string {
	if a.Asset.Symbol == "" {
		return a.Decimal()
	}
	return a.Decimal() + " " + a.Asset.Symbol
}
