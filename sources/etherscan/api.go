package etherscan

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"tieout/sources/internal/fetch"
)

// envelope is what lists come in; status 0 is an error, or that there is nothing.
type envelope struct {
	Status  string          `json:"status"`
	Message string          `json:"message"`
	Result  json.RawMessage `json:"result"`
}

// errSlow says that a query took the API too long, which fewer blocks cure.
var errSlow = errors.New("the query takes the API too long")

// ask asks a question of module account, and gives the result to read. Every answer
// comes with 200; its words say whether to ask again.
func (s *source) ask(ctx context.Context, query url.Values, read func(result []byte) error) error {
	return s.get(ctx, query, func(body []byte) error {
		var e envelope
		if err := json.Unmarshal(body, &e); err != nil {
			return &fetch.Again{Err: fmt.Errorf("the answer is no JSON: %w", err)}
		}
		if err := e.verdict(); err != nil {
			return err
		}
		if err := read(e.Result); err != nil {
			return &fetch.Again{Err: err}
		}
		return nil
	})
}

// verdict is what an envelope means by its words.
func (e *envelope) verdict() error {
	list := bytes.HasPrefix(bytes.TrimSpace(e.Result), []byte("["))
	text := strings.ToLower(e.Message + " " + string(e.Result))
	said := fmt.Errorf("the API says %q: %.200s", e.Message, e.Result)
	switch {
	case e.Status == "1" && list:
		return nil
	case e.Status == "0" && list && strings.Contains(text, "no transactions found"):
		return nil
	case strings.Contains(text, "query timeout"):
		return errSlow
	case strings.Contains(text, "max daily"), strings.Contains(text, "not supported for this chain"), strings.Contains(text, "api key"):
		return said
	case strings.Contains(text, "rate limit"), strings.Contains(text, "max calls per sec"), strings.Contains(text, "temporarily unavailable"):
		return &fetch.Again{Err: said}
	}
	return &fetch.Again{Err: said} // unknown words are no proof that there is nothing
}

// rowsOf reads a list.
func rowsOf(result []byte) ([]row, error) {
	var rows []row
	if err := json.Unmarshal(result, &rows); err != nil {
		return nil, fmt.Errorf("the list cannot be read: %w", err)
	}
	return rows, nil
}

// call asks the node behind the API, whose answers have no status. A null result leaves
// out as it is and found is false.
func (s *source) call(ctx context.Context, out any, action string, query url.Values) (found bool, err error) {
	query.Set("module", "proxy")
	query.Set("action", action)
	err = s.get(ctx, query, func(body []byte) error {
		var e struct {
			envelope
			Version string          `json:"jsonrpc"`
			Error   json.RawMessage `json:"error"`
		}
		switch err := json.Unmarshal(body, &e); {
		case err != nil:
			return &fetch.Again{Err: fmt.Errorf("the answer is no JSON: %w", err)}
		case e.Version == "" && e.Status != "":
			if err := e.verdict(); err != nil {
				return err
			}
			return &fetch.Again{Err: errors.New("a list where a node's answer is expected")}
		case e.Version == "" || e.Error != nil:
			return &fetch.Again{Err: fmt.Errorf("%s: %.200s", action, e.Error)}
		case len(e.Result) == 0 || string(e.Result) == "null":
			found = false
			return nil
		}
		if err := json.Unmarshal(e.Result, out); err != nil {
			return &fetch.Again{Err: fmt.Errorf("%s cannot be read: %w", action, err)}
		}
		found = true
		return nil
	})
	return found, err
}

// get asks with the chain and the key, which no error shows.
func (s *source) get(ctx context.Context, query url.Values, read func([]byte) error) error {
	_, chain, _ := strings.Cut(s.options.Chain, ":")
	query.Set("chainid", chain)
	if s.options.Key != "" {
		query.Set("apikey", s.options.Key)
	}
	return s.client.Get(ctx, s.options.URL+"?"+query.Encode(), func(*http.Request) {}, read)
}
