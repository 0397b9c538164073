package files

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Addresses reads a list of addresses: a CSV file with the columns chain, address
// and label, of which only address is required.
func Addresses(in Input) ([]string, error) {
	f, err := in.Open()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.FieldsPerRecord, r.TrimLeadingSpace = -1, true
	header, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("%s: it holds no header chain,address,label", in.Path)
	}
	header[0] = strings.TrimPrefix(header[0], "\ufeff")
	column := slices.IndexFunc(header, func(h string) bool { return strings.EqualFold(strings.TrimSpace(h), "address") })
	if column < 0 {
		return nil, fmt.Errorf("%s line 1: the column \"address\" is missing; there are %s", in.Path, strings.Join(header, ", "))
	}
	var list []string
	for {
		row, err := r.Read()
		if err == io.EOF {
			return list, nil
		}
		line, _ := r.FieldPos(0)
		if err != nil {
			return nil, fmt.Errorf("%s line %d: %w", in.Path, line, err)
		}
		if len(row) <= column || strings.TrimSpace(row[column]) == "" {
			return nil, fmt.Errorf("%s line %d: the address is missing", in.Path, line)
		}
		list = append(list, strings.TrimSpace(row[column]))
	}
}
