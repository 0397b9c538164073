// Package blockatm reads what BlockATM publishes: its order list and detail
// objects, its payment webhooks of both generations, and their signatures.
//
// BlockATM names no amount due: the amount of an order or a webhook is what was
// paid, or what the customer selected. The due comes from the merchant's book.
//
// V1 (until April 2025) and V2 differ in names and in the meaning of a status: the
// integer 1 is a success in V1 and awaits confirmation in V2. Which generation a
// row is of shows in the members that only one of them has.
package blockatm

import (
	_ "embed"
	"strings"

	"tieout/reconcile"
)

// ProfileYAML is BlockATM's profile.
//
//go:embed profile.yaml
var ProfileYAML []byte

// generation is the version of BlockATM's formats that a row is written in.
type generation uint8

const (
	unclear generation = iota // it has members of neither, or of both
	v1
	v2
)

// generationOf judges by the members that only one generation has: platOrderNo,
// type and merchantId in V1; id, orderType and cashierId in V2.
func generationOf(ofV1, ofV2 bool) generation {
	switch {
	case ofV1 && !ofV2:
		return v1
	case ofV2 && !ofV1:
		return v2
	}
	return unclear
}

// state reads a status. PENDING is an unpaid order until it names a transaction,
// and one that awaits confirmation from then on; the documentation uses the word
// for both. An integer whose meaning depends on a generation that does not show is
// unknown: 1 must never be taken for a success by guessing.
func state(profile *reconcile.Profile, status string, of generation, claimed bool) reconcile.State {
	if !isInteger(status) {
		s := profile.State("v2", status)
		if s == reconcile.StateCreated && claimed && strings.EqualFold(strings.TrimSpace(status), "PENDING") {
			return reconcile.StateDetected
		}
		return s
	}
	one, two := profile.State("v1", status), profile.State("v2_list", status)
	switch {
	case of == v1:
		return one
	case of == v2 || one == reconcile.StateUnknown || one == two:
		return two
	}
	return reconcile.StateUnknown
}

func isInteger(s string) bool {
	digits := strings.TrimPrefix(strings.TrimSpace(s), "-")
	return digits != "" && strings.Trim(digits, "0123456789") == ""
}

// isTXID reports whether a text can be a transaction id: 64 hex digits, on TRON
// without 0x. The samples' 1t and 0x.... cannot.
func isTXID(text string) bool {
	digits := strings.TrimPrefix(strings.TrimPrefix(text, "0x"), "0X")
	return len(digits) == 64 && isHex(digits)
}

func isHex(s string) bool { return strings.Trim(s, "0123456789abcdefABCDEF") == "" }
