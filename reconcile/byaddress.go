package reconcile

import (
	"cmp"
	"slices"
)

// place is an address on a chain.
type place struct {
	chain int32
	addr  uint32
}

// addressIndex finds the payments that name an address as the one to pay to. It is
// two flat lists: a map of as many small lists takes ten times their memory.
type addressIndex struct {
	from []int32 // by address number: where its payments begin
	pays []int32 // by address, chain and number
}

// paymentsByAddress indexes every payment that names an address.
func (e *engine) paymentsByAddress() addressIndex {
	x := addressIndex{from: make([]int32, e.in.addrs.len()+1)}
	for i := range e.pays {
		if a := e.pays[i].payTo; a != 0 {
			x.from[a+1]++
		}
	}
	for a := 1; a < len(x.from); a++ {
		x.from[a] += x.from[a-1]
	}
	x.pays = make([]int32, x.from[len(x.from)-1])
	next := slices.Clone(x.from)
	for i := range e.pays {
		if a := e.pays[i].payTo; a != 0 {
			x.pays[next[a]] = int32(i)
			next[a]++
		}
	}
	byChain := func(p, q int32) int { return cmp.Compare(e.pays[p].chain, e.pays[q].chain) }
	for a := range e.in.addrs.len() {
		if list := x.of(uint32(a)); len(list) > 1 && !slices.IsSortedFunc(list, byChain) {
			slices.SortStableFunc(list, byChain)
		}
	}
	return x
}

// of returns the payments of an address on whatever chain, not to be changed.
func (x addressIndex) of(addr uint32) []int32 { return x.pays[x.from[addr]:x.from[addr+1]] }

// paysAt returns the payments of an address on a chain, not to be changed.
func (e *engine) paysAt(k place) []int32 {
	list := e.byAddress.of(k.addr)
	if n := len(list); n == 0 || e.pays[list[0]].chain == k.chain && e.pays[list[n-1]].chain == k.chain {
		return list
	}
	chain := func(p, chain int32) int { return cmp.Compare(e.pays[p].chain, chain) }
	from, _ := slices.BinarySearchFunc(list, k.chain, chain)
	to, _ := slices.BinarySearchFunc(list, k.chain+1, chain)
	return list[from:to]
}
