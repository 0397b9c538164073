package tabular

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"testing"
)

// orders is a file of n plain rows like a large order export.
func ordersCSV(n int) []byte {
	var b bytes.Buffer
	b.WriteString("order_id,order_no,account,customer,method,chain,asset,amount_due,amount_paid,status,txid,pay_to,payer,created_at,expires_at,paid_at\n")
	for i := range n {
		fmt.Fprintf(&b, "%d,ORDER_%08d,86100021,CUST_%06d,1,eip155:1,USDT,%d.25,%d.25,SUCCESS,0x%064x,0x%040x,0x%040x,2026-11-24T08:15:00Z,2026-11-24T08:45:00Z,2026-11-24T08:17:03Z\n",
			8210000000+i, i, i%1000, i%500, i%500, i, i%17, i)
	}
	return b.Bytes()
}

func BenchmarkCSV(b *testing.B) {
	in := ordersCSV(100_000)
	b.Run("tabular", func(b *testing.B) {
		c := contract("*order_no", "amount_due", "amount_paid", "status", "txid", "pay_to", "created_at")
		b.SetBytes(int64(len(in)))
		b.ReportAllocs()
		for b.Loop() {
			n := 0
			_, err := Read("orders.csv", func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(in)), nil }, c, Options{}, Handler{
				Row: func(r *Row) error {
					for i := range c.Columns {
						n += len(r.Text(i))
					}
					return nil
				},
			})
			if err != nil || n == 0 {
				b.Fatal(n, err)
			}
		}
	})
	b.Run("encoding/csv", func(b *testing.B) {
		b.SetBytes(int64(len(in)))
		for b.Loop() {
			r := csv.NewReader(bytes.NewReader(in))
			r.ReuseRecord = true
			for {
				if _, err := r.Read(); err == io.EOF {
					break
				} else if err != nil {
					b.Fatal(err)
				}
			}
		}
	})
}

func BenchmarkJSONLines(b *testing.B) {
	var in bytes.Buffer
	for i := range 100_000 {
		fmt.Fprintf(&in, `{"received_at":"2026-11-24T08:15:00.123Z","headers":{"blockatm-signature-v2":"%064x"},"body":"{\"orderNo\":\"ORDER_%08d\",\"amount\":\"%d.25\",\"status\":\"SUCCESS\"}","response_status":200}`+"\n", i, i, i%500)
	}
	c := contract("*received_at", "headers", "*body", "response_status")
	b.SetBytes(int64(in.Len()))
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		_, err := Read("webhooks.jsonl", func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(in.Bytes())), nil }, c, Options{}, Handler{
			Row: func(r *Row) error { n += len(r.Verbatim(2)); return nil },
		})
		if err != nil || n == 0 {
			b.Fatal(n, err)
		}
	}
}
