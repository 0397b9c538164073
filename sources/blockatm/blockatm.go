// Package blockatm reads what BlockATM publishes: its order list and detail
// objects, its payment webhooks of both generations, and their signatures.
//
// BlockATM names no amount due: the amount of an order or a webhook is what was
// paid, or what the customer selected. The due comes from the merchant's book.
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

// generation tells which table a status belongs to. The integer 1 is success in
// V1 and "awaiting confirmation" in the V2 list, so it is never read without it.
// V1 rows carry platOrderNo, V2 rows id.
func generation(status string, v1 bool) string {
	switch {
	case !isInteger(status):
		return "v2"
	case v1:
		return "v1"
	}
	return "v2_list"
}

func isInteger(s string) bool {
	s = strings.TrimPrefix(s, "-")
	if s == "" {
		return false
	}
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// state reads a status. PENDING means "awaiting confirmation" once the order
// names a transaction, and an unpaid order before.
func state(profile *reconcile.Profile, status string, v1, claimed bool) reconcile.State {
	s := profile.State(generation(status, v1), status)
	if s == reconcile.StateCreated && claimed && strings.EqualFold(strings.TrimSpace(status), "PENDING") {
		return reconcile.StateDetected
	}
	return s
}
