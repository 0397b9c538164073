// Package schedule says when: which business dates are due, and when to look
// again. It never says what a run does.
//
// Cron expressions only decide when to look. What is due is decided by the ledger
// of business dates: a date is owed from the moment it is over in the merchant's
// time zone and a scheduled instant has come, until the ledger has it. So a run
// that was missed (the machine slept, was down, its clock jumped, a local time was
// skipped by daylight saving) is caught up, oldest date first, and one that is
// asked for twice (a doubled local time, two triggers, a restart, a run by hand)
// finds nothing to do.
//
// Failures, by the exit status of the run:
//
//   - 5, locked or unavailable: again after 1, 2, 4 ... 30 minutes;
//   - 2 and 6, configuration or output: again after 5, 10, 20 minutes ... 6 hours;
//   - 4, an invariant does not hold: at the next scheduled instant, at least an
//     hour and at most a day later;
//   - 3, incomplete and published as such: at the next scheduled instant at least
//     1, 2, 4 ... 24 hours later, for ten days after the end of the date. After
//     that it rests, and a person can still backfill it.
//
// A date opens with what the date before it closed with, so younger dates wait for
// an older one that failed, but never for ever: until its second failure (with 5
// until its fifth, about a quarter of an hour), and for 3 not at all. Younger dates that ran
// before an older one become stale when that one runs, and are due again.
package schedule
