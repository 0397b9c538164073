package sources

// Rows are the rows of a table that was never a file: what a database answers to a
// query. Next moves to the first row and then from row to row; io.EOF is the end in
// good order, and any other error says that rows are missing.
type Rows interface {
	// Header returns the names of the columns, as the answer has them.
	Header() []string
	// Refuse says why a column cannot be used whatever its rows hold, "" for one
	// that can. What shows only in the rows it says from then on.
	Refuse(column int) string
	Next() error
	// Cell returns a value of the row as text, "" for NULL; whether it is a number by
	// its type, so that no style of writing numbers applies; and why the value cannot
	// be used, "" when it can. The text is valid until the next row.
	Cell(column int) (text string, number bool, unfit string)
	Close() error
}
