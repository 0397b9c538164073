package files

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"
)

// given is an input that lies nowhere.
type given []byte

func (g given) open() (io.ReadCloser, error)  { return io.NopCloser(bytes.NewReader(g)), nil }
func (g given) beside(string) ([]byte, error) { return nil, io.EOF }
func (g given) written() time.Time            { return time.Time{} }
func (g given) changed(int64) bool            { return false }

// FuzzAddresses: whatever a list holds, an address that is read has a text and a line
// of the file, and what cannot be read is an error that names the file.
func FuzzAddresses(f *testing.F) {
	for _, content := range []string{
		"chain,address,label\n,0xab,till\n", "Address\n0xab\n\n0xcd\n", "\ufeff\"label\";Address;Chain\nx;0xab;eth\n",
		"chain\taddress\ntron\tTab\n", "chain,label\n,x\n", "", "address\n\"0xab\n", "\x1f\x8b\x08\x00",
	} {
		f.Add([]byte(content))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		list, err := Addresses(Input{Path: "a.csv", at: given(content)})
		if err != nil && !strings.HasPrefix(err.Error(), "a.csv") {
			t.Errorf("an error that does not name the file: %v", err)
		}
		for _, a := range list {
			if a.Text == "" || a.Line < 2 {
				t.Errorf("%+v", a)
			}
		}
	})
}
