package evmtest

import (
	_ "embed"
	"math/big"
	"strings"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
)

// Multicall is where the node has a contract with the interface of Multicall3.
const Multicall = "0xcA11bde05977b3631167028862bE2a173976CA11"

//go:embed token/Aggregator.bin
var aggregatorCode string // as it stands on the chain, without a constructor

//go:embed token/Elastic.abi.json
var elasticABI string

//go:embed token/Elastic.bin
var elasticBin string

//go:embed token/Forwarder.abi.json
var forwarderABI string

//go:embed token/Forwarder.bin
var forwarderBin string

// DeployElastic deploys a token whose balances also change without a log.
func (n *Node) DeployElastic() string { return n.deploy(elasticBin) }

// Grow changes an address's balance of an elastic token; no log says so.
func (n *Node) Grow(token, who string, units int64) Payment {
	n.t.Helper()
	return n.payment(token, n.pack(elasticABI, "grow", common.HexToAddress(who), big.NewInt(units)))
}

// DeployForwarder deploys a contract that hands native coin on.
func (n *Node) DeployForwarder() string { return n.deploy(forwarderBin) }

// Send pays native coin to an address.
func (n *Node) Send(to string, wei int64) Payment {
	n.t.Helper()
	return n.sent(to, wei, nil)
}

// Forward pays native coin through a forwarder by one of its functions.
func (n *Node) Forward(forwarder, function string, wei int64, to ...string) Payment {
	n.t.Helper()
	args := make([]any, len(to))
	for i, address := range to {
		args[i] = common.HexToAddress(address)
	}
	return n.sent(forwarder, wei, n.pack(forwarderABI, function, args...))
}

func (n *Node) sent(to string, wei int64, data []byte) Payment {
	n.t.Helper()
	address := common.HexToAddress(to)
	return n.paid(n.mined(n.sendCoin(&address, big.NewInt(wei), data)))
}

func (n *Node) deploy(bin string) string {
	n.t.Helper()
	return strings.ToLower(n.mined(n.send(nil, common.FromHex(strings.TrimSpace(bin)))).ContractAddress.Hex())
}

func (n *Node) pack(description, function string, args ...any) []byte {
	n.t.Helper()
	contract, err := abi.JSON(strings.NewReader(description))
	check(n.t, err)
	data, err := contract.Pack(function, args...)
	check(n.t, err)
	return data
}
