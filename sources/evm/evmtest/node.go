// Package evmtest runs a real Ethereum node inside a test, with a token to pay
// with: go-ethereum's own node over real HTTP. The test makes its blocks, so that
// their times are literal ones and never ahead of the clock that a run reads.
package evmtest

import (
	"context"
	"crypto/ecdsa"
	_ "embed"
	"maps"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/beacon/engine"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/eth"
	"github.com/ethereum/go-ethereum/eth/ethconfig"
	"github.com/ethereum/go-ethereum/eth/filters"
	"github.com/ethereum/go-ethereum/eth/tracers"
	_ "github.com/ethereum/go-ethereum/eth/tracers/native" // callTracer
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/miner"
	"github.com/ethereum/go-ethereum/node"
	"github.com/ethereum/go-ethereum/p2p"
	"github.com/ethereum/go-ethereum/params"
	"github.com/ethereum/go-ethereum/rpc"
)

//go:embed token/Token.abi.json
var tokenABI string

//go:embed token/Token.bin
var tokenBin string

//go:embed token/Cashier.abi.json
var cashierABI string

//go:embed token/Cashier.bin
var cashierBin string

// ChainID is the node's chain: eip155:1337.
const ChainID = 1337

// blockTime is how far apart blocks are, in seconds, as on Ethereum.
const blockTime = 12

// genesis is the time of block 0.
var genesis = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

// Node is a running node with a funded account.
type Node struct {
	URL    string
	t      testing.TB
	client *ethclient.Client
	eth    *eth.Ethereum
	key    *ecdsa.PrivateKey
	abi    abi.ABI // of the token
	till   abi.ABI // of the payment contract
	nonce  uint64
}

// Start starts a node; it stops with the test.
func Start(t testing.TB) *Node {
	t.Helper()
	key, err := crypto.HexToECDSA("b71c71a67e1177ad4e901695e1b4b9ee17ae16c6668d313eac2f96dbcda3f291") // go-ethereum's own test key
	check(t, err)
	nc := node.DefaultConfig
	nc.DataDir = ""
	nc.P2P = p2p.Config{NoDiscovery: true, NoDial: true, MaxPeers: 0}
	nc.HTTPHost, nc.HTTPPort, nc.AuthPort = "127.0.0.1", 0, 0
	nc.HTTPModules = []string{"eth", "net", "debug"}
	stack, err := node.New(&nc)
	check(t, err)

	alloc := core.SystemContractAllocs()
	alloc[common.HexToAddress(Multicall)] = types.Account{Code: common.FromHex(strings.TrimSpace(aggregatorCode)), Balance: new(big.Int)}
	maps.Copy(alloc, types.GenesisAlloc{crypto.PubkeyToAddress(key.PublicKey): {Balance: new(big.Int).Exp(big.NewInt(10), big.NewInt(24), nil)}})
	ec := ethconfig.Defaults
	ec.NetworkId, ec.SyncMode, ec.LogNoHistory = ChainID, ethconfig.FullSync, true
	ec.Genesis = &core.Genesis{Config: params.AllDevChainProtocolChanges, GasLimit: 60_000_000, BaseFee: big.NewInt(params.InitialBaseFee), Difficulty: new(big.Int), Alloc: alloc,
		Timestamp: uint64(genesis.Unix())}
	backend, err := eth.New(stack, &ec)
	check(t, err)
	fs := filters.NewFilterSystem(backend.APIBackend, filters.Config{})
	stack.RegisterAPIs([]rpc.API{{Namespace: "eth", Service: filters.NewFilterAPI(fs)}})
	stack.RegisterAPIs(tracers.APIs(backend.APIBackend))
	check(t, stack.Start())
	t.Cleanup(func() { _ = stack.Close() })
	backend.SetSynced() // or it takes no transactions

	n := &Node{URL: stack.HTTPEndpoint(), t: t, eth: backend, key: key}
	n.client, err = ethclient.Dial(n.URL)
	check(t, err)
	t.Cleanup(n.client.Close)
	n.abi, err = abi.JSON(strings.NewReader(tokenABI))
	check(t, err)
	n.till, err = abi.JSON(strings.NewReader(cashierABI))
	check(t, err)
	return n
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Payer is the address that pays.
func (n *Node) Payer() string { return strings.ToLower(crypto.PubkeyToAddress(n.key.PublicKey).Hex()) }

// DeployToken deploys a token with 6 decimals, all of it the payer's, and returns
// its contract.
func (n *Node) DeployToken() string {
	n.t.Helper()
	supply, err := n.abi.Pack("", new(big.Int).Exp(big.NewInt(10), big.NewInt(30), nil))
	check(n.t, err)
	tx := n.send(nil, append(common.FromHex(strings.TrimSpace(tokenBin)), supply...))
	receipt := n.mined(tx)
	return strings.ToLower(receipt.ContractAddress.Hex())
}

// DeployCashier deploys a payment contract and returns its address.
func (n *Node) DeployCashier() string {
	n.t.Helper()
	return strings.ToLower(n.mined(n.send(nil, common.FromHex(strings.TrimSpace(cashierBin)))).ContractAddress.Hex())
}

// Deposit pays an order through a payment contract: a Transfer log, then a Deposit
// log that names the order.
func (n *Node) Deposit(cashier, token string, units int64, orderNo string) Payment {
	n.t.Helper()
	data, err := n.till.Pack("deposit", common.HexToAddress(token), big.NewInt(units), orderNo)
	check(n.t, err)
	return n.payment(cashier, data)
}

// Payment is a transfer that was mined.
type Payment struct {
	TXID   string
	Block  uint64
	Hash   string // of the block
	Time   time.Time
	Failed bool
	Logs   []uint // log indexes
}

// Pay transfers units of a token to an address in a block of its own.
func (n *Node) Pay(token, to string, units int64) Payment {
	n.t.Helper()
	data, err := n.abi.Pack("transfer", common.HexToAddress(to), big.NewInt(units))
	check(n.t, err)
	return n.payment(token, data)
}

// PayMany transfers to several addresses in one transaction.
func (n *Node) PayMany(token string, to []string, units []int64) Payment {
	n.t.Helper()
	addresses, amounts := make([]common.Address, len(to)), make([]*big.Int, len(to))
	for i := range to {
		addresses[i], amounts[i] = common.HexToAddress(to[i]), big.NewInt(units[i])
	}
	data, err := n.abi.Pack("transferMany", addresses, amounts)
	check(n.t, err)
	return n.payment(token, data)
}

// PayTooMuch sends a transfer of more than the payer has: it is mined and fails.
func (n *Node) PayTooMuch(token, to string) Payment {
	n.t.Helper()
	data, err := n.abi.Pack("transfer", common.HexToAddress(to), new(big.Int).Exp(big.NewInt(10), big.NewInt(40), nil))
	check(n.t, err)
	return n.payment(token, data)
}

func (n *Node) payment(contract string, data []byte) Payment {
	n.t.Helper()
	to := common.HexToAddress(contract)
	return n.paid(n.mined(n.send(&to, data)))
}

func (n *Node) paid(receipt *types.Receipt) Payment {
	n.t.Helper()
	header, err := n.client.HeaderByNumber(context.Background(), receipt.BlockNumber)
	check(n.t, err)
	p := Payment{TXID: receipt.TxHash.Hex(), Block: receipt.BlockNumber.Uint64(), Hash: receipt.BlockHash.Hex(), Time: time.Unix(int64(header.Time), 0).UTC(), Failed: receipt.Status == 0}
	for _, l := range receipt.Logs {
		p.Logs = append(p.Logs, l.Index)
	}
	return p
}

func (n *Node) send(to *common.Address, data []byte) *types.Transaction {
	n.t.Helper()
	return n.sendCoin(to, new(big.Int), data)
}

func (n *Node) sendCoin(to *common.Address, wei *big.Int, data []byte) *types.Transaction {
	n.t.Helper()
	tx, err := types.SignNewTx(n.key, types.LatestSignerForChainID(big.NewInt(ChainID)), &types.DynamicFeeTx{
		ChainID: big.NewInt(ChainID), Nonce: n.nonce, To: to, Value: wei, Gas: 3_000_000, Data: data,
		GasTipCap: big.NewInt(1_000_000_000), GasFeeCap: big.NewInt(10_000_000_000)})
	check(n.t, err)
	n.nonce++
	check(n.t, n.client.SendTransaction(context.Background(), tx))
	return tx
}

func (n *Node) mined(tx *types.Transaction) *types.Receipt {
	n.t.Helper()
	n.seal()
	receipt, err := n.client.TransactionReceipt(context.Background(), tx.Hash())
	check(n.t, err)
	return receipt
}

// seal makes the next block out of what the pool holds.
func (n *Node) seal() {
	n.t.Helper()
	ctx, chain := context.Background(), n.eth.BlockChain()
	check(n.t, n.eth.TxPool().Sync())
	parent := chain.CurrentBlock()
	payload, err := n.eth.Miner().BuildPayload(ctx, &miner.BuildPayloadArgs{Parent: parent.Hash(), Timestamp: parent.Time + blockTime,
		Withdrawals: types.Withdrawals{}, BeaconRoot: &common.Hash{}, Version: engine.PayloadV3}, false)
	check(n.t, err)
	envelope := payload.ResolveFull()
	block, err := engine.ExecutableDataToBlock(*envelope.ExecutionPayload, nil, &common.Hash{}, envelope.Requests)
	check(n.t, err)
	_, err = chain.InsertBlockWithoutSetHead(ctx, block, false)
	check(n.t, err)
	_, err = chain.SetCanonical(block)
	check(n.t, err)
}

// Finalize makes everything so far final.
func (n *Node) Finalize() {
	chain := n.eth.BlockChain()
	chain.SetFinalized(chain.CurrentBlock())
}

// Mine mines empty blocks.
func (n *Node) Mine(blocks int) {
	n.t.Helper()
	for range blocks {
		n.seal()
	}
}
