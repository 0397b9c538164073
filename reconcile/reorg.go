package reconcile

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
)

// matchedKey names a transaction in a few bytes.
func matchedKey(chain, txid string) string {
	sum := sha256.Sum256([]byte(chain + "\n" + txid))
	return hex.EncodeToString(sum[:8])
}

// findVanished finds the orders of which an earlier run saw a transfer that is not
// on the chain any more. That is only said where a source covers its time
// completely: what was not read has not vanished.
func (e *engine) findVanished(index [2]rowIndex) {
	matched := slices.DeleteFunc(slices.Clone(e.policy.Opening.Matched), func(m Matched) bool { return m.Time < e.window.From })
	if len(matched) == 0 {
		return
	}
	read := map[string]bool{}
	for i := range e.moves {
		if m := &e.moves[i]; m.time >= e.window.From-Day { // a block mined again has another time
			read[matchedKey(e.in.chains[m.chain], e.in.txid(m.chain, m.txid))] = true
		}
	}
	for _, m := range matched {
		if read[m.Key] {
			continue
		}
		p := e.orderOfSubject(index, m.Subject)
		chain, known := e.in.chainID[m.Chain]
		if p < 0 || !known || !e.covered(chain, e.pays[p].asset, e.pays[p].payTo, Interval{m.Time, m.Time + 1}) {
			e.cases.unproven = append(e.cases.unproven, m)
			continue
		}
		e.cases.vanished[p] = true
	}
}

// hasVanished reports whether a transfer of an order vanished, today or before.
func (e *engine) hasVanished(i int32) bool {
	return e.cases != nil && (e.cases.vanished[i] || e.cases.knows(i, ReorgedTransfer) && e.pays[i].paid)
}

const vanishedNote = "a transfer that an earlier run matched is no longer on the chain"

// judgeVanished names a vanished transfer of an order that has money left, or that
// no book calls paid: what is missing of the due is underpaid, or nobody's loss.
func (e *engine) judgeVanished(i int32, t *tally) {
	p := &e.pays[i]
	base := p.ask()
	switch {
	case !e.hasVanished(i) || p.verdict.kinds.has(ReorgedTransfer):
	case p.paid && len(t.final) > 0 && base.Known && !e.short(p, base.Units, t.total): // paid again
	case p.paid && len(t.final) == 0: // judgeNothing, or what is still under way, says it
	default:
		e.find(i, finding{kind: ReorgedTransfer, expected: base, observed: Figure{t.total, true}, low: !p.paid, since: p.created, note: vanishedNote})
	}
}

// matched lists the transfers that a reorganisation could still take back: those
// that pay an order and are younger than the lookback.
func (e *engine) matched() []Matched {
	var list []Matched
	for i := range e.pays {
		p := &e.pays[i]
		for at := p.firstPart; at >= 0; at = e.parts[at].next {
			m := &e.moves[e.parts[at].move]
			if !m.final || !e.window.Contains(m.time) {
				continue
			}
			chain := e.in.chains[m.chain]
			list = append(list, Matched{Chain: chain, Key: matchedKey(chain, e.in.txid(m.chain, m.txid)),
				BlockHash: e.in.words.text(e.in.transfer(m.row).blockHash), Subject: e.subject(p), Time: m.time})
		}
	}
	if e.cases != nil {
		list = append(list, e.cases.unproven...)
	}
	slices.SortFunc(list, func(a, b Matched) int {
		return cmp.Or(compareStrings(a.Chain, b.Chain), compareStrings(a.Key, b.Key), compareStrings(a.Subject, b.Subject),
			cmp.Compare(a.Time, b.Time), compareStrings(a.BlockHash, b.BlockHash))
	})
	return slices.CompactFunc(list, func(a, b Matched) bool { return a.Chain == b.Chain && a.Key == b.Key && a.Subject == b.Subject })
}
