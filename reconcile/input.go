package reconcile

// At is where a row was read: a file of a source and a line in it.
type At struct {
	File FileID
	Line int // physical line or row, from 1; 0 when the source has none (an API)
}

// SourceID and FileID number what a Builder was told of.
type (
	SourceID int32
	FileID   int32
)
