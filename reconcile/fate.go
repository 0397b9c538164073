package reconcile

import "strings"

// Fate is what became of the notification that an order's status brings: one for
// each order. The names are a public contract: they are never renamed, only added to.
type Fate uint8

// The fates, by gravity: of an order with two notifications the graver one counts.
const (
	FateNone         Fate = iota // nothing to tell: no webhook log of its provider, not in a provider's book, or read as context
	FateNotExpected              // the status is none that has to be notified, and nothing came
	FateAccepted                 // a delivery was accepted
	FateApplying                 // accepted, and our book has the apply grace to follow
	FateSeen                     // a delivery came, our answer was not logged
	FateUndetermined             // the order itself is not judged, and nothing came
	FateNotCovered               // none was accepted, but the log is not complete for its time: nothing is claimed
	FateRetrying                 // none was accepted yet, and the provider still retries
	FateNotApplied               // accepted, and our book still says otherwise
	FateBadSignature             // the retries are over; only deliveries that do not verify came
	FateRefused                  // the retries are over; we never answered as the provider wants
	FateNeverArrived             // the retries are over; a complete log has none: never sent, or lost on the way
)

var fateNames = [...]string{"", "not_expected", "accepted", "applying", "seen", "undetermined", "not_covered", "retrying",
	"not_applied", "bad_signature", "refused", "never_arrived"}

func (f Fate) String() string { return fateNames[f] }

// fate is the fate that a missed webhook's cause comes to.
func (c Cause) fate() Fate {
	return [...]Fate{CauseNone: FateNone, CauseNeverArrived: FateNeverArrived, CauseRefused: FateRefused, CauseBadSignature: FateBadSignature}[c]
}

// Marks are what else happened to the deliveries of an order, a set.
type Marks uint8

// The marks, in the order of their names.
const (
	MarkBadSignature Marks = 1 << iota // one that names it does not verify
	MarkContradicts                    // one contradicts the order or the chain
	MarkDuplicated                     // what was accepted came again
	MarkOutOfOrder                     // an earlier event arrived later
	MarkRefused                        // we did not answer one as the provider wants
	MarkBackwards                      // a later event has a status that the order had left behind
)

var markNames = [...]string{"bad_signature", "contradicts", "duplicated", "out_of_order", "refused", "status_backwards"}

// Has reports whether the set holds all of some marks.
func (m Marks) Has(some Marks) bool { return m&some == some }

// String joins the names by |, as lists stand in cells; "" for none.
func (m Marks) String() string {
	if m == 0 {
		return ""
	}
	var names []string
	for i, name := range markNames {
		if m.Has(1 << i) {
			names = append(names, name)
		}
	}
	return strings.Join(names, "|")
}
