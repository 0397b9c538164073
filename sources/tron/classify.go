package tron

import (
	"errors"
	"regexp"
	"strconv"
	"strings"

	"tieout/sources/internal/jsonrpc"
	"tieout/sources/internal/transport"
)

// class says what a failed call asks for. The text decides, not the code: java-tron
// uses -32005 both for too many results and for too large a batch.
type class uint8

const (
	retry     class = iota // try again
	tooBig                 // ask for fewer blocks
	filterBig              // ask for fewer addresses
	limited                // too many requests: wait
	suspended              // likewise, and for as long as TronGrid shuts a key out
	behind                 // the node has not got there yet
	fatal                  // this endpoint will not serve us
)

var classNames = [...]string{"retry", "range too big", "filter too big", "rate limited", "suspended", "node behind", "fatal"}

func (c class) String() string { return classNames[c] }

// rules recognise texts of java-tron and TronGrid, and the most common ones of those
// who resell them. The first that matches wins.
var rules = []struct {
	class   class
	pattern *regexp.Regexp
}{
	{tooBig, regexp.MustCompile(`exceed max block range|block range (?:is )?too|limited to (?:an? )?[\d,]+ (?:blocks? )?range|query returned more than \d+ results|response exceeds the limit|response (?:size )?(?:is )?too (?:big|large)|too many (?:logs|results)`)},
	{filterBig, regexp.MustCompile(`exceed max (?:addresses|topics|sub topics|number of addresses)|topics size should be`)},
	{behind, regexp.MustCompile(`header not found|unknown block|block not found|beyond (?:current )?head`)},
	{suspended, regexp.MustCompile(`suspended for \d+ ?s|exceeds the frequency limit`)},
	{limited, regexp.MustCompile(`lack of computing resources|too many requests|rate limit|limit exceeded`)},
	{fatal, regexp.MustCompile(`unauthorized|api ?key|access denied|not exists or is disabled|tag \w+ not supported`)},
}

// classify reads the error of a call; ranged says that it was about more than one
// block.
func classify(err error, ranged bool) class {
	if errors.Is(err, transport.ErrBodyTooLarge) {
		return tooBig
	}
	status, code, text := 0, 0, err.Error()
	var e *jsonrpc.Error
	var h *transport.StatusError
	switch {
	case errors.As(err, &e):
		status, code, text = e.Status, e.Code, e.Text()
	case errors.As(err, &h):
		status, text = h.Status, h.Body
	}
	text = strings.ToLower(text)
	for _, r := range rules {
		if r.pattern.MatchString(text) {
			return r.class
		}
	}
	switch {
	case strings.Contains(text, transport.ErrBodyTooLarge.Error()), status == 413, status == 504:
		return tooBig
	case strings.Contains(text, "timeout"), strings.Contains(text, "deadline exceeded"), strings.Contains(text, "unexpected end of json"):
		return tooBig
	case status == 429, status == 503:
		return limited
	case status == 401, status == 402, status == 403, status == 404, code == -32601:
		return fatal
	case code != 0 && ranged: // words that nobody has seen: asking for less is what they mostly mean
		return tooBig
	}
	return retry
}

var suspension = regexp.MustCompile(`suspended for (\d+) ?s`)

// pause is how long a suspended endpoint wants to be left alone, in seconds.
func pause(err error) int {
	if m := suspension.FindStringSubmatch(err.Error()); m != nil {
		if n, err := strconv.Atoi(m[1]); err == nil {
			return min(n, 300) + 1
		}
	}
	return 31
}
