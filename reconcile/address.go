package reconcile

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"
)

// CanonicalAddress returns the one spelling under which an address is compared:
// EVM addresses in lower case with 0x, TRON addresses in base58 (41… and 0x…
// forms are converted when the chain is TRON). Text of no known form is
// returned as it stands. An address whose form is right but whose checksum is
// wrong is an error: it was typed or damaged, and money would be looked for in
// the wrong place. The result may be text itself.
func CanonicalAddress(chain, text string) (string, error) {
	tron := strings.HasPrefix(chain, "tron:")
	switch {
	case len(text) == 42 && (text[:2] == "0x" || text[:2] == "0X") && isHex(text[2:]):
		switch {
		case tron:
			return tronAddress(text[2:])
		case text[1] == 'x' && isLowerHex(text[2:]): // nearly every one: nothing to copy
			return text, nil
		}
		return "0x" + strings.ToLower(text[2:]), nil
	case len(text) == 40 && isHex(text):
		if tron {
			return tronAddress(text)
		}
		return "0x" + strings.ToLower(text), nil
	case len(text) == 42 && strings.HasPrefix(text, "41") && isHex(text):
		return tronAddress(text[2:])
	case len(text) == 34 && text[0] == 'T':
		if _, err := TronBytes(text); err != nil {
			return "", err
		}
		return text, nil
	}
	return text, nil
}

// hexDigit says of a byte whether it is no hexadecimal digit, and whether it is none
// in lower case; a table, because every address and transaction id passes here.
var hexDigit = func() (t [256]uint8) {
	for c := range t {
		t[c] = noHex | noLowerHex
	}
	for _, c := range []byte("0123456789abcdef") {
		t[c] = 0
	}
	for _, c := range []byte("ABCDEF") {
		t[c] = noLowerHex
	}
	return t
}()

const (
	noHex      = 1
	noLowerHex = 2
)

func isHex(s string) bool      { return hexFaults(s)&noHex == 0 }
func isLowerHex(s string) bool { return hexFaults(s) == 0 }

func hexFaults(s string) (faults uint8) {
	for i := range len(s) {
		faults |= hexDigit[s[i]]
	}
	return faults
}

const base58Digits = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

// TronBytes returns the 20 bytes of a base58 TRON address, after checking its
// length, its 0x41 prefix and its checksum.
func TronBytes(address string) ([20]byte, error) {
	n := new(big.Int)
	for _, c := range []byte(address) {
		d := strings.IndexByte(base58Digits, c)
		if d < 0 {
			return [20]byte{}, fmt.Errorf("address %q: %q is no base58 digit", address, c)
		}
		n.Mul(n, big.NewInt(58)).Add(n, big.NewInt(int64(d)))
	}
	raw := n.Bytes()
	if len(raw) != 25 || raw[0] != 0x41 {
		return [20]byte{}, fmt.Errorf("address %q is no TRON address", address)
	}
	sum := tronChecksum(raw[:21])
	if !bytes.Equal(sum[:4], raw[21:]) {
		return [20]byte{}, fmt.Errorf("address %q has a wrong checksum", address)
	}
	return [20]byte(raw[1:21]), nil
}

// TronAddress returns the base58 form of 20 address bytes.
func TronAddress(raw [20]byte) string {
	payload := append([]byte{0x41}, raw[:]...)
	sum := tronChecksum(payload)
	n := new(big.Int).SetBytes(append(payload, sum[:4]...))
	var out []byte
	for mod := new(big.Int); n.Sign() > 0; {
		n.DivMod(n, big.NewInt(58), mod)
		out = append(out, base58Digits[mod.Int64()])
	}
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return string(out)
}

func tronAddress(hexDigits string) (string, error) {
	var raw [20]byte
	if _, err := hex.Decode(raw[:], []byte(hexDigits)); err != nil {
		return "", err
	}
	return TronAddress(raw), nil
}

func tronChecksum(payload []byte) [32]byte {
	first := sha256.Sum256(payload)
	return sha256.Sum256(first[:])
}
