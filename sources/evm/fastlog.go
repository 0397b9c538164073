package evm

import (
	"bytes"
	"encoding/json"
	"strings"
)

// logList is a list of logs as a node sends it. A day can hold a million, so the shape
// that nodes send is read by hand; whatever has another goes through encoding/json,
// which reads the same and slower.
type logList []log

// ReadJSON reads what is not known to be JSON, if it can be read by hand: then it is.
func (list *logList) ReadJSON(raw []byte) error {
	fast, ok := readLogs(raw)
	if !ok {
		return errOther
	}
	*list = fast
	return nil
}

func (list *logList) UnmarshalJSON(raw []byte) error {
	if fast, ok := readLogs(raw); ok {
		*list = fast
		return nil
	}
	return json.Unmarshal(raw, (*[]log)(list))
}

// scanner reads JSON without white space where none is sent, and without escapes.
type scanner struct {
	text []byte
	at   int
}

// logReader keeps what logs have in common, so that it is stored once.
type logReader struct {
	scanner
	topics  []string   // of many logs, one after the other
	numbers []quantity // likewise
	last    log        // the one before
}

// Places of what is text in a log.
const (
	partAddress = iota
	partData
	partBlock
	partTx
)

// logSize is about what a node spends on a log.
const logSize = 600

// readLogs reads a list, or says that it has another shape.
func readLogs(raw []byte) (logList, bool) {
	r := &logReader{scanner: scanner{text: raw}}
	list := make(logList, 0, len(raw)/logSize+1)
	if !r.token('[') {
		return nil, false
	}
	if r.token(']') {
		return list, r.done()
	}
	for {
		var l log
		if !r.log(&l) {
			return nil, false
		}
		list = append(list, l)
		r.last = l
		if r.token(',') {
			continue
		}
		return list, r.token(']') && r.done()
	}
}

// log reads one log. What is text in it is copied at once, lest the whole answer stay
// in memory for as long as one of its logs.
func (r *logReader) log(l *log) bool {
	var topics [4][]byte
	count := -1
	var text [4][]byte // by part
	if !r.token('{') {
		return false
	}
	for first := true; ; first = false {
		if first && r.token('}') {
			break
		}
		key, ok := r.string()
		if !ok || !r.token(':') {
			return false
		}
		switch string(key) {
		case "address":
			text[partAddress], ok = r.string()
		case "data":
			text[partData], ok = r.string()
		case "blockHash":
			text[partBlock], ok = r.string()
		case "transactionHash":
			text[partTx], ok = r.string()
		case "topics":
			count, ok = r.list(&topics)
		case "blockNumber":
			ok = r.quantity(&l.BlockNumber)
		case "logIndex":
			l.Index = r.number()
			ok = r.quantity(l.Index)
		case "blockTimestamp":
			l.Timestamp = r.number()
			ok = r.quantity(l.Timestamp)
		case "removed":
			l.Removed, ok = r.bool()
		case "transactionIndex":
			_, ok = r.string()
		default:
			ok = false
		}
		if !ok {
			return false
		}
		if r.token(',') {
			continue
		}
		if !r.token('}') {
			return false
		}
		break
	}
	r.keep(l, text, topics[:max(count, 0)])
	if count == 0 {
		l.Topics = []string{}
	}
	return true
}

// keep gives a log its texts: those of the log before where they are the same, and the
// others out of one copy.
func (r *logReader) keep(l *log, text [4][]byte, topics [][]byte) {
	before := [4]string{r.last.Address, r.last.Data, r.last.BlockHash, r.last.TxHash}
	size := 0
	for i, b := range text {
		if string(b) != before[i] {
			size += len(b)
		}
	}
	for i, b := range topics {
		if i >= len(r.last.Topics) || string(b) != r.last.Topics[i] {
			size += len(b)
		}
	}
	var copied strings.Builder
	copied.Grow(size)
	share := func(b []byte, before string) string {
		if string(b) == before {
			return before
		}
		start := copied.Len()
		copied.Write(b)
		return copied.String()[start:]
	}
	l.Address, l.Data = share(text[partAddress], before[partAddress]), share(text[partData], before[partData])
	l.BlockHash, l.TxHash = share(text[partBlock], before[partBlock]), share(text[partTx], before[partTx])
	if len(topics) == 0 {
		return
	}
	if cap(r.topics)-len(r.topics) < len(topics) {
		r.topics = make([]string, 0, 4096)
	}
	start := len(r.topics)
	for i, b := range topics {
		topic := ""
		if i < len(r.last.Topics) {
			topic = r.last.Topics[i]
		}
		r.topics = append(r.topics, share(b, topic))
	}
	l.Topics = r.topics[start:len(r.topics):len(r.topics)]
}

// number is room for one.
func (r *logReader) number() *quantity {
	if len(r.numbers) == cap(r.numbers) {
		r.numbers = make([]quantity, 0, 1024)
	}
	r.numbers = append(r.numbers, 0)
	return &r.numbers[len(r.numbers)-1]
}

// token reads one mark, with white space before it.
func (s *scanner) token(mark byte) bool {
	s.skip()
	if s.at < len(s.text) && s.text[s.at] == mark {
		s.at++
		return true
	}
	return false
}

func (s *scanner) skip() {
	for s.at < len(s.text) && (s.text[s.at] == ' ' || s.text[s.at] == '\n' || s.text[s.at] == '\t' || s.text[s.at] == '\r') {
		s.at++
	}
}

func (s *scanner) done() bool {
	s.skip()
	return s.at == len(s.text)
}

// string reads a text of plain ASCII without an escape.
func (s *scanner) string() ([]byte, bool) {
	if !s.token('"') {
		return nil, false
	}
	end := bytes.IndexByte(s.text[s.at:], '"')
	if end < 0 {
		return nil, false
	}
	text := s.text[s.at : s.at+end]
	for _, c := range text {
		if c < ' ' || c > '~' || c == '\\' {
			return nil, false
		}
	}
	s.at += end + 1
	return text, true
}

// list reads up to four texts.
func (s *scanner) list(into *[4][]byte) (count int, ok bool) {
	if !s.token('[') {
		return 0, false
	}
	if s.token(']') {
		return 0, true
	}
	for count < len(into) {
		if into[count], ok = s.string(); !ok {
			return 0, false
		}
		count++
		if !s.token(',') {
			return count, s.token(']')
		}
	}
	return 0, false
}

// quantity reads a hexadecimal number of at most 64 bits.
func (s *scanner) quantity(into *quantity) bool {
	text, ok := s.string()
	if !ok || len(text) < 3 || len(text) > 18 || text[0] != '0' || text[1] != 'x' {
		return false
	}
	var n uint64
	for _, c := range text[2:] {
		switch {
		case c >= '0' && c <= '9':
			n = n<<4 | uint64(c-'0')
		case c >= 'a' && c <= 'f':
			n = n<<4 | uint64(c-'a'+10)
		default:
			return false
		}
	}
	*into = quantity(n)
	return true
}

func (s *scanner) bool() (value, ok bool) {
	s.skip()
	switch rest := s.text[s.at:]; {
	case bytes.HasPrefix(rest, []byte("true")):
		s.at += len("true")
		return true, true
	case bytes.HasPrefix(rest, []byte("false")):
		s.at += len("false")
		return false, true
	}
	return false, false
}
