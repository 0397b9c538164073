package reconcile

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// calls are the deliveries of one order, counted for its story. Every delivery of
// a source whose signatures fail as a whole counts as faulty and nothing else.
type calls struct {
	came, refused, seen    int // of the status that the order has, by what we answered
	forged, faulty         int // of any status
	again                  int // accepted once more, of any status
	accepted               int32
	firstCame, lastRefused int32 // -1 without
	answers                []string
	marks                  Marks
}

// attempts counts the deliveries of one order by what they tell: a status, or a
// status that the late event of a payment carries.
type attempts [2][StateFailed + 1]int32

// number says of a delivery which attempt of its kind it is, by receipt. A forged one
// is no attempt of the provider's.
func (a *attempts) number(p *payment, d *delivered, row deliveryRow) {
	if row.signature == SignatureInvalid {
		return
	}
	n := &a[btoi(row.late)][row.state]
	*n++
	d.attempt = *n
	d.first = *n == 1 && p.paid && p.prov >= 0 && row.state == StatePaid && !row.late
}

// isNewsOf reports whether a delivery says what the order's notification has to say.
func (e *engine) isNewsOf(p *payment, d deliveryRow) bool {
	return d.state == p.state || d.late && e.notifiesLate(p)
}

func (e *engine) notifiesLate(p *payment) bool {
	return p.profile.NotifiesLate && !p.paid && p.verdict.kinds.has(LatePayment)
}

// callsOf counts the deliveries of an order.
func (e *engine) callsOf(i int32) calls {
	c := calls{accepted: -1, firstCame: -1, lastRefused: -1}
	p := &e.pays[i]
	for at := e.firstDelivery[i]; at >= 0; at = e.delivs[at].next {
		d := &e.delivs[at]
		row := e.in.delivery(d.row)
		switch {
		case d.reason == SourceFault:
			c.faulty++
			continue
		case row.signature == SignatureInvalid:
			c.forged++
			c.marks |= MarkBadSignature
			continue
		}
		c.mark(d)
		refused := row.response != 0 && !e.accepts(p.profile, row.response)
		if refused {
			c.marks |= MarkRefused
		}
		if e.isNewsOf(p, row) {
			c.add(at, row, refused)
		}
	}
	return c
}

// mark takes over what the verdict on a delivery says.
func (c *calls) mark(d *delivered) {
	switch d.reason {
	case Duplicate:
		c.again++
		c.marks |= MarkDuplicated
	case OutOfOrder:
		c.marks |= MarkOutOfOrder
	case Backwards:
		c.marks |= MarkBackwards
	}
	if d.kinds.has(WebhookConflict) {
		c.marks |= MarkContradicts
	}
}

func (c *calls) add(at int32, row deliveryRow, refused bool) {
	c.came++
	if c.firstCame < 0 {
		c.firstCame = at
	}
	switch {
	case refused:
		c.refused++
		c.lastRefused = at
		if answer := strconv.Itoa(int(row.response)); !slices.Contains(c.answers, answer) {
			c.answers = append(c.answers, answer)
		}
	case row.response == 0:
		c.seen++
	case c.accepted < 0:
		c.accepted = at
	}
}

// storyOf returns what became of an order's notification, what else happened to its
// deliveries, and the story in a sentence; all empty where there is nothing to tell.
func (e *engine) storyOf(i int32) (Fate, Marks, string) {
	p := &e.pays[i]
	if p.prov < 0 || p.verdict.outcome == OutcomeContext {
		return FateNone, 0, ""
	}
	if exists, _ := e.logged(e.providerOf(p), Interval{}); !exists {
		return FateNone, 0, ""
	}
	c := e.callsOf(i)
	fate := p.verdict.fate
	if fate == FateNone {
		fate = e.unjudgedFate(i, &c)
	}
	if c.isPlain(fate) {
		return fate, c.marks, plainStory[fate]
	}
	return fate, c.marks, sentence(e.mainStory(p, fate, &c) + c.moreStory())
}

// unjudgedFate is what the log shows of an order whose notification nobody judges.
// Only what came is said of it.
func (e *engine) unjudgedFate(i int32, c *calls) Fate {
	p := &e.pays[i]
	event, retried := e.noticeTime(p)
	switch {
	case p.state == StateUnknown || p.trouble == RejectedRow:
		return FateUndetermined
	case c.accepted >= 0:
		return FateAccepted
	case c.seen > 0:
		return FateSeen
	case e.notifies(p) && e.isNews(p):
		return FateUndetermined
	case c.refused == 0:
		return FateNotExpected
	case e.window.To < retried:
		return FateRetrying
	}
	if _, complete := e.logged(e.providerOf(p), Interval{event, retried}); !complete {
		return FateNotCovered
	}
	return FateRefused
}

// noticeTime is when what the notification tells came about, and when the provider
// tries to tell it for the last time.
func (e *engine) noticeTime(p *payment) (event, retried Instant) {
	event = e.eventTime(p)
	if e.notifiesLate(p) {
		event = e.lateTime(p)
	}
	return event, event + p.profile.RetryWindow
}

// isPlain reports whether the code says it all, so that no sentence has to be made.
func (c *calls) isPlain(f Fate) bool {
	return c.marks == 0 && c.faulty == 0 && c.again == 0 &&
		(f == FateAccepted && c.came == 1 || f == FateNotExpected || f == FateUndetermined)
}

// plainStory are the stories in which nothing happened.
var plainStory = [...]string{
	FateAccepted:     "Accepted at the first attempt.",
	FateNotExpected:  "Its status need not be notified, and no delivery of it was logged.",
	FateUndetermined: "What should have been notified cannot be said: the order itself is not judged.",
}

// mainStory says what became of the notification.
func (e *engine) mainStory(p *payment, f Fate, c *calls) string {
	event, retried := e.noticeTime(p)
	switch f {
	case FateAccepted:
		return e.acceptance(c)
	case FateApplying:
		return e.acceptance(c) + fmt.Sprintf("; our book says %s and has until %s to follow", e.merchantState(p), e.receivedAt(c.accepted)+e.policy.ApplyGrace)
	case FateNotApplied:
		return e.acceptance(c) + fmt.Sprintf("; our book still says %s", e.merchantState(p))
	case FateSeen:
		return fmt.Sprintf("delivered at %s; our answer was not logged, so whether it was accepted is not claimed", e.receivedAt(c.firstCame))
	case FateRetrying:
		return fmt.Sprintf("not accepted yet: %s; the provider retries until %s", e.whatCame(p, c), retried)
	case FateRefused:
		return fmt.Sprintf("never accepted: %s; the retries ended at %s", e.whatCame(p, c), max(retried, e.receivedAt(c.lastRefused)))
	case FateBadSignature:
		return fmt.Sprintf("no delivery came that verifies; the retries ended at %s", retried)
	case FateNeverArrived:
		return fmt.Sprintf("nothing arrived from %s to %s, when the retries ended: it was never sent, or lost on the way", event, retried)
	case FateNotCovered:
		return fmt.Sprintf("none is known to be accepted: %s; the log is not complete from %s to %s, so nothing is claimed", e.whatCame(p, c), event, min(retried, e.window.To))
	}
	return strings.TrimSuffix(plainStory[f], ".")
}

// acceptance says when a notification was accepted, and after what.
func (e *engine) acceptance(c *calls) string {
	if c.accepted < 0 {
		return "accepted"
	}
	text := fmt.Sprintf("accepted at %s", e.receivedAt(c.accepted))
	before := 0
	for at := c.firstCame; at >= 0 && at != c.accepted; at = e.delivs[at].next {
		before += btoi(e.delivs[at].reason == Refused)
	}
	if before > 0 {
		text += fmt.Sprintf(" at attempt %d; we had answered %s before", e.delivs[c.accepted].attempt, strings.Join(c.answers, ", "))
	}
	return text
}

// whatCame counts the attempts that came for nothing.
func (e *engine) whatCame(p *payment, c *calls) string {
	if c.refused == 0 {
		return "no attempt was logged"
	}
	text := fmt.Sprintf("%d of at most %d attempts", c.refused, p.profile.Attempts)
	if c.refused > p.profile.Attempts { // not published, or sent again by hand
		text = counted(c.refused, "attempt")
	}
	return fmt.Sprintf("%s came, the last at %s, and we answered %s", text, e.receivedAt(c.lastRefused), strings.Join(c.answers, ", "))
}

// moreStory says what else happened to the deliveries.
func (c *calls) moreStory() string {
	var text string
	if c.again > 0 {
		text += "; the same came again, " + counted(c.again, "time")
	}
	if c.marks.Has(MarkOutOfOrder) {
		text += "; an earlier event arrived later"
	}
	if c.marks.Has(MarkBackwards) {
		text += "; a later event went back to a status that the order had left behind"
	} else if c.marks.Has(MarkContradicts) {
		text += "; a delivery contradicts the order or the chain"
	}
	if c.forged > 0 {
		text += fmt.Sprintf("; deliveries in its name that do not verify: %d", c.forged)
	}
	if c.faulty > 0 {
		text += fmt.Sprintf("; deliveries that came while no signature of their source verified: %d", c.faulty)
	}
	return text
}

func (e *engine) receivedAt(at int32) Instant {
	if at < 0 {
		return 0
	}
	return e.in.delivery(e.delivs[at].row).received
}

// counted is a number with its noun: 1 attempt, 2 attempts.
func counted(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprint(n, " ", noun)
}
