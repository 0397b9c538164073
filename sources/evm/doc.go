// Package evm reads token transfers from Ethereum-like nodes by eth_getLogs.
//
// A node can answer wrongly in silence, so an answer is only used when it fits:
// the head and the finalized block come from the same endpoint right before, every
// log must match the filter and the range that was asked for, and the block of
// every hit must be on the chain that the endpoint itself shows. What could not be
// read becomes a gap with its blocks; every empty range is asked again. Logs above the
// finalized block are read too and marked as not final.
package evm
