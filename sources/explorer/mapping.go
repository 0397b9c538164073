package explorer

import (
	"fmt"
	"maps"
	"slices"
)

// vocabulary is the list of column names that a mapping may use.
type vocabulary []struct {
	field field
	names []string // the canonical name first, then ethereum-etl's
}

// canonical are tieout's own names for the columns of a transfer file.
var canonical = vocabulary{
	{chain, []string{"chain", "chain_id"}},
	{block, []string{"block_number"}},
	{blockTime, []string{"block_time", "block_timestamp"}},
	{txid, []string{"txid", "transaction_hash"}},
	{logIndex, []string{"log_index"}},
	{asset, []string{"asset", "token_address"}},
	{symbol, []string{"symbol"}},
	{decimals, []string{"decimals"}},
	{from, []string{"from", "from_address"}},
	{to, []string{"to", "to_address"}},
	{base, []string{"value"}},
	{whole, []string{"amount"}},
	{confirmations, []string{"confirmations"}},
	{status, []string{"status"}},
}

// names returns the headers of each field, with those that are mapped in place
// of their canonical ones. A mapped amount puts a column named value, which then
// is something else, out of sight, and the reverse.
func (v vocabulary) names(mapped map[field]string) names {
	n := names{}
	for _, word := range v {
		n[word.field] = word.names
	}
	for fld, header := range mapped {
		n[fld] = []string{header}
	}
	_, hasBase := mapped[base]
	_, hasWhole := mapped[whole]
	if hasBase && !hasWhole {
		delete(n, whole)
	}
	if hasWhole && !hasBase {
		delete(n, base)
	}
	return n
}

func canonicalNames() (list []string) {
	for _, word := range canonical {
		list = append(list, word.names[0])
	}
	return list
}

// withMapping returns the formats, with one in front for files that have the
// mapped columns.
func withMapping(columns map[string]string) ([]format, error) {
	if len(columns) == 0 {
		return formats, nil
	}
	mapped := map[field]string{}
	for _, name := range slices.Sorted(maps.Keys(columns)) {
		i := slices.IndexFunc(canonical, func(word struct {
			field field
			names []string
		}) bool {
			return slices.ContainsFunc(word.names, func(n string) bool { return normal(n) == normal(name) })
		})
		if i < 0 {
			return nil, fmt.Errorf("columns: %q is no column of a transfer file; there are %s", name, quoted(canonicalNames()))
		}
		mapped[canonical[i].field] = columns[name]
	}
	own := format{
		name:    "transfers by `columns:`",
		names:   canonical.names(mapped),
		need:    slices.Sorted(maps.Keys(mapped)),
		moves:   anything,
		account: true,
		mapped:  true,
	}
	for _, fld := range []field{txid, from, to} {
		if !slices.Contains(own.need, fld) {
			own.need = append(own.need, fld)
		}
	}
	return append([]format{own}, formats...), nil
}
