package store

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"

	"tieout/reconcile"
)

// The matched transfers of a run are one compressed text: there may be hundreds of
// thousands of them, nobody asks for a single one, and they are forgotten together.

func packMatched(list []reconcile.Matched) ([]byte, error) {
	if len(list) == 0 {
		return nil, nil
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	enc := json.NewEncoder(z)
	for i := range list {
		if err := enc.Encode(&list[i]); err != nil {
			return nil, err
		}
	}
	err := z.Close()
	return b.Bytes(), err
}

func unpackMatched(packed []byte) (list []reconcile.Matched, err error) {
	if len(packed) == 0 {
		return nil, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, &CorruptError{err}
	}
	for dec := json.NewDecoder(z); ; {
		var m reconcile.Matched
		switch err := dec.Decode(&m); {
		case errors.Is(err, io.EOF):
			return list, nil
		case err != nil:
			return nil, &CorruptError{err}
		}
		list = append(list, m)
	}
}

func (t *tx) matched(run int64) ([]reconcile.Matched, error) {
	var packed []byte
	if _, err := t.row([]any{&packed}, `SELECT matched FROM tieout_runs WHERE id = ?`, run); err != nil {
		return nil, err
	}
	return unpackMatched(packed)
}
