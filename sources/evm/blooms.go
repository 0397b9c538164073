package evm

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
)

func hashOf(b []byte) common.Hash { return crypto.Keccak256Hash(b) }

// bits are the three places at which a value stands in a bloom filter.
type bits [3]uint16

func bitsOf(value []byte) bits {
	h := hashOf(value)
	var b bits
	for i := range b {
		b[i] = (uint16(h[2*i])<<8 | uint16(h[2*i+1])) & 2047
	}
	return b
}

// in reports whether a filter may hold the value. False is certain.
func (b bits) in(bloom *types.Bloom) bool {
	for _, place := range b {
		if bloom[types.BloomByteLength-1-place/8]&(1<<(place%8)) == 0 {
			return false
		}
	}
	return true
}

// sieve tells by a block's bloom filter that it holds no log that is looked for.
type sieve struct {
	topic      bits
	contracts  []bits
	recipients []bits
}

func newSieve(f filter) sieve {
	s := sieve{topic: bitsOf(common.FromHex(f.topic)), contracts: make([]bits, len(f.contracts)), recipients: make([]bits, len(f.recipients))}
	for i, text := range f.contracts {
		s.contracts[i] = bitsOf(common.FromHex(text))
	}
	for i, text := range f.recipients {
		s.recipients[i] = bitsOf(common.HexToHash(text).Bytes()) // as a topic
	}
	return s
}

// mayHold reports whether the block may hold such a log.
func (s *sieve) mayHold(bloom *types.Bloom) bool {
	return s.topic.in(bloom) && anyIn(s.contracts, bloom) && anyIn(s.recipients, bloom)
}

func anyIn(list []bits, bloom *types.Bloom) bool {
	for _, b := range list {
		if b.in(bloom) {
			return true
		}
	}
	return false
}
