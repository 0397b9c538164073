// Command tieout proves, every day, that a merchant's crypto payments add up: it
// compares the provider's orders, the merchant's own orders, the webhook log and
// the transfers on chain, and says exactly what to do where they differ.
//
//	tieout run      --config tieout.yaml [--as-of 2026-03-17]   one business date
//	tieout daemon   --config a.yaml --config b.yaml             as dates become due, side by side
//	tieout backfill [--from 2026-03-01] [--to 2026-03-17]       every date not done yet, oldest first
//	tieout doctor   --config tieout.yaml                        what a run needs, checked in order
//	tieout inspect  FILE...                                     what is this file?
//	tieout init     [DIR] [FILES...]                            a commented configuration, from samples
//	tieout cases    list|show|import|accept|resolve|write-off|suppress|reopen
//	tieout explain  ORDER|TXID|BREAK-ID                         the story of one payment
//	tieout verify   DIR                                         recompute reports from their files alone
//	tieout state    rebuild                                     a lost state, anew from reports and inputs
//	tieout version
//
// Results go to stdout, progress and logs to stderr. The exit status is 0 when
// the run is complete (breaks do not fail it unless --fail-on asks), 1 breaks
// found and --fail-on matched, 2 usage or configuration, 3 incomplete, 4 internal,
// 5 locked or temporarily unavailable, 6 the output cannot be written.
package main
