package tron

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"tieout/reconcile"
	"tieout/sources/internal/transport"
)

// grid is an endpoint of TronGrid's v1 API and the HTTP API of nodes beside it.
type grid struct {
	*source
	Endpoint
	http  *http.Client
	hide  *strings.Replacer
	head  reconcile.Instant
	final reconcile.Instant
	infos map[string]info // of final transactions, by txid
}

func (s *source) grid(e Endpoint) witness {
	e.URL = strings.TrimSuffix(e.URL, "/")
	return &grid{source: s, Endpoint: e, http: s.client(e), hide: transport.Mask(e.URL), infos: map[string]info{}}
}

func (g *grid) name() string             { return g.Name }
func (g *grid) close()                   { g.http.CloseIdleConnections() }
func (g *grid) placed() bool             { return false }
func (g *grid) solid() reconcile.Instant { return g.final }

// maxAddresses is how many are asked for one by one before it takes too long.
const maxAddresses = 200

func (g *grid) serves(addresses int) string {
	if addresses > maxAddresses {
		return fmt.Sprintf("v1 is asked for each address alone, and %d are more than %d: use JSON-RPC", addresses, maxAddresses)
	}
	return ""
}

// get reads a v1 answer, post one of the node's HTTP API.
func (g *grid) get(ctx context.Context, path string, query url.Values, out any) error {
	return g.ask(ctx, func() (*http.Request, error) {
		return http.NewRequestWithContext(ctx, http.MethodGet, g.URL+path+"?"+query.Encode(), http.NoBody)
	}, path, out)
}

func (g *grid) post(ctx context.Context, path string, body map[string]any, out any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	return g.ask(ctx, func() (*http.Request, error) {
		return http.NewRequestWithContext(ctx, http.MethodPost, g.URL+path, bytes.NewReader(text))
	}, path, out)
}

func (g *grid) ask(ctx context.Context, request func() (*http.Request, error), path string, out any) error {
	err := g.patiently(ctx, false, func() error {
		r, err := request()
		if err != nil {
			return err
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Accept", "application/json")
		answer, err := g.http.Do(r)
		if err != nil {
			return transport.Redact(err)
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err != nil {
			return err
		}
		return decode(text, out)
	})
	if err != nil {
		return &gridError{path, g.hide.Replace(err.Error()), err}
	}
	return nil
}

// gridError says what was asked for; its text holds no part of the URL that may be a
// key.
type gridError struct {
	path, text string
	cause      error
}

func (e *gridError) Error() string { return e.path + ": " + e.text }
func (e *gridError) Unwrap() error { return e.cause }

// decode reads an answer into out. A list that says of itself that it failed, though
// with 200, has failed.
func decode(text []byte, out any) error {
	var failed struct {
		Success *bool  `json:"success"`
		Error   string `json:"error"`
	}
	if err := json.Unmarshal(text, &failed); err != nil {
		return fmt.Errorf("%w: %w", errUnfit, err)
	}
	if failed.Success != nil && !*failed.Success {
		return &transport.StatusError{Status: http.StatusOK, Body: failed.Error}
	}
	if err := json.Unmarshal(text, out); err != nil {
		return fmt.Errorf("%w: %w", errUnfit, err)
	}
	return nil
}

// block is what is used of a block over the HTTP API.
type block struct {
	ID     string `json:"blockID"`
	Header struct {
		Raw struct {
			Number    uint64       `json:"number"`
			Timestamp milliseconds `json:"timestamp"`
		} `json:"raw_data"`
	} `json:"block_header"`
}

// chain is the network by its first block: the last four bytes of its id are what
// JSON-RPC calls the chain id.
func (g *grid) chain(ctx context.Context) (string, error) {
	var b block
	if err := g.post(ctx, "/wallet/getblockbynum", map[string]any{"num": 0}, &b); err != nil {
		return "", err
	}
	id, ok := canonicalTXID(b.ID)
	if !ok || !numbered(id, 0) {
		return "", fmt.Errorf("its first block does not say of which network it is")
	}
	return "tron:0x" + id[56:], nil
}

// bounds asks for the newest block and the newest solidified one.
func (g *grid) bounds(ctx context.Context) (err error) {
	if g.final, err = g.now(ctx, "/walletsolidity/getnowblock"); err != nil {
		return err
	}
	g.head, err = g.now(ctx, "/wallet/getnowblock")
	g.head = max(g.head, g.final) // another node of a balancer
	return err
}

func (g *grid) now(ctx context.Context, path string) (reconcile.Instant, error) {
	var b block
	if err := g.post(ctx, path, map[string]any{}, &b); err != nil {
		return 0, err
	}
	at := b.Header.Raw.Timestamp.instant()
	if at == 0 || !numbered(b.ID, b.Header.Raw.Number) {
		return 0, fmt.Errorf("%s: a block without its number, hash or time", path)
	}
	return at, nil
}
