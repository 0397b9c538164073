package reports

import "tieout/reconcile"

type incidentJSON struct {
	Incident string   `json:"incident"`
	Kind     string   `json:"kind"`
	Cause    string   `json:"cause"`
	Provider string   `json:"provider"`
	Account  string   `json:"account"`
	Chain    string   `json:"chain"`
	From     string   `json:"from"`
	To       string   `json:"to"`
	Before   string   `json:"accepted_before"` // of missed webhooks, "" for none in the log
	After    string   `json:"accepted_after"`
	Accepted int      `json:"accepted_meanwhile"`
	Breaks   int      `json:"breaks"`
	Acting   int      `json:"to_act_upon"`
	Value    string   `json:"value"`
	Severity string   `json:"severity"`
	Actions  []string `json:"actions"`
	BreakIDs []string `json:"break_ids"`
}

type scoreJSON struct {
	Provider      string          `json:"provider"`
	Date          string          `json:"date"` // "" = the window
	Whole         bool            `json:"whole"`
	Orders        scoreOrders     `json:"orders"`
	Notifications *scoreNotices   `json:"notifications"` // null without a webhook log
	Deliveries    *scoreDelivered `json:"deliveries"`    // likewise
	AfterBlock    *latencyJSON    `json:"after_block"`   // null where nothing was measured
	AfterPaid     *latencyJSON    `json:"after_paid"`
}

type scoreOrders struct {
	All          int    `json:"all"`
	Paid         int    `json:"paid"`
	Agreed       int    `json:"agreed"`
	Broken       int    `json:"break"`
	Open         int    `json:"open"`
	Undetermined int    `json:"undetermined"`
	Exceptions   string `json:"exception_percent"` // of those that agree or break; "" without any
	Lost         int    `json:"lost"`
	Mismatched   int    `json:"figures_contradicted"`
	Resends      *int   `json:"resends"` // null where no book counts them
	ResendsKnown int    `json:"resends_known_of"`
}

type scoreNotices struct {
	Due          int    `json:"due"`
	Accepted     int    `json:"accepted"`
	NotApplied   int    `json:"not_applied"`
	Seen         int    `json:"seen"`
	Retrying     int    `json:"retrying"`
	NotCovered   int    `json:"not_covered"`
	Missed       int    `json:"missed"`
	MissedRate   string `json:"missed_percent"` // of those that were accepted or missed; "" without any
	NeverArrived int    `json:"never_arrived"`
	Refused      int    `json:"refused"`
	BadSignature int    `json:"bad_signature"`
}

type scoreDelivered struct {
	Received    int `json:"received"`
	Duplicates  int `json:"duplicates"`
	OutOfOrder  int `json:"out_of_order"`
	Backwards   int `json:"status_backwards"`
	Conflicting int `json:"contradicting"`
	Refused     int `json:"refused"`
	Unverified  int `json:"unverified"`
	Unknown     int `json:"unknown"`
	Faulty      int `json:"source_fault"`
}

type latencyJSON struct {
	Count int   `json:"count"`
	Early int   `json:"early"`
	P50   int64 `json:"p50_ms"`
	P95   int64 `json:"p95_ms"`
	P99   int64 `json:"p99_ms"`
	Max   int64 `json:"max_ms"`
}

func incidentsJSON(b *book) []incidentJSON {
	list := make([]incidentJSON, 0, len(b.incidents))
	for i := range b.incidents {
		r := &b.incidents[i]
		out := incidentJSON{Incident: r.ID, Kind: r.Kind.String(), Cause: r.Cause.String(), Provider: r.Provider, Account: r.Account, Chain: r.Chain,
			From: r.From.String(), To: r.To.String(), Before: r.Before.String(), After: r.After.String(), Accepted: r.Accepted,
			Breaks: r.Breaks, Acting: r.Acting, Value: r.Value.String(), Severity: r.Severity.String(), Actions: []string{}, BreakIDs: orEmpty(r.BreakIDs)}
		for _, a := range r.Actions {
			out.Actions = append(out.Actions, a.String())
		}
		list = append(list, out)
	}
	return list
}

func scoresJSON(b *book) []scoreJSON {
	list := make([]scoreJSON, 0, len(b.scores))
	for i := range b.scores {
		s := &b.scores[i]
		out := scoreJSON{Provider: s.Provider, Date: s.Date, Whole: s.Whole, Orders: ordersJSON(s), AfterBlock: latencyOf(&s.AfterBlock), AfterPaid: latencyOf(&s.AfterPaid)}
		if s.Logged {
			out.Notifications, out.Deliveries = noticesJSON(s), deliveriesJSON(s)
		}
		list = append(list, out)
	}
	return list
}

func ordersJSON(s *reconcile.ScoreLine) scoreOrders {
	o := scoreOrders{All: s.Orders, Paid: s.Paid, Agreed: s.Agreed, Broken: s.Broken, Open: s.Open, Undetermined: s.Undetermined,
		Exceptions: percent(s.Broken, s.Decided()), Lost: s.Lost, Mismatched: s.Mismatched, ResendsKnown: s.ResendsKnown}
	if s.ResendsKnown > 0 {
		o.Resends = &s.Resends
	}
	return o
}

func noticesJSON(s *reconcile.ScoreLine) *scoreNotices {
	return &scoreNotices{Due: s.Notified, Accepted: s.Accepted, NotApplied: s.NotApplied, Seen: s.Seen, Retrying: s.Retrying, NotCovered: s.NotCovered,
		Missed: s.Missed(), MissedRate: percent(s.Missed(), s.Told()), NeverArrived: s.NeverArrived, Refused: s.Refused, BadSignature: s.BadSignature}
}

func deliveriesJSON(s *reconcile.ScoreLine) *scoreDelivered {
	return &scoreDelivered{Received: s.Deliveries, Duplicates: s.Repeated, OutOfOrder: s.OutOfOrder, Backwards: s.Backwards, Conflicting: s.Conflicting,
		Refused: s.RefusedDeliveries, Unverified: s.Unverified, Unknown: s.Unknown, Faulty: s.Faulty}
}

func latencyOf(l *reconcile.Latency) *latencyJSON {
	if l.Count == 0 {
		return nil
	}
	return &latencyJSON{l.Count, l.Early, milliseconds(l.P50), milliseconds(l.P95), milliseconds(l.P99), milliseconds(l.Max)}
}
