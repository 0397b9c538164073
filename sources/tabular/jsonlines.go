package tabular

import (
	"bytes"
	"fmt"
	"io"
)

// jsonLines reads one JSON object a line. A line that is none is a bad row.
func (r *reader) jsonLines(w *window) error {
	j := r.jsonRows()
	for {
		line, err := w.nextLine()
		if err == io.EOF {
			break
		}
		if err != nil {
			return r.fail(&Error{Line: w.line, Reason: err.Error()})
		}
		text := bytes.TrimSuffix(line, []byte{'\n'})
		if len(text) > blank(text) {
			why := j.lineRow(text)
			if j.parse.failed == errShort && len(text) == len(line) && why != recordTooLong {
				return r.fail(&Error{Line: w.line, Reason: "the last line ends in the middle: the file is cut; fetch it again"})
			}
			if err := j.deliver(text, w.line, why); err != nil {
				return err
			}
		}
		w.skip(len(line), len(line)-len(text))
		if len(line) > maxRecord && len(text) == len(line) { // its end is further on
			w.skipLine('\n')
		}
	}
	if r.sum.Rows == 0 {
		r.warn("it has no rows")
	}
	return nil
}

// lineRow parses a line and says why it is no row.
func (j *jsonRows) lineRow(line []byte) (why string) {
	if len(line) > maxRecord {
		return recordTooLong
	}
	n, err := j.row(line)
	if err != nil {
		return err.Error()
	}
	if end := n + blank(line[n:]); end < len(line) {
		return fmt.Sprintf("it is not valid JSON: %q behind the end of the object", clip(string(line[end:]), 20))
	}
	return j.parse.why
}
