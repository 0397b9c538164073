// Package cases reads back what people answered in the file they were given, and
// turns it into decisions that the next run counts.
//
// A report's sheets Breaks and Open items (and breaks.csv, open_items.csv) end in
// columns to fill in: disposition, reason, by, until, cap. [Read] finds them by
// their headings, in any order, and makes a [Given] of every row with a
// disposition. A row that cannot be taken is a [Problem] that names file, sheet,
// row and column; the other rows count all the same. Nothing is taken without the
// name of the person who decided.
//
// [Take] holds what was read against the state: an answer to something that is
// not open any more, to a figure that has grown since, or against another person's
// answer to the same report is refused by row. A file counts once, by its hash;
// rows that say what is decided already change nothing, so that a workbook can be
// corrected and handed in again.
package cases
