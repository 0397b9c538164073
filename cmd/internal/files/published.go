package files

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// Published is a business date whose report is published.
type Published struct {
	Date     string // YYYY-MM-DD
	Revision int    // from 1
	Complete bool   // the report says that no evidence was missing
	SHA256   string // of its manifest
}

// List returns the business dates whose reports lie in a root, oldest first. A root
// that is not there holds none; one that holds another merchant's is refused.
func List(root, merchant string) ([]Published, error) {
	entries, err := os.ReadDir(root)
	if err != nil && !absent(err) {
		return nil, &OutputError{err}
	}
	var list []Published
	for _, e := range entries { // sorted by name, and so by date
		if _, err := time.Parse(time.DateOnly, e.Name()); err != nil {
			continue
		}
		name := filepath.Join(root, e.Name(), manifest)
		content, err := os.ReadFile(name)
		if absent(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		var m struct {
			Merchant, Status string
			Revision         int
		}
		if err := json.Unmarshal(content, &m); err != nil {
			return nil, fmt.Errorf("%s cannot be read as the manifest of a run: %w", name, err)
		}
		if m.Merchant != merchant {
			return nil, &MerchantError{root, m.Merchant}
		}
		sum := sha256.Sum256(content)
		list = append(list, Published{e.Name(), max(1, m.Revision), m.Status == "complete", hex.EncodeToString(sum[:])})
	}
	return list, nil
}
