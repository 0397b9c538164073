package explorer

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tieout/reconcile"
	"tieout/sources"
	"tieout/sources/tabular"
)

// rowReader turns the rows of one file into transfers.
type rowReader struct {
	*source
	binding
	format *format
	only   []filter
	times  clock
	sheet  bool   // the file is a workbook, whose numbers keep 15 digits
	chain  string // of rows that name none, "" = each row names one
	asset  string // of files without a contract column, "" = each row names it

	row *tabular.Row // at hand
	bad *tabular.Error
}

// filter is one key of `only:`.
type filter struct {
	column int
	values []string
}

// newRowReader binds a format to a file, and refuses the file when something is
// missing that no row can give.
func (s *source) newRowReader(l layout, blocks blockTimes) (*rowReader, error) {
	x := &rowReader{source: s, format: l.format, binding: bind(l), chain: s.chainID(s.options.Chain), sheet: l.workbook}
	x.times = clock{zone: s.options.Zone, blocks: blocks}
	if strings.Contains(normal(l.columns[blockTime]), "utc") {
		x.times.zone = time.UTC
	}
	err := x.filters(l)
	if err == nil {
		err = x.complete()
	}
	if err != nil {
		return nil, &tabular.Error{File: l.file.Path, Reason: err.Error()}
	}
	return x, nil
}

// filters finds the columns by which `only:` leaves rows out.
func (x *rowReader) filters(l layout) error {
	for header, values := range x.options.Only {
		found := headersLike(l.header, header)
		if len(found) == 0 {
			return fmt.Errorf("it has no column %q, by which `only:` selects rows; it has %s", header, quoted(l.header))
		}
		x.only = append(x.only, filter{x.columnOf(found[0]), values})
	}
	return nil
}

// complete says what the file lacks that only the configuration or another file
// can add.
func (x *rowReader) complete() error {
	switch {
	case x.chain == "" && !x.has(chain):
		return errors.New("its rows name no chain: declare chain: on the source (eip155:1, tron:0x2b6653dc, ...)")
	case !x.has(base) && !x.has(whole) && !x.has(wholeIn):
		return errors.New("it has no amount: map value (base units) or amount (units of the asset) with `columns:`; of cryo ask for it with --u256-types string")
	case x.has(base) && x.has(whole):
		return errors.New("it has both value (base units) and amount (units of the asset): map the one to use with `columns:`")
	case !x.has(blockTime) && (!x.has(block) || len(x.times.blocks) == 0):
		return errors.New("its rows have no time: add the blocks file of the same blocks (number, hash, parent_hash, timestamp) to the files of this source, which gives it by block number")
	}
	if (x.format.moves == tokens || x.format.moves == anything) && !x.has(asset) {
		declared := x.declaredTokens(x.chain)
		if len(declared) != 1 {
			return fmt.Errorf("it does not say which token its rows move: declare assets: with exactly that one on the source (now %d)", len(declared))
		}
		x.asset = declared[0]
	}
	return nil
}

// outcome is what a row turned out to be.
type outcome int

const (
	moved    outcome = iota // a transfer
	reverted                // of a failed transaction
	noMove                  // moves nothing that could be a payment
)

// read hands over one row.
func (x *rowReader) read(r *tabular.Row, file reconcile.FileID, e *extent, q sources.Query, into sources.Sink) {
	x.row, x.bad = r, nil
	t := reconcile.Transfer{At: reconcile.At{File: file, Line: r.Line()}, LogIndex: -1, Decimals: -1}
	what := x.transfer(&t)
	if !x.selected(r) {
		if what == moved || x.bad != nil {
			e.leaveOut(&t, q)
		}
		into.OutOfScope(1)
		return
	}
	if x.bad != nil {
		e.rejected++
		into.AddReject(reject(x.bad, file, t.TXID, t.To))
		return
	}
	e.see(&t)
	switch what {
	case moved:
		into.AddTransfer(&t)
		return
	case reverted:
		into.AddFact(reconcile.TXFact{Chain: strings.Clone(t.Chain), TXID: strings.Clone(t.TXID), Status: reconcile.TXReverted})
	}
	into.OutOfScope(1)
}

func (x *rowReader) selected(r *tabular.Row) bool {
	return !slices.ContainsFunc(x.only, func(f filter) bool { return !slices.Contains(f.values, r.Text(f.column)) })
}

// transfer fills t from the row at hand; x.bad says what is wrong with it. Where
// the money moved and when is read of rows that moved nothing too: they show
// which account was exported, and how far.
func (x *rowReader) transfer(t *reconcile.Transfer) outcome {
	id, err := sources.CleanID(x.required(txid))
	x.check(txid, err)
	t.TXID = id
	t.Chain = x.chainOfRow()
	t.From, t.To = x.required(from), x.recipient()
	t.Block = x.integer(block)
	t.BlockHash, t.Trace = x.text(blockHash), x.text(trace)
	t.BlockTime = x.time(t.Chain, t.Block)
	what := x.judge(t)
	if what != moved || x.bad != nil {
		return what
	}
	if t.To == "" {
		x.check(to, errors.New("it is empty"))
	}
	if x.text(logIndex) != "" {
		t.LogIndex = int64(x.integer(logIndex))
	}
	x.money(t)
	x.identify(t)
	return moved
}

// recipient is who received: of a transaction without one, the contract it made.
func (x *rowReader) recipient() string {
	if text := x.text(to); text != "" {
		return text
	}
	return x.text(created)
}

// identify names the asset: by its contract, never by a symbol where there is one.
func (x *rowReader) identify(t *reconcile.Transfer) {
	t.Symbol = x.text(symbol)
	if n, err := strconv.ParseUint(x.text(decimals), 10, 8); err == nil && n <= maxDecimals {
		t.Decimals = int(n)
	}
	switch {
	case x.format.moves == coin || x.format.moves == inside:
		t.Asset = x.coin(t)
	case x.asset != "":
		t.Asset = x.asset
	default:
		t.Asset = x.required(asset)
	}
}

// coin is the native coin of the row's chain.
func (x *rowReader) coin(t *reconcile.Transfer) string {
	ch, ok := x.catalogue.Chain(t.Chain)
	if !ok {
		x.check(chain, fmt.Errorf("chain %q is not in the asset table, so its coin is not known: add it there", t.Chain))
	}
	return ch.Native.ID
}

func (x *rowReader) chainOfRow() string {
	if name := x.text(chain); name != "" {
		return x.chainID(name)
	}
	if x.chain == "" {
		x.check(chain, errors.New("it is empty: declare chain: on the source"))
	}
	return x.chain
}

func (x *rowReader) time(chain string, number uint64) reconcile.Instant {
	if x.has(blockTime) {
		at, err := sources.ParseTime(x.text(blockTime), x.times.zone)
		x.check(blockTime, err)
		return at
	}
	at, err := x.times.blocks.at(chain, number)
	x.check(block, err)
	return at
}

// integer reads a whole number; 0 when the file does not give it.
func (x *rowReader) integer(fld field) uint64 {
	text := x.text(fld)
	if text == "" {
		return 0
	}
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		x.check(fld, fmt.Errorf("%.80q is not a whole number", text))
	}
	return n
}

func (x *rowReader) text(fld field) string {
	if i := x.column[fld]; i >= 0 {
		return x.row.Text(i)
	}
	return ""
}

// required is the text of a field that each row needs.
func (x *rowReader) required(fld field) string {
	text := x.text(fld)
	if text == "" {
		x.check(fld, errors.New("it is empty"))
	}
	return text
}

// check keeps the first thing that is wrong with the row.
func (x *rowReader) check(fld field, err error) {
	if err == nil || x.bad != nil {
		return
	}
	if i := x.column[fld]; i >= 0 {
		x.bad = x.row.Errorf(i, "%v", err)
		return
	}
	x.bad = &tabular.Error{Line: x.row.Line(), Reason: err.Error(), Raw: x.row.Raw()}
}
