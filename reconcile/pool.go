package reconcile

// pool keeps equal values once and numbers them from 0, in the order in which they
// came.
type pool[T comparable] struct {
	kept  table[T]
	known map[T]uint32
	last  uint32 // rows of one kind follow one another
}

// number returns the number of a value, keeping it when it is new.
func (p *pool[T]) number(v T) uint32 {
	if p.kept.len() > 0 && *p.at(p.last) == v {
		return p.last
	}
	n, known := p.known[v]
	if !known {
		if p.known == nil {
			p.known = map[T]uint32{}
		}
		n = uint32(p.kept.len())
		p.kept.add(v)
		p.known[v] = n
	}
	p.last = n
	return n
}

// at returns the value of a number, which is not to be changed.
func (p *pool[T]) at(n uint32) *T { return p.kept.at(int32(n)) }
