// Package tron reads token transfers of TRON, from nodes over their JSON-RPC and
// from TronGrid's v1 API.
//
// The two know different things. JSON-RPC answers for blocks and for a thousand
// addresses at once, and its logs have a block hash and an index in the block. v1
// answers for one address and a time, without block or index, so that each
// transaction it names is looked up: what counts is its solidified receipt. Both can
// leave something out in silence, so everything is read twice unless verify is none:
// from another endpoint where there is one, else from the same in other pieces or the
// other way round. What only one of the readings shows counts for nothing, and the
// time of it is a gap.
//
// Addresses are base58 outside this package; JSON-RPC and receipts want their 20
// bytes in hex, some with 41 in front. Transaction ids are 64 hex digits without 0x.
// Final is what is solidified: 19 of 27 producers have built on it, about a minute
// after. A block's hash begins with its number, and its time is in seconds over
// JSON-RPC, in milliseconds over HTTP.
package tron
