// Package bvnk reads what BVNK publishes: payment objects of v0 and v1, payins of
// v3, their webhooks and signatures.
//
// An amount that is zero before confirmation is no payment of zero: it is left
// unknown. Whether a payment is short or over is recomputed by the core; BVNK's own
// word for it rests on a tolerance that is not published.
package bvnk

import (
	_ "embed"
	"strings"
)

// ProfileYAML is BVNK's profile.
//
//go:embed profile.yaml
var ProfileYAML []byte

// outgoing reports whether a payment leaves: refunds and payouts are not orders.
func outgoing(direction, subType string) bool {
	return strings.EqualFold(direction, "OUT") || strings.EqualFold(subType, "merchantRefund") || strings.EqualFold(subType, "merchantPayOut")
}
