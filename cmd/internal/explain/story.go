package explain

import "slices"

// Story is one payment: an order with everything that concerns it, or money or a
// notification that belongs to no order.
type Story struct {
	Subject    Subject `json:"subject"`
	Order      *Row    `json:"order"` // null for what belongs to no order
	Transfers  []Row   `json:"transfers"`
	Deliveries []Row   `json:"deliveries"`
	Matches    []Row   `json:"matches"`
	Candidates []Row   `json:"candidates"` // orders that fit ambiguous money equally well
	Breaks     []Row   `json:"breaks"`
	OpenItems  []Row   `json:"open_items"`
	Actions    []Row   `json:"actions"`
	Rejects    []Row   `json:"rejects"`
	History    []Event `json:"history"`
}

// Subject says whose story it is; what is not known is "".
type Subject struct {
	OrderID  string `json:"order_id"`
	OrderNo  string `json:"order_no"`
	Provider string `json:"provider"`
	TXID     string `json:"txid"` // of money without an order
}

// subjectOf is the order that a row belongs to.
func subjectOf(r Row) Subject {
	return Subject{OrderID: r.Get("order_id"), OrderNo: r.Get("order_no"), Provider: r.Get("provider")}
}

// isOrder reports whether it names an order.
func (s Subject) isOrder() bool { return s.OrderID != "" || s.OrderNo != "" }

// covers reports whether a row is about the order. A witness may know the order by
// its number or by its id alone.
func (s Subject) covers(r Row) bool {
	other := subjectOf(r)
	if !s.isOrder() || other.Provider != "" && s.Provider != "" && other.Provider != s.Provider {
		return false
	}
	if s.OrderID != "" && other.OrderID != "" {
		return s.OrderID == other.OrderID
	}
	return s.OrderNo != "" && s.OrderNo == other.OrderNo
}

// ids are the ids of everything that differs or is open.
func (s *Story) ids() []string {
	var ids []string
	for _, r := range s.Breaks {
		ids = append(ids, r.Get("break_id"))
	}
	for _, r := range s.OpenItems {
		ids = append(ids, r.Get("item_id"))
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// txids are the transactions that the story is about.
func (s *Story) txids() []string {
	var ids []string
	if s.Subject.TXID != "" {
		ids = append(ids, s.Subject.TXID)
	}
	if s.Order != nil {
		ids = append(ids, s.Order.list("txids")...)
	}
	for _, r := range s.Matches {
		ids = append(ids, r.Get("txid"))
	}
	for _, list := range [][]Row{s.Breaks, s.OpenItems} {
		for _, r := range list {
			ids = append(ids, r.list("txids")...)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}
