package explorer

import (
	"slices"
	"strconv"
	"strings"
)

// chainID returns the CAIP-2 id of a chain as a file or the configuration names
// it: an id, an alias of the catalogue or an EVM chain's number. Other text is
// returned as it stands; the core rejects what it does not know.
func (s *source) chainID(name string) string {
	if ch, ok := s.catalogue.Chain(name); ok {
		return ch.ID
	}
	if _, err := strconv.ParseUint(name, 10, 64); err != nil {
		return strings.Clone(name)
	}
	if ch, ok := s.catalogue.Chain("eip155:" + name); ok {
		return ch.ID
	}
	return "eip155:" + name
}

// declaredTokens returns those of the declared assets that are tokens on a chain,
// on any when chain is "".
func (s *source) declaredTokens(chain string) []string {
	return slices.DeleteFunc(s.declaredOn(chain), func(id string) bool {
		on, _, _ := strings.Cut(id, "/")
		ch, ok := s.catalogue.Chain(on)
		return ok && strings.EqualFold(ch.Native.ID, id)
	})
}

// declaredOn returns the declared assets of a chain, of all when chain is "".
func (s *source) declaredOn(chain string) (ids []string) {
	for _, id := range s.options.Assets {
		if chain == "" || strings.HasPrefix(strings.ToLower(id), strings.ToLower(chain)+"/") {
			ids = append(ids, id)
		}
	}
	return ids
}
