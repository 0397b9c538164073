// Package evm reads token transfers from Ethereum-like nodes by eth_getLogs.
//
// A node can answer wrongly in silence, so an answer is only used when it fits:
// the head and the finalized block come from the same endpoint right before, every
// log must match the filter and the range that was asked for, and the block of
// every hit must be on the chain that the endpoint itself shows. What could not be
// read becomes a gap with its blocks; every empty range is asked again. Logs above the
// finalized block are read too and marked as not final.
//
// One node alone cannot be caught when its index has lost a block. At the level
// quorum two must give the same logs for every final range, the same receipts, and
// the same hashes and times of the blocks with transfers; where they do not, the
// block is a gap. Where they do not at the ends of the window or the finalized
// block, all of the window is one.
//
// At the level balance the transfers from the addresses are read too, and what came
// and went must make the difference of each balance over the window. A block in
// which it does not is found by halving, and its receipts tell. Losses of one address
// that cancel out do not show, and so no gap ends.
//
// At the level proof one endpoint is enough, and one hash is trusted: that of the
// last block. Headers are hashed and linked down from it; the receipts of a block
// with a transfer, or whose bloom filter may hold one, must hash to the root in its
// header, and so must its transactions. What is proven takes the place of what
// eth_getLogs said. A block that cannot be proven is a gap, except on chains whose
// hashes are not known here: there it is no proof, and the sources page says so.
//
// No node has an index of native payments, so every block of the window is read whole
// for them. What calls inside transactions pay only a trace tells.
package evm
