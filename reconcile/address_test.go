package reconcile

import "testing"

func TestCanonicalAddress(t *testing.T) {
	const usdt = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
	for _, c := range []struct{ chain, text, want string }{
		{"eip155:1", "0xdAC17F958D2ee523a2206206994597C13D831ec7", "0xdac17f958d2ee523a2206206994597c13d831ec7"},
		{"", "0XDAC17F958D2EE523A2206206994597C13D831EC7", "0xdac17f958d2ee523a2206206994597c13d831ec7"},
		{"eip155:1", "dac17f958d2ee523a2206206994597c13d831ec7", "0xdac17f958d2ee523a2206206994597c13d831ec7"},
		{"tron:0x2b6653dc", usdt, usdt},
		{"tron:0x2b6653dc", "41a614f803b6fd780986a42c78ec9c7f77e6ded13c", usdt},
		{"tron:0x2b6653dc", "0xa614f803b6fd780986a42c78ec9c7f77e6ded13c", usdt},
		{"", "mkCVeT3J5oCj7L4opm2rzb2UvEcgkWGRC2", "mkCVeT3J5oCj7L4opm2rzb2UvEcgkWGRC2"},
		{"", "", ""},
	} {
		if got, err := CanonicalAddress(c.chain, c.text); err != nil || got != c.want {
			t.Errorf("%s %s = %s, %v; want %s", c.chain, c.text, got, err, c.want)
		}
	}
	if _, err := CanonicalAddress("", "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6u"); err == nil {
		t.Error("a mistyped TRON address must be refused")
	}
}

// A transaction id has one spelling, whatever a row writes.
func TestTXID(t *testing.T) {
	const digits = "7614A9840D9422FEAEF4671E0EE98DD7092EBCBA6E41076285F99D0B2B0DE5FE"
	const lower = "7614a9840d9422feaef4671e0ee98dd7092ebcba6e41076285f99d0b2b0de5fe"
	catalogue, err := NewCatalogue([]Chain{{ID: "eip155:1"}, {ID: "tron:0x2b6653dc"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	source := NewBuilder(catalogue, nil).Source(SourceInfo{Name: "x", Kind: SourceTransfers})
	in := source.in
	for _, c := range []struct{ chain, text, want string }{
		{"eip155:1", digits, "0x" + lower}, {"eip155:1", "0X" + digits, "0x" + lower},
		{"tron:0x2b6653dc", "0x" + lower, lower}, {"eip155:1", "1t", "1t"},
	} {
		if got := in.txid(in.chainOf(nil, c.chain), source.tx(c.text)); got != c.want {
			t.Errorf("%s on %s = %s, want %s", c.text, c.chain, got, c.want)
		}
	}
}
