package evm

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"tieout/sources/internal/jsonrpc"
)

// Capability is one line of what an endpoint can do, for doctor.
type Capability struct {
	Endpoint, What string
	OK             bool
	Detail         string // what was found, or what failed and what to do
}

// Probe asks every endpoint what a run needs of it. It changes nothing.
func Probe(ctx context.Context, o Options) []Capability {
	s := Transfers(o).(*source)
	var list []Capability
	for _, e := range o.Endpoints {
		list = append(list, s.probe(ctx, e)...)
	}
	return list
}

func (s *source) probe(ctx context.Context, e Endpoint) []Capability {
	n, err := s.dial(ctx, e)
	list := []Capability{result(e.Name, "chain id", err, s.options.Chain, "check the URL, its key and chain:")}
	if err != nil {
		return list
	}
	defer n.client.Close()
	r := &reader{source: s, nodes: []*node{n}, headers: map[uint64]header{}}
	add := func(what string, err error, detail, remedy string) {
		list = append(list, result(e.Name, what, err, detail, remedy))
	}
	err = r.ask(ctx, n)
	number := uint64(n.final.Number)
	lag := time.Duration(n.head.time() - n.final.time())
	add("head and finalized block", err, fmt.Sprintf("head %d, final %d, %s behind", uint64(n.head.Number), number, lag),
		"give the chain a number of confirmations as its finality")
	if err != nil {
		return list
	}
	_, err = r.getLogs(ctx, n, filter{contracts: append(r.tokens(), polygonCoin), topic: transferTopic.Hex()}, number, number)
	add("eth_getLogs of one block", err, "answered", "transfers cannot be read here; use another endpoint")
	var receipts []receipt
	found, err := s.call(ctx, n, &receipts, "eth_getBlockReceipts", hexNumber(number))
	if err == nil && !found {
		err = errors.New("it does not have the receipts of its final block")
	}
	add("eth_getBlockReceipts", err, fmt.Sprintf("%d receipts", len(receipts)), "blocks too full for eth_getLogs become gaps")
	var again header
	requests := []jsonrpc.Request{{Method: "eth_getBlockByNumber", Args: []any{hexNumber(number), false}, Out: &again}}
	err = cmp.Or(n.client.Batch(ctx, requests), requests[0].Err)
	add("batches", err, "answered", "headers are read one by one, which is slow")
	return list
}

// result is a line of what was found, or of what failed and what that means.
func result(endpoint, what string, err error, detail, remedy string) Capability {
	if err != nil {
		return Capability{endpoint, what, false, shortly(err) + "; " + remedy}
	}
	return Capability{endpoint, what, true, detail}
}
