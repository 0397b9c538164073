// Package bvnk reads what BVNK publishes: payment objects of v0 and v1, payins of
// v3, channel payments, their webhooks and signatures.
//
// BVNK writes zero where it knows nothing yet: a requested amount before the payer
// has picked a coin, a received one before confirmation. Such a zero is left
// unknown, for a payment of nothing is another thing. Whether a payment is short,
// over or late is recomputed by the core: BVNK's own words (UNDERPAID, the labels
// UNDER, OVER and LATE) rest on a tolerance that is not published.
//
// A channel is one address for all payments of a customer, without a due amount;
// its payments are found by their transaction.
package bvnk

import (
	_ "embed"
	"strings"
)

// ProfileYAML is BVNK's profile.
//
//go:embed profile.yaml
var ProfileYAML []byte

// outgoing reports whether a payment leaves: refunds and payouts are no orders.
// kind is IN or OUT in v0 and v1, and payment:payin or payment:payout in v3, which
// has the direction apart.
func outgoing(kind, direction, subType string) bool {
	return strings.EqualFold(kind, "OUT") || strings.EqualFold(kind, "payment:payout") || strings.EqualFold(direction, "OUT") ||
		strings.EqualFold(subType, "merchantRefund") || strings.EqualFold(subType, "merchantPayOut")
}

// taggedAddress is where money goes on a ledger that tells its receivers apart by
// a tag (XRP): the address alone is everybody's.
func taggedAddress(address, tag string) string {
	if address == "" || tag == "" {
		return address
	}
	return address + ":" + tag
}
