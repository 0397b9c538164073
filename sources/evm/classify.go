package evm

import (
	"errors"
	"regexp"
	"strconv"
	"strings"

	"tieout/sources/internal/jsonrpc"
	"tieout/sources/internal/transport"
)

// class says what an error of a node asks for. The text decides, not the code:
// nodes and providers use the same codes for opposite things.
type class uint8

const (
	retry     class = iota // try again, then another endpoint
	suggested              // use the range that the answer names
	width                  // use at most as many blocks as it names
	tooBig                 // ask for fewer blocks
	filterBig              // ask for fewer addresses or topics
	behind                 // the node has not got there yet: wait, never shrink
	pruned                 // the node does not have this history
	limited                // too many requests: wait
	fatal                  // this endpoint will not serve us
)

var classNames = [...]string{"retry", "suggested range", "stated width", "range too big", "filter too big", "node behind", "history pruned", "rate limited", "fatal"}

func (c class) String() string { return classNames[c] }

// verdict is a class with the range or the width that the answer names.
type verdict struct {
	class    class
	from, to uint64
	width    uint64
}

// rule recognises one family of error texts. The first that matches wins.
type rule struct {
	class   class
	pattern *regexp.Regexp
	hex     bool   // its numbers are hexadecimal
	scale   uint64 // its number counts that many blocks, 1 by default
	width   uint64 // the width it means without naming one
}

func text(c class, pattern string) rule { return rule{class: c, pattern: regexp.MustCompile(pattern)} }

// rules in the order in which they are tried: ranges that are named, widths that
// are named, filters, heads, history, then everything that is merely too big.
var rules = []rule{
	{class: suggested, pattern: regexp.MustCompile(`this block range should work: \[0x([0-9a-f]+),\s*0x([0-9a-f]+)\]`), hex: true},
	{class: suggested, pattern: regexp.MustCompile(`try with this block range \[0x([0-9a-f]+),\s*0x([0-9a-f]+)\]`), hex: true},
	text(suggested, `retry with the range (\d+)-(\d+)`),

	text(width, `the range \d+ - \d+ exceeds the range allowed for your plan \(\d+ > ([\d,]+)\)`),
	text(width, `range \d+ exceeds limit of ([\d,]+)`),
	text(width, `limited to (?:an? )?([\d,]+) (?:blocks? )?range`),
	text(width, `exceeds? max(?:imum)? block range:? ([\d,]+)`),
	text(width, `maximum block range: ([\d,]+)`),
	text(width, `max block range = ([\d,]+)`),
	text(width, `is bigger than range limit ([\d,]+)`),
	{class: width, pattern: regexp.MustCompile(`range is too large, max is ([\d,]+)k blocks`), scale: 1000},
	text(width, `limit the query to at most ([\d,]+) blocks`),
	text(width, `block range is too wide \(maximum ([\d,]+)\)`),
	text(width, `blocks distance: ([\d,]+)`),
	text(width, `maximum is set to ([\d,]+)`),
	text(width, `max range: ([\d,]+)`),
	text(width, `maximum allowed number of requested blocks is ([\d,]+)`),
	text(width, `block range greater than ([\d,]+) max`),
	text(width, `block range exceeds ([\d,]+)`),
	text(width, `must be smaller than size ([\d,]+)`),
	text(width, `up to a ([\d,]+) block range`),
	text(width, `block range exceeds server limit, narrow your filter: ([\d,]+)`),
	text(width, `block range too large, max range: ([\d,]+)`),
	text(width, `maximum allowed is ([\d,]+) blocks`),
	text(width, `ranges over ([\d,]+) blocks are not supported`),
	{class: width, pattern: regexp.MustCompile(`block range limit exceeded`), width: 100},
	{class: width, pattern: regexp.MustCompile(`block range is too wide`), width: 3000},

	text(filterBig, `exceed max (?:addresses|topics)|this query contains \d+ filters|specify less number of address|topics size should be|invalid topic\(s\)`),

	text(behind, `beyond current head block|invalid block range params|invalid block range\b|specified in filter .* cannot be found|unknown block|header not found|block not found|finalized header not found|`+
		`cannot query unfinalized data|after last accepted block|height is not available|greater than latest|beyond head block|requested data is not available|receipts not found|unexpected error \(code=40000\)`),

	text(pruned, `pruned history unavailable|missing trie node|historical state .* is not available|no state available|no historical rpc`),

	text(tooBig, `query returned more than \d+ results|logs matched by query exceeds limit|log response size exceeded|too many logs|exceeds server limit: requested|query timeout exceeded|response is too big|`+
		`response too large|response exceeds the limit|block range is too large|block range too large|response size should not greater than|allowed block range threshold exceeded|exceeded max allowed|range threshold exceeded|`+
		`too many results|try paginating|logs over more|query exceeds limit|memory capacity exceeded|error decoding response body|unexpected end of json|exceeds max results`),

	text(fatal, `monthly capacity limit|reached the free tier|limit for your current plan|/billing|be authenticated|access key|unauthorized|token is invalid`),

	text(limited, `too many requests|rate limit|request limit reached|has exceeded|exceeded the quota|under too much load|requests limited to|limit exceeded|no backend is currently healthy|lack of computing resources|exceeds the frequency limit|code: 1015`),
}

// classify reads an error of a call for a range of blocks [from, to].
func classify(err error, from, to uint64) verdict {
	var e *jsonrpc.Error
	if errors.Is(err, transport.ErrBodyTooLarge) {
		return verdict{class: tooBig}
	}
	if !errors.As(err, &e) {
		return verdict{class: retry}
	}
	lower := strings.ToLower(e.Text())
	for i := range rules {
		if v, ok := rules[i].match(lower, from, to); ok {
			return v
		}
	}
	switch {
	case strings.Contains(lower, transport.ErrBodyTooLarge.Error()), e.Status == 413, e.Status == 504, e.Status == 503 && to > from:
		return verdict{class: tooBig}
	case strings.Contains(lower, "timeout"), strings.Contains(lower, "deadline exceeded"):
		return verdict{class: tooBig}
	case e.Code == 4444:
		return verdict{class: pruned}
	case e.Status == 429, e.Status == 503, e.Code == -32007, e.Code == -32009, e.Code == 1015:
		return verdict{class: limited}
	case e.Status == 401, e.Status == 402, e.Status == 403, e.Code == -32601:
		return verdict{class: fatal}
	case e.Code != 0 && to > from: // words that nobody has seen: asking for less is what they mostly mean
		return verdict{class: tooBig}
	}
	return verdict{class: retry}
}

// match applies a rule. A range that lies outside the request, runs backwards or
// is no narrower than it is not believed: one provider was seen to name such.
func (r *rule) match(text string, from, to uint64) (verdict, bool) {
	groups := r.pattern.FindStringSubmatch(text)
	if groups == nil {
		return verdict{}, false
	}
	v := verdict{class: r.class, width: r.width}
	base := 10
	if r.hex {
		base = 16
	}
	var numbers []uint64
	for _, g := range groups[1:] {
		n, err := strconv.ParseUint(strings.ReplaceAll(g, ",", ""), base, 64)
		if err != nil {
			return verdict{class: tooBig}, true
		}
		numbers = append(numbers, n)
	}
	switch {
	case r.class == suggested && (numbers[0] > numbers[1] || numbers[0] < from || numbers[1] > to || numbers[1]-numbers[0] >= to-from):
		return verdict{class: tooBig}, true
	case r.class == suggested:
		v.from, v.to = numbers[0], numbers[1]
	case r.class == width && len(numbers) > 0:
		v.width = numbers[0] * max(1, r.scale)
	}
	if v.class == width && v.width == 0 {
		return verdict{class: tooBig}, true
	}
	return v, true
}
