package files

import (
	"encoding/json"
	"fmt"
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
	reports, err := manifestsIn(root)
	if err != nil {
		return nil, &OutputError{err}
	}
	var list []Published
	for _, n := range reports { // sorted by name, and so by date
		if _, err := time.Parse(time.DateOnly, n.name); err != nil {
			continue
		}
		if n.err != nil {
			return nil, n.err
		}
		var m struct {
			Merchant, Status string
			Revision         int
		}
		if err := json.Unmarshal(n.content, &m); err != nil {
			return nil, fmt.Errorf("%s cannot be read as the manifest of a run: %w", Join(root, n.name+"/"+manifest), err)
		}
		if m.Merchant != merchant {
			return nil, &MerchantError{root, m.Merchant}
		}
		list = append(list, Published{n.name, max(1, m.Revision), m.Status == "complete", sum(n.content)})
	}
	return list, nil
}
