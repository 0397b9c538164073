package evm

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tieout/sources/internal/jsonrpc"
)

// TestRecordedAnswers: every answer of a node that was recorded is read, or its error
// has a class of its own. One that falls through to "retry" nobody has thought of.
func TestRecordedAnswers(t *testing.T) {
	dir := shared(t, "data/rpc")
	read, errors := map[string]int{}, 0
	for _, a := range append(conversations(t, filepath.Join(dir, "execution-apis")), recordings(t, filepath.Join(dir, "recorded"))...) {
		if a.Error != nil {
			errors++
			e := &jsonrpc.Error{Method: a.method, Code: a.Error.Code, Message: a.Error.Message, Data: string(a.Error.Data)}
			if v := classify(e, 1, 1000); v.class == retry && reads(a.method) {
				t.Errorf("%s: %q (%d) is not classified", a.name, e.Message, e.Code)
			}
			continue
		}
		if reason := unread(a); reason != "" {
			t.Errorf("%s: %s: %s", a.name, a.method, reason)
		}
		read[a.method]++
	}
	t.Logf("read %v, %d errors", read, errors)
}

// answer is a recorded one.
type answer struct {
	name, method string
	Result       json.RawMessage
	Error        *struct {
		Code    int
		Message string
		Data    json.RawMessage
	}
}

// reads reports whether a run asks such a question.
func reads(method string) bool {
	switch method {
	case "eth_getLogs", "eth_getBlockByNumber", "eth_getBlockByHash", "eth_getBlockReceipts", "eth_getTransactionReceipt", "eth_chainId", "eth_getCode", "eth_blockNumber":
		return true
	}
	return false
}

// unread says what of an answer to a question that a run asks cannot be used.
func unread(a answer) string {
	null := string(a.Result) == "null"
	switch {
	case null || !reads(a.method):
		return ""
	case a.method == "eth_getLogs":
		return unreadLogs(a.Result)
	case a.method == "eth_getBlockReceipts", a.method == "eth_getTransactionReceipt":
		return unreadReceipts(a.Result)
	case strings.HasPrefix(a.method, "eth_getBlockBy"):
		if _, err := seal(a.Result); err != nil {
			return err.Error()
		}
	case a.method == "eth_chainId", a.method == "eth_blockNumber":
		var q quantity
		if err := json.Unmarshal(a.Result, &q); err != nil {
			return err.Error()
		}
	}
	return ""
}

func unreadLogs(raw json.RawMessage) string {
	var logs []log
	if err := json.Unmarshal(raw, &logs); err != nil {
		return err.Error()
	}
	for i := range logs {
		if !logs[i].placed() {
			return "a log has no place"
		}
	}
	return ""
}

func unreadReceipts(raw json.RawMessage) string {
	if !bytes.HasPrefix(raw, []byte("[")) {
		raw = json.RawMessage("[" + string(raw) + "]")
	}
	var receipts []receipt
	if err := json.Unmarshal(raw, &receipts); err != nil {
		return err.Error()
	}
	for i := range receipts {
		if reason := receipts[i].misfit(); reason != "" {
			return reason
		}
		if _, err := receipts[i].encode(); err != nil {
			return err.Error()
		}
	}
	return ""
}

// conversations reads .io files: >> a question, << its answer.
func conversations(t *testing.T, dir string) (list []answer) {
	names, err := filepath.Glob(filepath.Join(dir, "*", "*.io"))
	if err != nil || len(names) == 0 {
		t.Fatal(err, dir)
	}
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var asked struct{ Method string }
		for line := range strings.Lines(string(content)) {
			switch mark, text, _ := strings.Cut(strings.TrimSpace(line), " "); mark {
			case ">>":
				err = json.Unmarshal([]byte(text), &asked)
			case "<<":
				a := answer{name: filepath.Base(name), method: asked.Method}
				err = json.Unmarshal([]byte(text), &a)
				list = append(list, a)
			}
			if err != nil {
				t.Fatal(name, err)
			}
		}
	}
	return list
}

// recordings reads what was recorded of JSON-RPC providers; those of explorers are
// not a node's.
func recordings(t *testing.T, dir string) (list []answer) {
	names, err := filepath.Glob(filepath.Join(dir, "*_eth_*.json"))
	if err != nil || len(names) == 0 {
		t.Fatal(err, dir)
	}
	for _, name := range names {
		file := readJSON[struct {
			Request  struct{ Body string }
			Response json.RawMessage
		}](t, name)
		var asked struct{ Method string }
		a := answer{name: filepath.Base(name)}
		if err := json.Unmarshal([]byte(file.Request.Body), &asked); err != nil {
			t.Fatal(name, err)
		}
		if err := json.Unmarshal(file.Response, &a); err != nil {
			t.Fatal(name, err)
		}
		a.method = asked.Method
		list = append(list, a)
	}
	return list
}
