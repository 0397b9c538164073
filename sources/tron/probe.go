package tron

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"tieout/reconcile"
)

// Capability is one line of what an endpoint can do, for doctor.
type Capability struct {
	Endpoint, What string
	OK             bool
	Detail         string // what was found, or what failed and what to do
}

// Probe asks every endpoint what a run needs of it. It changes nothing.
func Probe(ctx context.Context, o Options) (list []Capability) {
	s := Transfers(o).(*source)
	for _, e := range s.options.Endpoints {
		p := &probing{source: s, endpoint: e.Name}
		p.all(ctx, e)
		list = append(list, p.list...)
	}
	return list
}

type probing struct {
	*source
	endpoint string
	list     []Capability
}

// add is a line of what was found, or of what failed and what that means.
func (p *probing) add(what string, err error, detail, remedy string) bool {
	if err != nil {
		detail = p.shortly(err) + "; " + remedy
	}
	p.list = append(p.list, Capability{p.endpoint, what, err == nil, detail})
	return err == nil
}

func (p *probing) all(ctx context.Context, e Endpoint) {
	w, err := p.open(ctx, e)
	if !p.add("network", err, p.options.Chain, "check the URL, its key, its kind (api:) and chain:") {
		return
	}
	defer w.close()
	if !p.add("newest and solidified block", w.bounds(ctx), "solidified at "+w.solid().String(), "give the chain a number of confirmations as its finality") {
		return
	}
	switch w := w.(type) {
	case *node:
		p.node(ctx, w)
	case *grid:
		p.grid(ctx, w)
	}
}

func (p *probing) node(ctx context.Context, n *node) {
	r := &reader{source: p.source}
	tokens := forms(r.tokens(), evmForm)
	number := uint64(n.final.Number)
	logs, err := n.getLogs(ctx, filter{tokens: tokens}, number, number)
	p.add("eth_getLogs of one block", err, fmt.Sprintf("%d transfers in block %d", len(logs), number), "transfers cannot be read here; use another endpoint")
	first := number - min(number, maxSpan-1)
	recipients := []string{topicForm(reconcile.TronAddress([20]byte{}))}
	_, err = n.getLogs(ctx, filter{tokens, recipients}, first, number)
	p.add(fmt.Sprintf("eth_getLogs of %d blocks", number-first+1), err, "answered", "fewer blocks at once are asked for, which takes longer")
	detail := "the tokens are moved too rarely to tell"
	err = nil
	if n.isDense(ctx, tokens) {
		detail = "no block without transfers"
		err = n.indexed(ctx, tokens, blockRange{number - min(number, 20*probeEvery), number}, 0)
	}
	p.add("index of logs", err, detail, "use another endpoint for that time")
}

func (p *probing) grid(ctx context.Context, g *grid) {
	r := &reader{source: p.source}
	var list page
	err := g.get(ctx, "/v1/accounts/"+r.tokens()[0]+"/transactions/trc20", url.Values{"limit": {"1"}}, &list)
	if err == nil && (list.Data == nil || !list.Success) {
		err = errors.New("no list")
	}
	p.add("v1 transfers of an account", err, "answered", "transfers cannot be read here; is it TronGrid's API?")
	var none info
	err = g.post(ctx, "/walletsolidity/gettransactioninfobyid", map[string]any{"value": fmt.Sprintf("%064d", 0)}, &none)
	p.add("solidified transactions", err, "answered", "what the lists name cannot be held against the chain here")
}
