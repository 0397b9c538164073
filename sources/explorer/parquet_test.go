package explorer

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"

	"tieout/sources"
	"tieout/sources/sourcetest"
)

// cryoRow is a row of cryo's erc20_transfers as it writes them by default: hashes and
// addresses in binary, the value in three ways. The files of these tests are written by
// the library, with cryo's columns and types; none was written by cryo.
type cryoRow struct {
	Block   uint32  `parquet:"block_number"`
	TxIndex uint32  `parquet:"transaction_index"`
	Index   uint32  `parquet:"log_index"`
	TX      []byte  `parquet:"transaction_hash"`
	Token   []byte  `parquet:"erc20"`
	From    []byte  `parquet:"from_address"`
	To      []byte  `parquet:"to_address"`
	Binary  []byte  `parquet:"value_binary"`
	Text    string  `parquet:"value_string"`
	Float   float64 `parquet:"value_f64"`
	Chain   uint64  `parquet:"chain_id"`
}

// cryoHexRow is the same with --hex and the time asked for besides.
type cryoHexRow struct {
	Block uint32  `parquet:"block_number"`
	Time  uint32  `parquet:"timestamp"`
	Index uint32  `parquet:"log_index"`
	TX    string  `parquet:"transaction_hash,dict"`
	Token string  `parquet:"erc20,dict"`
	From  string  `parquet:"from_address"`
	To    *string `parquet:"to_address,optional"`
	Text  string  `parquet:"value_string"`
	Chain uint64  `parquet:"chain_id"`
}

// cryoBlock is a row of its blocks.
type cryoBlock struct {
	Hash   []byte `parquet:"block_hash"`
	Author []byte `parquet:"author"`
	Number uint32 `parquet:"block_number"`
	Time   uint32 `parquet:"timestamp"`
	Chain  uint64 `parquet:"chain_id"`
}

// unhex is the bytes of a text with 0x.
func unhex(text string) []byte {
	b, err := hex.DecodeString(text[2:])
	if err != nil {
		panic(err)
	}
	return b
}

func parquetFile[T any](t testing.TB, rows []T, options ...parquet.WriterOption) []byte {
	t.Helper()
	var b bytes.Buffer
	w := parquet.NewGenericWriter[T](&b, options...)
	if _, err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func cryoRows() []cryoRow {
	row := func(block, index uint32, tx, value string) cryoRow {
		return cryoRow{Block: block, Index: index, TX: unhex(tx), Token: unhex(usdt), From: unhex(alice), To: unhex(shop), Binary: []byte{1}, Text: value, Float: 1, Chain: 1}
	}
	return []cryoRow{row(100, 7, tx1, "12500000"), row(101, 1, tx2, "115792089237316195423570985008687907853269984665640564039457584007913129639935")}
}

// TestParquet: cryo's transfers are read with the times of its blocks, in whatever way
// the pages are packed and split, and as it writes them with --hex.
func TestParquet(t *testing.T) {
	blocks := file{"blocks.parquet", string(parquetFile(t, []cryoBlock{{unhex(tx1), unhex(alice), 100, 1777716000, 1}, {unhex(tx2), unhex(alice), 101, 1777716012, 1}}))}
	rows := cryoRows()
	to := shop
	hexRows := []cryoHexRow{{100, 1777716000, 7, tx1, usdt, alice, &to, rows[0].Text, 1}, {101, 1777716012, 1, tx2, usdt, alice, &to, rows[1].Text, 1}}
	for name, content := range map[string][]byte{
		"plain":           parquetFile(t, rows),
		"LZ4":             parquetFile(t, rows, parquet.Compression(&parquet.Lz4Raw)),
		"zstd":            parquetFile(t, rows, parquet.Compression(&parquet.Zstd)),
		"snappy":          parquetFile(t, rows, parquet.Compression(&parquet.Snappy)),
		"gzip":            parquetFile(t, rows, parquet.Compression(&parquet.Gzip)),
		"older pages":     parquetFile(t, rows, parquet.DataPageVersion(1), parquet.Compression(&parquet.Snappy)),
		"many row groups": parquetFile(t, rows, parquet.MaxRowsPerRowGroup(1)),
		"hex":             parquetFile(t, hexRows, parquet.Compression(&parquet.Lz4Raw)),
	} {
		t.Run(name, func(t *testing.T) {
			r, err := read(t, sources.FileOptions{}, blocks, file{"transfers.parquet", string(content)})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, m := range r.Transfers {
				got = append(got, fmt.Sprintln(m.Chain, m.TXID, m.LogIndex, m.Block, m.BlockTime, m.Asset, m.From, m.To, m.Amount, m.BaseUnit, m.At.Line))
			}
			want := []string{
				fmt.Sprintln("eip155:1", tx1, 7, 100, "2026-05-02T10:00:00Z", usdt, alice, shop, "12500000", true, 2),
				fmt.Sprintln("eip155:1", tx2, 1, 101, "2026-05-02T10:00:12Z", usdt, alice, shop, rows[1].Text, true, 3),
			}
			if diff := cmp.Diff(want, got); diff != "" || len(r.Rejects) > 0 || len(r.Covers) == 0 {
				t.Errorf("rejects %v, covers %v\n%s", r.Rejects, r.Covers, diff)
			}
		})
	}
}

// TestParquetAtVolume: a hundred thousand rows come back as they were written, packed with
// LZ4 as cryo does by default. The library alone stumbles over
// the pages whose unpacked bytes did not fit its first buffer.
func TestParquetAtVolume(t *testing.T) {
	rows := make([]cryoRow, 100_000)
	for i := range rows {
		r := cryoRows()[0]
		r.Block, r.TX, r.Text = uint32(i/50), bytes.Clone(r.TX), fmt.Sprint(i)
		for j := 0; j < 32; j += 8 { // what does not pack well
			binary.LittleEndian.PutUint64(r.TX[j:], uint64(i+j+1)*0x9e3779b97f4a7c15)
		}
		rows[i] = r
	}
	for name, codec := range map[string]compress.Codec{"LZ4": &parquet.Lz4Raw, "zstd": &parquet.Zstd} {
		content := parquetFile(t, rows, parquet.Compression(codec), parquet.MaxRowsPerRowGroup(30_000))
		text, err := tableText(content)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(text), "\n")
		if len(lines) != len(rows)+1 {
			t.Fatalf("%s: %d lines for %d rows", name, len(lines), len(rows))
		}
		for i, r := range rows {
			if want := fmt.Sprintf("%d,0,7,0x%x,%s,%s,%s,%s,1", r.Block, r.TX, usdt, alice, shop, r.Text); lines[i+1] != want {
				t.Fatalf("%s: row %d is\n%s, want\n%s", name, i+1, lines[i+1], want)
			}
		}
	}
}

// tableText is a Parquet file as the text that stands for it.
func tableText(content []byte) (string, error) {
	file, err := Table(sourcetest.Bytes("x.parquet", content)).Open()
	if err != nil {
		return "", err
	}
	defer file.Close()
	text, err := io.ReadAll(file)
	return string(text), err
}

// TestParquetColumns: a type has one text; what has none that is exact is left out.
func TestParquetColumns(t *testing.T) {
	type row struct {
		Signed   int32    `parquet:"signed"`
		Unsigned uint32   `parquet:"unsigned"`
		Long     int64    `parquet:"long"`
		Big      uint64   `parquet:"big"`
		Yes      bool     `parquet:"yes"`
		Word     string   `parquet:"word"`
		Raw      []byte   `parquet:"raw"`
		Fixed    [4]byte  `parquet:"fixed"`
		Milli    int64    `parquet:"milli,timestamp(millisecond)"`
		Maybe    *int64   `parquet:"maybe,optional"`
		Float    float64  `parquet:"float"`
		Price    int64    `parquet:"price,decimal(2:18)"`
		List     []string `parquet:"list,list"`
		Inner    struct {
			X int64 `parquet:"x"`
		} `parquet:"inner"`
		Last string `parquet:"last"`
	}
	r := row{Signed: -1, Unsigned: 1 << 31, Long: -1 << 62, Big: 1 << 63, Yes: true, Word: "a,\"b\"\nc", Raw: []byte{0xab}, Fixed: [4]byte{1, 2}, Milli: 1777716000123,
		Float: 1.5, Price: 150, List: []string{"p", "q"}, Last: "z"}
	text, err := tableText(parquetFile(t, []row{r}))
	if err != nil {
		t.Fatal(err)
	}
	const want = "signed,unsigned,long,big,yes,word,raw,fixed,milli,maybe,last\n" +
		"-1,2147483648,-4611686018427387904,9223372036854775808,true,\"a,\"\"b\"\"\nc\",0xab,0x01020000,2026-05-02T10:00:00.123Z,,z\n"
	if diff := cmp.Diff(want, text); diff != "" {
		t.Error(diff)
	}
}

// TestParquetWithoutRows: a file of blocks in which nothing moved has its columns, and is
// as complete as any.
func TestParquetWithoutRows(t *testing.T) {
	r, err := read(t, sources.FileOptions{Chain: "eip155:1"}, file{"blocks.parquet", string(parquetFile(t, []cryoBlock{{unhex(tx1), unhex(alice), 100, 1777716000, 1}}))}, file{"none.parquet", string(parquetFile(t, []cryoRow{}))})
	if err != nil || len(r.Covers) == 0 || len(r.Gaps) > 0 {
		t.Errorf("%v, covers %v, gaps %v", err, r.Covers, r.Gaps)
	}
}

// TestParquetValueInBinary: the order of the bytes of value_binary depends on the version
// of cryo, so that it is no amount.
func TestParquetValueInBinary(t *testing.T) {
	type row struct {
		Block  uint32 `parquet:"block_number"`
		Index  uint32 `parquet:"log_index"`
		TX     []byte `parquet:"transaction_hash"`
		Token  []byte `parquet:"erc20"`
		From   []byte `parquet:"from_address"`
		To     []byte `parquet:"to_address"`
		Binary []byte `parquet:"value_binary"`
	}
	_, err := read(t, sources.FileOptions{Chain: "eip155:1"}, file{"t.parquet", string(parquetFile(t, []row{{TX: unhex(tx1)}}))})
	if err == nil || !strings.Contains(err.Error(), "it has no amount") {
		t.Errorf("%v", err)
	}
}

// TestHostileParquet: a damaged or made up file is an error, never a crash, never all of
// the memory, and never another row.
func TestHostileParquet(t *testing.T) {
	whole := map[string]bool{}
	for _, content := range [][]byte{parquetFile(t, cryoRows(), parquet.Compression(&parquet.Lz4Raw)), parquetFile(t, cryoRows(), parquet.Compression(&parquet.Zstd), parquet.DataPageVersion(1))} {
		text, err := tableText(content)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(text) {
			whole[line] = true
		}
		for cut := 4; cut < len(content); cut += 7 {
			if text, err := tableText(content[:cut]); err == nil {
				t.Errorf("cut at %d it reads:\n%s", cut, text)
			}
		}
		// The checksum of each page finds out any byte of a page that is another.
		for at := 4; at < len(content); at++ {
			damaged := slices.Clone(content)
			damaged[at] ^= 0x55
			if text, err := tableText(damaged); err == nil && len(text) > 1<<20 {
				t.Errorf("byte %d makes %d bytes of text", at, len(text))
			}
		}
	}
	long := binary.AppendUvarint([]byte{0x15, 0x02, 0x19, 0xfc}, 1<<40) // a schema of a trillion elements
	bomb := slices.Concat(parquetMagic, long, binary.LittleEndian.AppendUint32(nil, uint32(len(long))), parquetMagic)
	if _, err := tableText(bomb); err == nil || !strings.Contains(err.Error(), "its metadata is damaged") {
		t.Errorf("%v", err)
	}
}

// FuzzParquet: whatever the bytes, an error or a table with as many cells in each row.
func FuzzParquet(f *testing.F) {
	f.Add(parquetFile(f, cryoRows(), parquet.Compression(&parquet.Lz4Raw)))
	f.Add(parquetFile(f, cryoRows(), parquet.Compression(&parquet.Snappy), parquet.DataPageVersion(1)))
	f.Add([]byte("PAR1....PAR1"))
	f.Fuzz(func(t *testing.T, content []byte) {
		if !bytes.HasPrefix(content, parquetMagic) {
			return
		}
		text, err := tableText(content)
		if err == nil && !strings.HasSuffix(text, "\n") {
			t.Errorf("a table without an end: %q", text)
		}
	})
}
