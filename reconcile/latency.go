package reconcile

import "slices"

// Lag is how long after an event a delivery came. It is negative where the delivery
// came first, or two clocks differ.
type Lag struct {
	Span  Instant
	Known bool
}

// Latency are percentiles of lags. A percentile is the smallest lag that at least so
// many of a hundred do not exceed (the nearest rank): always one that was measured.
type Latency struct {
	Count              int // measured; without any the rest is 0
	Early              int // of them negative
	P50, P95, P99, Max Instant
}

// latencyOf sorts the lags and reads their percentiles.
func latencyOf(lags []Instant) Latency {
	n := len(lags)
	if n == 0 {
		return Latency{}
	}
	slices.Sort(lags)
	early, _ := slices.BinarySearch(lags, 0)
	rank := func(percent int) Instant { return lags[(n*percent+99)/100-1] }
	return Latency{Count: n, Early: early, P50: rank(50), P95: rank(95), P99: rank(99), Max: lags[n-1]}
}

// lags are how long a delivery took, if it is the first that says of an order called
// paid that it is: after the block of the transfer with which the due had come, which
// the chain witnesses, and after the time at which the provider itself says that the
// order was paid. Our own book's paid time is none: it is set when the delivery comes.
// What we answered does not matter, nor does what is forged.
func (e *engine) lags(d *delivered) (afterBlock, afterPaid Lag) {
	if !d.first || !d.judged {
		return Lag{}, Lag{}
	}
	p := &e.pays[d.pay]
	return e.lagAfter(p, d, e.settledAt(p)), e.lagAfter(p, d, e.in.order(p.prov).paidAt)
}

// lagAfter is unknown where the event has no time, and where the log is not complete
// from it on: an earlier delivery may be missing.
func (e *engine) lagAfter(p *payment, d *delivered, event Instant) Lag {
	received := e.in.delivery(d.row).received
	if !event.Known() {
		return Lag{}
	}
	if _, complete := e.logged(e.providerOf(p), Interval{event, received}); !complete {
		return Lag{}
	}
	return Lag{received - event, true}
}

// settledAt is the block time of the transfer with which an order's due had come, 0
// where it did not, or not finally. Nearly every order has one part.
func (e *engine) settledAt(p *payment) Instant {
	if p.firstPart < 0 {
		return 0
	}
	if part := &e.parts[p.firstPart]; part.next < 0 {
		m := &e.moves[part.move]
		if !m.final || m.scope == scopeLater || p.due.Known && part.units.Cmp(p.due.Units) < 0 && e.short(p, p.due.Units, part.units) {
			return 0
		}
		return m.time
	}
	t := e.tally(p)
	paying := e.paying(p, &t)
	if len(paying) == 0 || p.due.Known && e.short(p, p.due.Units, e.sum(paying)) {
		return 0
	}
	return e.moves[e.parts[paying[len(paying)-1]].move].time
}
