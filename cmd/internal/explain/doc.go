// Package explain tells the story of one payment from published reports: what
// each witness says, how the money was attributed, what differs, what is open,
// what to do, and how it came to this over the days.
//
// It reads nothing but files that were published, so that the story is the one
// that everybody can check. [Find] resolves what a person knows of a payment (an
// order's number or id, a transaction, the id of a break or open item) into
// stories, one per order; a transaction that pays two orders, or a number that two
// providers use, gives both.
package explain
