package blockatm

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"tieout/reconcile"
	"tieout/sources"
	"tieout/sources/internal/fetch"
)

// answer is one answer of the list or detail API. The pages of 2026 describe
// {list, total, page, pageSize} and the OpenAPI of 2025 a bare array; both stand in
// the envelope {code, success, data, msg}.
type answer struct {
	rows  []json.RawMessage
	total int  // of all pages, -1 when the answer does not say
	page  int  // as the answer calls it, 0 when it does not
	bare  bool // it has null where a list may stand, or nothing
}

type literal string

// UnmarshalJSON keeps a text or a number as it is written.
func (l *literal) UnmarshalJSON(b []byte) error {
	switch {
	case string(b) == "null":
		*l = ""
	case b[0] == '"':
		return json.Unmarshal(b, (*string)(l))
	default:
		*l = literal(b)
	}
	return nil
}

// number is the number that a literal writes, otherwise where it writes none.
func (l literal) number(otherwise int) int {
	n, err := strconv.Atoi(string(l))
	if err != nil || n < 0 {
		return otherwise
	}
	return n
}

type pageOf struct {
	List    json.RawMessage `json:"list"`
	Records json.RawMessage `json:"records"`
	Total   literal         `json:"total"`
	Page    literal         `json:"page"`
}

type envelope struct {
	Code    literal         `json:"code"`
	Success *bool           `json:"success"`
	Data    json.RawMessage `json:"data"`
	Message literal         `json:"message"`
	Msg     literal         `json:"msg"`
	pageOf
}

// refusedError is the API's own word that it does not answer.
type refusedError struct{ code, message string }

func (e *refusedError) Error() string {
	return strings.TrimSpace("the API answered with an error: " + e.code + " " + e.message)
}

// needsOrderNo reports the list API of 2025, which wants an order number.
func (e *refusedError) needsOrderNo() bool {
	return strings.Contains(strings.ToLower(e.message), "orderno")
}

// finds reports whether the message says that there is no such order. How the API
// says it is not published.
func (e *refusedError) noSuch() bool {
	m := strings.ToLower(e.message)
	return strings.Contains(m, "not exist") || strings.Contains(m, "not found") || strings.Contains(m, "no such")
}

// parseAnswer reads an answer of either shape. One that is no JSON was cut on the
// way, and may be whole the next time.
func parseAnswer(body []byte) (*answer, error) {
	body = []byte(strings.ReplaceAll(strings.TrimSpace(string(body)), zeroWidth, ""))
	if len(body) > 0 && body[0] == '[' {
		return rowsOf(body, pageOf{})
	}
	var e envelope
	if err := json.Unmarshal(body, &e); err != nil {
		return nil, &fetch.Again{Err: fmt.Errorf("the answer is no JSON: %w", err)}
	}
	if !e.succeeded() {
		refused := &refusedError{string(e.Code), string(e.Msg + e.Message)}
		if refused.needsOrderNo() || refused.noSuch() {
			return nil, refused
		}
		return nil, &fetch.Again{Err: refused}
	}
	switch {
	case e.List != nil || e.Records != nil:
		return rowsOf(nil, e.pageOf)
	case len(e.Data) == 0 || string(e.Data) == "null":
		return rowsOf(nil, e.pageOf)
	case e.Data[0] == '[':
		return rowsOf(e.Data, e.pageOf)
	}
	var inner pageOf
	if err := json.Unmarshal(e.Data, &inner); err != nil {
		return nil, &fetch.Again{Err: fmt.Errorf("the answer's data is neither a list nor an object: %w", err)}
	}
	if inner.List == nil && inner.Records == nil && inner.Total == "" {
		return &answer{rows: []json.RawMessage{e.Data}, total: -1}, nil // one order
	}
	return rowsOf(nil, inner)
}

// succeeded goes by success where it stands; its code is "200" in one place and "0"
// in another. An answer with neither succeeded if it holds rows.
func (e *envelope) succeeded() bool {
	switch {
	case e.Success != nil:
		return *e.Success
	case e.Code != "":
		return e.Code == "200" || e.Code == "0"
	}
	return e.List != nil || e.Records != nil || len(e.Data) > 0
}

func rowsOf(list []byte, of pageOf) (*answer, error) {
	for _, member := range []json.RawMessage{of.List, of.Records} {
		if list == nil && member != nil {
			list = member
		}
	}
	a := &answer{total: of.Total.number(-1), page: of.Page.number(0)}
	if list == nil || string(list) == "null" {
		a.bare = true
		return a, nil
	}
	if err := json.Unmarshal(list, &a.rows); err != nil {
		return nil, &fetch.Again{Err: fmt.Errorf("the answer's list is no list: %w", err)}
	}
	return a, nil
}

// listed is what the reading of pages has to know of an order.
type listed struct {
	ID         literal           `json:"id"`
	OrderNo    literal           `json:"orderNo"`
	CashierID  literal           `json:"cashierId"`
	CreateTime literal           `json:"createTime"`
	TXID       literal           `json:"txId"`
	created    reconcile.Instant // 0 when the row does not say
}

var errNoObject = errors.New("a row of the list is no object")

func readListed(row json.RawMessage) (*listed, error) {
	var l listed
	if err := json.Unmarshal(row, &l); err != nil {
		return nil, &fetch.Again{Err: fmt.Errorf("%w: %s", errNoObject, clip(string(row)))}
	}
	if at, err := sources.UnixTime(string(l.CreateTime)); err == nil {
		l.created = at
	}
	return &l, nil
}

// key tells orders apart. The shape of 2026 has no id, and an order number can stand
// twice, at two cashiers or after a retry; a direct transfer has none.
func (l *listed) key(row json.RawMessage) string {
	switch {
	case l.ID != "":
		return "id " + string(l.ID)
	case l.OrderNo != "":
		return "no " + string(l.OrderNo) + " " + string(l.CashierID) + " " + string(l.CreateTime)
	}
	return "row " + string(row)
}
