// Package reconciletest tries the engine from outside: it knows the rows that go
// in, the rows that come out and what the verdicts are meant to be, and nothing
// of how they are reached.
//
//   - A World is one small situation told in money terms: orders, transfers and
//     deliveries by name, times as they stand on a clock. Run reconciles it and
//     returns an Outcome, one line of text a subject, that a table can compare.
//   - Generate makes a large world from a seed, many situations side by side,
//     whose verdicts are known because each situation was built to have them.
//   - Reference attributes transfers to orders by trying every assignment. It is
//     hopelessly slow, short enough to be read against the rules, and shares no
//     code with the engine.
//   - Score counts, for a generated world, what the engine got right: the
//     accuracy table.
//   - Check tests what must hold of every result: each row has one verdict, and
//     the money adds up.
package reconciletest
