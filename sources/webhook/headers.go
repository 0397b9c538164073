package webhook

import (
	"encoding/json"
	"errors"
	"strings"
)

// headerReader reads JSON objects of headers. encoding/json would take most of the
// time of a log, for a few names that are the same on every line.
type headerReader struct {
	names  map[string]string // as logged -> lower case
	header map[string]string // of the row at hand
	text   string
	at     int
}

// maxNames bounds the memory that a log with ever new header names can take.
const maxNames = 1024

var errHeaders = errors.New(`it is no JSON object of headers: {"Name": "value"} or {"Name": ["value"]} is expected`)

// read returns the headers by their names in lower case; of several values, and of
// one header under several spellings, the first. The map and its texts are valid
// until the next row.
func (h *headerReader) read(text string) (map[string]string, error) {
	if h.header == nil {
		h.header, h.names = map[string]string{}, map[string]string{}
	}
	clear(h.header)
	h.text, h.at = text, 0
	if text == "" || text == "[]" { // some languages write an empty object so
		return h.header, nil
	}
	if ok := h.object(); !ok || h.peek() != 0 || h.at < len(h.text) {
		return h.header, errHeaders
	}
	return h.header, nil
}

func (h *headerReader) object() bool {
	if !h.accept('{') {
		return false
	}
	if h.accept('}') {
		return true
	}
	for {
		name, ok := h.quoted()
		if !ok || !h.accept(':') {
			return false
		}
		value, ok := h.value()
		if !ok {
			return false
		}
		if name = h.lower(name); h.header[name] == "" {
			h.header[name] = value
		}
		if h.accept('}') {
			return true
		}
		if !h.accept(',') {
			return false
		}
	}
}

// value reads a text, a number or word by its literal, null as "", or a list of them.
func (h *headerReader) value() (string, bool) {
	if !h.accept('[') {
		return h.scalar()
	}
	if h.accept(']') {
		return "", true
	}
	first, ok := h.scalar()
	for ok && h.accept(',') {
		_, ok = h.scalar()
	}
	return first, ok && h.accept(']')
}

func (h *headerReader) scalar() (string, bool) {
	if h.peek() == '"' {
		return h.quoted()
	}
	start := h.at
	for h.at < len(h.text) && strings.IndexByte(",]} \t\r\n", h.text[h.at]) < 0 {
		h.at++
	}
	literal := h.text[start:h.at]
	if !json.Valid([]byte(literal)) {
		return "", false
	}
	if literal == "null" {
		literal = ""
	}
	return literal, true
}

// quoted reads a JSON string. Without escapes it aliases the row.
func (h *headerReader) quoted() (string, bool) {
	if h.peek() != '"' {
		return "", false
	}
	start := h.at
	for h.at++; h.at < len(h.text); h.at++ {
		switch b := h.text[h.at]; {
		case b < ' ':
			return "", false
		case b == '\\':
			h.at++
		case b == '"':
			h.at++
			return unquote(h.text[start:h.at])
		}
	}
	return "", false
}

func unquote(quoted string) (string, bool) {
	if strings.IndexByte(quoted, '\\') < 0 {
		return quoted[1 : len(quoted)-1], true
	}
	var s string
	return s, json.Unmarshal([]byte(quoted), &s) == nil
}

// peek skips white space and returns the next byte, 0 at the end.
func (h *headerReader) peek() byte {
	for h.at < len(h.text) && strings.IndexByte(" \t\r\n", h.text[h.at]) >= 0 {
		h.at++
	}
	if h.at < len(h.text) {
		return h.text[h.at]
	}
	return 0
}

func (h *headerReader) accept(b byte) bool {
	if h.peek() != b {
		return false
	}
	h.at++
	return true
}

func (h *headerReader) lower(name string) string {
	if known, ok := h.names[name]; ok {
		return known
	}
	lower := strings.ToLower(name)
	if len(h.names) < maxNames {
		h.names[strings.Clone(name)] = strings.Clone(lower)
	}
	return lower
}
