// Package store keeps what passes from one business date to the next: the breaks
// and open items that every run carried forward, what people answered, which dates
// ran on what, and who signed them. It stands on SQLite, one file beside the
// reports, or on PostgreSQL where several machines share it.
//
// A run is committed in two steps that belong together with its publication:
//
//  1. Commit writes the closing as a pending run, with the SHA-256 of the
//     manifest that is about to be published. Nothing else changes.
//  2. The report takes its place.
//  3. Publish makes the run count: it supersedes the former revision of its date
//     and marks later dates stale.
//
// A run that is found pending was interrupted between these steps. Where its report
// stands or can still take its place, Publish completes it; else Undo removes it,
// and the state is what it was before. Opening never reads a pending run.
//
// Nothing is overwritten: a date that runs again becomes a further revision with a
// closing of its own. Whoever writes holds the merchant's lease, whose fencing token
// is compared inside every write transaction, last before its commit.
package store
