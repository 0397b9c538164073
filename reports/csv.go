package reports

import (
	"fmt"
	"io"
)

// CSVFiles lists the CSV files that WriteCSV writes, in the order of the contract.
func CSVFiles() []string {
	names := make([]string, len(tables))
	for i, t := range tables {
		names[i] = t.file
	}
	return names
}

// WriteCSV writes one of CSVFiles: UTF-8 without a byte order mark, a header,
// comma, line feed, quotes where RFC 4180 needs them. Amounts are exact decimals;
// free text that starts like a formula is escaped, see Escape. A file without
// rows is its header. An unknown name is an error, and so is a failed write.
func WriteCSV(w io.Writer, file string, d Document) error {
	return writeCSV(w, file, bookOf(d))
}

func writeCSV(w io.Writer, file string, b *book) error {
	for _, t := range tables {
		if t.file != file {
			continue
		}
		if err := t.csv(w, b); err != nil {
			return fmt.Errorf("writing %s: %w", file, err)
		}
		return nil
	}
	return fmt.Errorf("there is no report file %q", file)
}
