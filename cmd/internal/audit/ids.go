package audit

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
)

// stableID is what an id must be: it is made of a kind or state and a subject, so
// that the same break has the same id tomorrow.
func stableID(prefix, kind, subject string) string {
	sum := sha256.Sum256([]byte(kind + "\n" + subject))
	return prefix + hex.EncodeToString(sum[:8])
}

// ofTransfer are the kinds whose subject is a transfer, ofClaim those whose subject
// is an order number that somebody claims.
var (
	ofTransfer = map[string]bool{"unknown_transfer": true, "unmatched_refund": true}
	ofClaim    = map[string]bool{"unverified_webhook": true, "unknown_webhook": true}
)

// subjectsOfOrder are the names that an order can have. Which of them it has
// depends on the book that holds it, and a row does not say which that is.
func subjectsOfOrder(k orderKey) []string {
	var list []string
	if k.id != "" {
		list = append(list, "order:"+k.provider+"/"+k.id, "order:merchant/"+k.id)
	}
	if k.no != "" {
		list = append(list, "order:provider/"+k.no, "order:merchant/"+k.no)
	}
	return list
}

func subjectOfTransfer(t *transfer) string {
	position := t.log
	if position < 0 {
		position = t.occurrence
	}
	return "tx:" + t.tx.chain + "/" + t.tx.txid + "/" + strconv.Itoa(position)
}

// checkID recomputes an id from the subjects that its row can be about.
func (b *book) checkID(at spot, id, prefix, kind string, subjects []string) {
	if slices.ContainsFunc(subjects, func(s string) bool { return strings.Contains(s, "\n") }) {
		return // a CSV reader cannot tell which line end stood in it
	}
	var possible []string
	for _, subject := range subjects {
		possible = append(possible, stableID(prefix, kind, subject))
	}
	b.d.that(slices.Contains(possible, id), at, "id of "+kind, strings.Join(possible, " or "), id)
}

// transfersOf are the transfers that a row without an order can be about.
func (b *book) transfersOf(chain string, txids []string) []*transfer {
	var list []*transfer
	for _, txid := range txids {
		list = append(list, b.byTX[txKey{chain, txid}]...)
	}
	return list
}

// subjectOf returns the transfer whose name makes the id.
func subjectOf(list []*transfer, prefix, kind, id, asset string) *transfer {
	i := slices.IndexFunc(list, func(t *transfer) bool {
		return t.asset == asset && stableID(prefix, kind, subjectOfTransfer(t)) == id
	})
	if i < 0 {
		return nil
	}
	return list[i]
}

func subjectsOfTransfers(list []*transfer) []string {
	var subjects []string
	for _, t := range list {
		subjects = append(subjects, subjectOfTransfer(t))
	}
	return subjects
}
