// Package reconcile decides, for a merchant's crypto payments, what four
// witnesses say together and what to do where they disagree.
//
// # The method
//
// Four witnesses are compared: the provider's order book, the merchant's own
// order book, the log of webhook deliveries, and the transfers on chain. Each
// knows something that the others cannot know, and none of them is trusted alone.
//
// Reconcile is a function of values: no clock, no I/O, no goroutine whose timing
// shows. It runs in these steps:
//
//   - join (join.go, payments.go): rows of both books become payments; the newest row
//     of an order wins, the others are counted as duplicates or superseded;
//   - gather (transfers.go): repeated transfer rows are dropped by log index or
//     occurrence, and what is no customer payment is excluded with its reason;
//   - match (match.go, assign.go, split.go, foreign.go): transfers are attributed to
//     orders by rules, the strongest evidence first. Where orders of equal amount
//     compete, each component is solved globally and exactly (component.go,
//     matching.go, margin.go, parts.go); an answer is accepted only where every best
//     answer agrees on who paid whom;
//   - refund (refunds.go, outgoing.go): refunds find their orders, and the outgoing
//     payments that they explain;
//   - judge (verdict.go, nothing.go, foreign.go, books.go, notifications.go,
//     crosscheck.go, moves.go): every order, transfer and delivery ends in exactly one
//     outcome; an order may carry a set of breaks;
//   - give back (givenback.go): what was refunded settles the breaks of its order;
//   - carry (brought.go, cases.go, resolve.go, answers.go, reorg.go): what an earlier
//     date left open is judged as a whole, and compared with what the rows show now;
//   - decide (decide.go, instruct.go, incidents.go, severity.go): every break becomes a
//     thing to do, with who, until when, and what not to do;
//   - tell (fate.go, story.go, latency.go, scorecard.go): what became of each
//     notification, how long deliveries took, what each provider did;
//   - prove (proof.go, days.go, rollforward.go): both sides of the identity are added up
//     independently of the verdicts, for the window and for each business date and
//     account in it. A residual stops the run.
//
// # The identity
//
// Per asset, exact, in base units:
//
//	received(final, watched, not excluded) - expected(orders the books call paid)
//	  = breaks + open items + cut-off + tolerance + not covered + answered
//
// Every break carries a signed contribution to the left side. What the breaks of
// one order do not name belongs to its open item; where there is none, it must be
// zero, or the run fails.
//
// # From one date to the next
//
// Policy.Opening goes in, Result.Closing comes out; of clean rows only how many there
// were is remembered besides (Policy.Past, Result.Volumes). Per asset, breaks and open
// items apart:
//
//	opening + new + reopened ± changed ± moved - resolved - written off = closing
//
// An item whose rows are read enters the identity with all that its order received
// and owes, however old it is. One whose rows are not read stays as it was and
// stands in the roll-forward alone, so that
//
//	breaks of the window + carried outside of it = closing
//
// An item resolves by evidence, never by absence: its rows are read again in every
// book on whose word it stood, nothing about them is undetermined, and they say what
// took it away. What was proven when it was found, that a chain had shown everything
// until then, is not asked for again. A break that is settled when it is first seen
// is shown, and closes on the date after. What closed stays in the identity, on the
// line answered, while the rows show it, and is remembered so that it is not taken
// for new.
//
// # Missing evidence is never a no
//
// A negative kind (underpaid, missing_transfer, missed_webhook, ...) is only
// named where the witness was complete for the time in question (coverage.go).
// Otherwise the outcome is undetermined. Files that lack rows say nothing of it:
// they are held against what other witnesses name (short.go) and against what
// earlier dates had (usual.go, volume.go).
//
// # Glossary
//
//   - base units: the smallest units of an asset; amounts are whole numbers of them.
//   - book: a list of orders; the provider's or the merchant's.
//   - called paid: the provider's book says paid or, where it has no such order, the
//     merchant's does.
//   - break: a difference with a name. Open item: a timing difference that may still
//     resolve by itself.
//   - carry-forward: what is open at the close of a date opens the next one.
//   - refund: money of an order that went back to its customer. received stays gross:
//     a refund settles a break, and is no part of the identity.
//   - roll-forward: how the opening became the closing.
//   - cut-off: a pair that straddles an edge of the judged window.
//   - delivery: one webhook request that the receiver logged.
//   - due: the amount that an order asks for; the merchant's word counts.
//   - fate: what became of the notification that an order's status brings.
//   - finality: whether a transfer can still vanish.
//   - log index: a token transfer's position in its block. The identity of a transfer
//     is (chain, transaction, log index), or an occurrence number without one.
//   - tie-out: the proof that the identity holds.
//   - control total: rows read = parsed + duplicates + superseded + out of scope +
//     rejected, per source.
package reconcile
