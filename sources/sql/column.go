package sql

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// meaning is how the values of a column are read, by its type in the database.
type meaning uint8

const (
	asText    meaning = iota
	asDecimal         // an exact number that the driver hands over as text
	asInstant         // a time with a zone, or in UTC
	asClock           // a time without a zone
	asBinary          // bytes
)

// column is a column of an answer with its value in the present row.
type column struct {
	meaning meaning
	refused string // why it cannot be used at all

	text   string
	number bool
	unfit  string // why the value cannot be used
}

// What is said of columns that cannot be used. Whoever wrote the query knows what the
// values mean, and says it there.
const (
	isFloat = "it is floating point, which does not hold amounts exactly: store it as NUMERIC or text, or cast it in the query to the digits that" +
		" you know to be true (CAST(amount AS DECIMAL(38, 6)); in SQLite printf('%.6f', amount))"
	isJSON  = "it is a JSON value: take the member out in the query"
	isArray = "it is an array: join it in the query (array_to_string(txids, '|'))"
	isMoney = "it is of the type money, which is written as the server's locale wants: cast it to numeric in the query"
	isBits  = "it is of the type bit: cast it to a number or text in the query"
)

// oidOfMoney is what PostgreSQL's driver calls that type: it has no name for it.
const oidOfMoney = "790"

// columnOf tells by the name of its type how a column is read. SQLite's types are
// those of the values, whatever the column is declared as.
func columnOf(d Dialect, typeName string) column {
	base, _, _ := strings.Cut(strings.TrimPrefix(typeName, "UNSIGNED "), "(")
	switch {
	case d == SQLite: // its bytes are never text
		return column{meaning: asBinary}
	case d == Postgres && strings.HasPrefix(typeName, "_"):
		return column{refused: isArray}
	}
	switch base {
	case "FLOAT4", "FLOAT8", "FLOAT", "DOUBLE":
		return column{refused: isFloat}
	case "JSON", "JSONB":
		return column{refused: isJSON}
	case "MONEY", oidOfMoney:
		return column{refused: isMoney}
	case "BIT", "VARBIT":
		return column{refused: isBits}
	case "NUMERIC", "DECIMAL":
		return column{meaning: asDecimal}
	case "TIMESTAMPTZ":
		return column{meaning: asInstant}
	case "TIMESTAMP":
		if d == MySQL { // kept as an instant, shown in the session's zone, which is UTC
			return column{meaning: asInstant}
		}
		return column{meaning: asClock}
	case "DATETIME", "DATE":
		return column{meaning: asClock}
	case "BYTEA", "BLOB", "TINYBLOB", "MEDIUMBLOB", "LONGBLOB", "BINARY", "VARBINARY":
		return column{meaning: asBinary}
	}
	return column{}
}

// Scan implements database/sql's Scanner: it takes the value of the next row.
func (c *column) Scan(value any) error {
	c.text, c.number, c.unfit = "", false, ""
	switch v := value.(type) {
	case nil:
	case string:
		c.take(v)
	case []byte:
		if c.meaning == asBinary {
			c.bytes(v)
		} else {
			c.take(string(v))
		}
	case int64:
		c.text, c.number = strconv.FormatInt(v, 10), true
	case uint64:
		c.text, c.number = strconv.FormatUint(v, 10), true
	case bool:
		c.text = strconv.FormatBool(v)
	case time.Time:
		c.time(v)
	case float64:
		c.float(v, 64)
	case float32:
		c.float(float64(v), 32)
	default:
		c.unfit = fmt.Sprintf("a value of the type %T cannot be read: cast it to text in the query", value)
	}
	return nil
}

// float shows a value that is not used. In SQLite a float is seen in the rows alone.
func (c *column) float(v float64, bits int) {
	c.text, c.unfit, c.refused = strconv.FormatFloat(v, 'g', -1, bits), isFloat, isFloat
}

// take takes a value that is text, or that its driver shows as text.
func (c *column) take(text string) {
	c.text = text
	switch {
	case c.meaning == asDecimal:
		c.number = true
	case (c.meaning == asInstant || c.meaning == asClock) && strings.HasPrefix(text, "0000-00-00"):
		c.text = "" // how MySQL writes that there is no time
	case c.meaning == asInstant:
		c.text = text + "Z"
	case !utf8.ValidString(text):
		c.unfit = "it is not valid UTF-8: convert it in the query"
	}
}

// time writes a time as text that says no more than the column does.
func (c *column) time(t time.Time) {
	if c.meaning == asClock {
		c.text = t.Format("2006-01-02 15:04:05.999999999")
		return
	}
	c.text = t.UTC().Format(time.RFC3339Nano)
}

// bytes takes bytes: those of an address or a transaction are shown in hex; what others
// are, nobody can tell.
func (c *column) bytes(v []byte) {
	switch {
	case (len(v) == 20 || len(v) == 32) && !printable(v):
		c.text = "0x" + hex.EncodeToString(v)
	case len(v) > 0:
		c.text = "0x" + hex.EncodeToString(v[:min(len(v), 32)])
		c.unfit = fmt.Sprintf("it is %d bytes that are no address (20) or transaction (32): write it as text in the query (encode, hex, bin_to_uuid, convert)", len(v))
	}
}

// printable reports bytes that are text, kept in a column of bytes.
func printable(v []byte) bool {
	for _, b := range v {
		if b < ' ' || b > '~' {
			return false
		}
	}
	return true
}
