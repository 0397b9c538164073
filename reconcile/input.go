package reconcile

import (
	"cmp"
	"slices"
	"strings"

	"tieout/reconcile/money"
)

// At is where a row was read: a file of a source and a line in it.
type At struct {
	File FileID
	Line int // physical line or row, from 1; 0 when the source has none (an API)
}

// FileID numbers a file that an Intake was told of.
type FileID int32

type fileInfo struct {
	source      int32
	path, sheet string
}

// qty is a Quantity in 16 bytes: nearly every amount fits 64 bits, the others
// stand in Input.wide.
type qty struct {
	coef  uint64 // coefficient, or index into wide
	scale uint8
	kind  uint8 // 0 unknown, 1 small, 2 small negative, 3 wide
}

// span is a piece of one of Input's lists.
type span struct{ off, n uint32 }

type assetInfo struct {
	money.Asset
	chain    int32
	accepted bool
	known    bool // in the catalogue
}

type rejectRow struct {
	Reject
	source int32
}

type factRow struct {
	chain  int32
	txid   uint32
	status TXStatus
}

// intakeInfo is what is known of one source.
type intakeInfo struct {
	SourceRow
	info   SourceInfo
	failed bool
}

// Input is everything that was read, as flat tables. It is read-only.
type Input struct {
	catalogue *Catalogue
	profiles  map[string]*Profile

	keys, txs, addrs, words *dict

	orders      table[orderCells]
	orderTraits pool[orderTraits]
	orderRests  table[orderRest] // 0 is the empty one

	transfers      table[transferCells]
	transferTraits pool[transferTraits]

	deliveries     table[deliveryCells]
	deliveryTraits pool[deliveryTraits]

	refunds []refundRow
	rejects []rejectRow
	facts   []factRow

	lists   []uint32 // txids and payers of spans
	wide    []money.Quantity
	chains  []string // CAIP-2 by index; 0 is ""
	chainID map[string]int32
	assets  []assetInfo
	assetID map[string]int32 // lower-cased CAIP-19
	named   map[name]int32   // chains and assets that names turned out to be
	files   []fileInfo
	sources []intakeInfo
}

// Builder collects what sources read into an Input. It resolves chain and asset
// names and canonicalises addresses and TXIDs; what it cannot resolve it keeps
// for the verdict. Duplicates and superseded rows are decided by Reconcile, so
// rows may come in any order. A Builder is used from one goroutine.
type Builder struct{ in *Input }

// NewBuilder returns an empty builder that resolves names in the catalogue and
// in the profiles' networks. Either may be empty, never nil.
func NewBuilder(c *Catalogue, profiles map[string]*Profile) *Builder {
	in := &Input{catalogue: c, profiles: profiles,
		keys: newDict(), txs: newDict(), addrs: newDict(), words: newDict(),
		chains: []string{""}, chainID: map[string]int32{"": 0},
		assets: []assetInfo{{}}, assetID: map[string]int32{}, named: map[name]int32{}}
	in.orderRests.add(orderRest{})
	return &Builder{in}
}

// Source introduces a source and returns its intake.
func (b *Builder) Source(info SourceInfo) *Intake {
	b.in.sources = append(b.in.sources, intakeInfo{info: info, SourceRow: SourceRow{Name: info.Name, Kind: info.Kind.String()}})
	return &Intake{in: b.in, id: int32(len(b.in.sources) - 1)}
}

// Build returns the input. The builder must not be used afterwards.
func (b *Builder) Build() *Input {
	in := b.in
	b.in = nil
	return in
}

// Claim is a transaction that a book or a delivery names; Chain is "" when it
// does not say where.
type Claim struct{ Chain, TXID string }

// Claims returns the transactions that books, deliveries and refunds name so far,
// canonical, sorted and without repetition.
func (b *Builder) Claims() []Claim {
	var claims []Claim
	add := func(chain int32, txs span) {
		for _, tx := range b.in.list(txs) {
			claims = append(claims, Claim{b.in.chains[chain], b.in.txid(chain, tx)})
		}
	}
	for _, o := range b.in.allOrders() {
		add(o.chain, o.txids)
	}
	for _, d := range b.in.allDeliveries() {
		if d.signature != SignatureInvalid {
			add(d.chain, d.txids)
		}
	}
	for i := range b.in.refunds {
		add(b.in.refunds[i].chain, b.in.refunds[i].txids)
	}
	slices.SortFunc(claims, func(a, b Claim) int {
		return cmp.Or(strings.Compare(a.Chain, b.Chain), strings.Compare(a.TXID, b.TXID))
	})
	return slices.Compact(claims)
}

// OrderRef is an order as our own book names it. Created is 0 when it does not say.
type OrderRef struct {
	OrderID, OrderNo string
	Created          Instant
}

// Ordered returns the orders that merchant books name so far, in the order in which
// they were read.
func (b *Builder) Ordered() []OrderRef {
	var list []OrderRef
	for _, o := range b.in.allOrders() {
		if o.book == BookMerchant {
			list = append(list, OrderRef{b.in.keys.text(o.id), b.in.keys.text(o.no), o.created})
		}
	}
	return list
}

// Watch returns the receiving addresses of every chain of the catalogue, sorted and
// not to be changed:
// those of Policy.Watch and, where Policy.WatchBooks says so, of the books. An EVM
// address is watched on every EVM chain.
func (b *Builder) Watch(p *Policy) map[string][]string {
	set := b.in.watchSet(p)
	byNamespace, byChain := map[string][]string{}, map[string][]string{}
	for _, ch := range b.in.catalogue.Chains {
		space, _, _ := strings.Cut(ch.ID, ":")
		list, done := byNamespace[space]
		if !done {
			for addr := range set {
				if text := b.in.addrs.text(addr); sameNamespace(ch.ID, text) {
					list = append(list, text)
				}
			}
			slices.Sort(list)
			byNamespace[space] = list
		}
		if len(list) > 0 {
			byChain[ch.ID] = list
		}
	}
	return byChain
}

// sameNamespace reports whether an address can live on a chain.
func sameNamespace(chain, address string) bool {
	evm := strings.HasPrefix(address, "0x") && len(address) == 42
	switch {
	case strings.HasPrefix(chain, "eip155:"):
		return evm
	case strings.HasPrefix(chain, "tron:"):
		return len(address) == 34 && address[0] == 'T'
	}
	return !evm
}

// watchSet returns the watched addresses as numbers.
func (in *Input) watchSet(p *Policy) map[uint32]bool {
	set := map[uint32]bool{}
	for _, text := range p.Watch {
		if canonical, err := CanonicalAddress("", text); err == nil {
			set[in.addrs.intern(canonical)] = true
		}
	}
	ofBooks := func(chain, address string) bool {
		return len(p.Watch) == 0 || slices.ContainsFunc(p.WatchBooks, func(c string) bool {
			return c == chain || chain == "" && sameNamespace(c, address)
		})
	}
	for _, o := range in.allOrders() {
		if o.payTo != 0 && ofBooks(in.chains[o.chain], in.addrs.text(o.payTo)) {
			set[o.payTo] = true
		}
	}
	for i := range in.rejects { // an order that could not be read still names where its money goes
		r := &in.rejects[i]
		if a, err := CanonicalAddress("", r.Address); err == nil && a != "" && in.isOrderBook(r.source) && ofBooks("", a) {
			set[in.addrs.intern(a)] = true
		}
	}
	for i := range in.sources {
		for _, c := range in.sources[i].Covers {
			if c.Address != "" && ofBooks(c.Chain, c.Address) {
				set[in.addrs.intern(c.Address)] = true
			}
		}
	}
	return set
}

func (in *Input) isOrderBook(source int32) bool {
	k := in.sources[source].info.Kind
	return k == SourceProviderBook || k == SourceMerchantBook
}

func (in *Input) list(s span) []uint32 { return in.lists[s.off : s.off+s.n] }

// txid renders a transaction number as the chain writes it: TRON has no 0x.
func (in *Input) txid(chain int32, tx uint32) string {
	text := in.txs.text(tx)
	if len(text) == hashLen && strings.HasPrefix(in.chains[chain], "tron:") && text[:2] == "0x" && isHex(text[2:]) {
		return text[2:]
	}
	return text
}

func (in *Input) quantity(q qty) money.Quantity {
	switch q.kind {
	case 1:
		return money.NewQuantity(money.FromUint64(q.coef), int(q.scale))
	case 2:
		return money.NewQuantity(money.FromUint64(q.coef).Neg(), int(q.scale))
	case 3:
		return in.wide[q.coef]
	}
	return money.Quantity{}
}

func (in *Input) pack(q money.Quantity) qty {
	if !q.Known() {
		return qty{}
	}
	kind := uint8(1)
	if q.Coef().Sign() < 0 {
		kind = 2
	}
	if n, ok := q.Coef().Abs().Uint64(); ok {
		return qty{n, uint8(q.Scale()), kind}
	}
	in.wide = append(in.wide, q)
	return qty{coef: uint64(len(in.wide) - 1), kind: 3}
}

// name is what a row calls a chain or an asset. Rows by the million share a few.
type name struct {
	profile *Profile // whose word it is, nil for nobody's
	chain   int32    // on which an asset is, -1 for the name of a chain
	text    string
}

// known keeps what a name stands for. One that stands for nothing is looked up anew.
func (in *Input) known(n name, resolve func() int32) int32 {
	if n.text == "" {
		return 0
	}
	id, ok := in.named[n]
	if !ok {
		if id = resolve(); id != 0 {
			n.text = strings.Clone(n.text)
			in.named[n] = id
		}
	}
	return id
}

// chainOf resolves a chain name through the profile's networks, then the
// catalogue. A CAIP-2 id that the catalogue lacks is kept as it stands.
func (in *Input) chainOf(profile *Profile, text string) int32 {
	return in.known(name{profile, -1, text}, func() int32 { return in.lookUpChain(profile, text) })
}

func (in *Input) lookUpChain(profile *Profile, name string) int32 {
	if profile != nil {
		if id, ok := profile.Networks[strings.ToUpper(name)]; ok {
			name = id
		}
	}
	if ch, ok := in.catalogue.Chain(name); ok {
		name = ch.ID
	} else if !strings.Contains(name, ":") {
		return 0
	}
	if id, ok := in.chainID[name]; ok {
		return id
	}
	name = strings.Clone(name)
	id := int32(len(in.chains))
	in.chains = append(in.chains, name)
	in.chainID[name] = id
	return id
}

// assetOf resolves an asset name: a CAIP-19 style id, a contract on the chain,
// or a symbol that is unique on the chain. 0 when it cannot be resolved.
func (in *Input) assetOf(chain int32, text string) int32 {
	return in.known(name{nil, chain, text}, func() int32 { return in.lookUpAsset(chain, text) })
}

func (in *Input) lookUpAsset(chain int32, name string) int32 {
	if i := strings.IndexByte(name, '/'); i > 0 {
		at := in.chainOf(nil, name[:i])
		return in.assetByID(at, in.chains[at]+canonicalAssetTail(name[i:]))
	}
	id := in.chains[chain]
	if chain == 0 {
		return 0
	}
	if a, ok := in.catalogue.AssetOn(id, name); ok {
		return in.assetByID(chain, a.Asset.ID)
	}
	if contract, err := CanonicalAddress(id, name); err == nil && sameNamespace(id, contract) {
		return in.assetByID(chain, TokenID(id, contract))
	}
	return 0
}

func canonicalAssetTail(tail string) string {
	if strings.HasPrefix(tail, "/erc20:") {
		return strings.ToLower(tail)
	}
	return tail
}

func (in *Input) assetByID(chain int32, id string) int32 {
	if n, ok := in.assetID[id]; ok {
		return n
	}
	info := assetInfo{Asset: money.Asset{ID: strings.Clone(id), Decimals: -1}, chain: chain}
	if a, ok := in.catalogue.Asset(id); ok {
		info = assetInfo{Asset: a.Asset, chain: chain, accepted: a.Accepted, known: true}
	} else if ch, ok := in.catalogue.Chain(in.chains[chain]); ok && strings.EqualFold(ch.Native.ID, id) {
		info = assetInfo{Asset: ch.Native, chain: chain, known: true}
	}
	n := int32(len(in.assets))
	in.assets = append(in.assets, info)
	in.assetID[info.ID] = n
	in.assetID[strings.Clone(id)] = n
	return n
}
