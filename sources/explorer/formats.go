package explorer

import "tieout/reconcile/money"

// How whole amounts are written. Explorer pages group thousands with commas.
// Tronscan's newer exports print numbers as Java does, so small ones have a
// negative exponent.
var (
	grouped = money.Style{Group: ','}
	javaish = money.Style{Group: ',', Exponent: true}
)

// The header names of the Etherscan family's exports over its generations.
var (
	scanTX   = []string{"Transaction Hash", "Txhash"}
	scanTime = []string{"UnixTimestamp", "DateTime (UTC)", "DateTime"}
	okTX     = []string{"Tx Hash", "交易哈希", "交易哈希值", "交易Hash"}
	okBlock  = []string{"blockHeight", "区块高度", "区块"}
	okTime   = []string{"blockTime(UTC)", "UTC时间", "区块时间(UTC)", "时间(UTC)"}
	okFrom   = []string{"from", "发送方"}
	okTo     = []string{"to", "接收方"}
	okValue  = []string{"value", "数量"}
)

// Plain is the name of the format without a format: the columns are called as here.
// Files of orders may have them as well.
const Plain = "transfers under their own names"

// formats are the shapes that are recognised. Names of fields that serve only to
// tell one shape from another stand here too.
var formats = []format{
	{
		name:   "an NFT export",
		names:  names{tokenID: {"Token ID"}, txid: {"Transaction Hash", "Txhash", "hash"}},
		need:   []field{tokenID, txid},
		refuse: "tokens that are told apart by an id are no payments; leave the file out",
	},
	{
		name:   "an error answer of an explorer's API",
		names:  names{status: {"status"}, errorText: {"message"}, errorResult: {"result"}},
		need:   []field{status, errorText, errorResult},
		refuse: "its result says what went wrong instead of holding rows; fetch it again",
	},
	{
		name: "ethereum-etl blocks",
		names: names{chain: {"chain_id"}, block: {"number", "block_number"}, blockHash: {"hash", "block_hash"},
			blockTime: {"timestamp"}, parent: {"parent_hash", "author", "miner"}},
		need:  []field{block, blockTime, parent},
		moves: nothing,
	},
	{
		name: "ethereum-etl token transfers",
		names: names{chain: {"chain_id"}, block: {"block_number"}, blockTime: {"block_timestamp"}, blockHash: {"block_hash"},
			txid: {"transaction_hash"}, logIndex: {"log_index"}, asset: {"token_address"},
			symbol: {"symbol", "token_symbol"}, decimals: {"decimals", "token_decimals"},
			from: {"from_address"}, to: {"to_address"}, base: {"value"}},
		need: []field{block, txid, logIndex, asset, from, to, base},
	},
	{
		name: "cryo ERC-20 transfers",
		names: names{chain: {"chain_id"}, block: {"block_number"}, blockTime: {"timestamp", "block_timestamp"}, blockHash: {"block_hash"},
			txid: {"transaction_hash"}, logIndex: {"log_index"}, asset: {"erc20"},
			from: {"from_address"}, to: {"to_address"}, base: {"value_string", "value"}},
		need: []field{block, txid, logIndex, asset, from, to, base},
	},
	{
		name:   "Etherscan API token transfers (tokentx)",
		names:  apiNames(names{logIndex: {"logIndex"}, asset: {"contractAddress"}, symbol: {"tokenSymbol"}, decimals: {"tokenDecimal"}}),
		need:   []field{blockTime, txid, asset, from, to, base, decimals},
		moves:  tokens,
		zeroOK: true, account: true,
	},
	{
		name:   "Etherscan API transactions (txlist)",
		names:  apiNames(names{created: {"contractAddress"}, gas: {"gasPrice"}}),
		need:   []field{blockTime, txid, from, to, base, status, gas},
		moves:  coin,
		zeroOK: true, account: true,
	},
	{
		name: "Etherscan API internal transactions (txlistinternal)",
		names: apiNames(names{created: {"contractAddress"}, trace: {"traceId", "index"}, failure: {"errCode"},
			kind: {"callType", "type"}}),
		need:   []field{blockTime, txid, from, to, base, status, kind, failure},
		moves:  inside,
		zeroOK: true, account: true,
	},
	{
		name: "Etherscan token transfer export",
		names: names{txid: scanTX, block: {"Blockno"}, blockTime: scanTime, from: {"From"}, to: {"To"},
			whole: {"TokenValue", "Value", "Quantity"}, asset: {"ContractAddress"}, symbol: {"TokenSymbol"},
			status: {"Status"}, failure: {"ErrCode"}},
		need:  []field{txid, blockTime, from, to, whole, asset},
		style: grouped, account: true,
	},
	{
		name: "Etherscan token page export",
		names: names{txid: scanTX, block: {"Blockno"}, blockTime: scanTime, from: {"From"}, to: {"To"},
			whole: {"Quantity", "Amount", "TokenValue", "Value"}, symbol: {"TokenSymbol"},
			status: {"Status"}, failure: {"ErrCode"}},
		need:  []field{txid, blockTime, from, to, whole},
		style: grouped, account: true,
	},
	{
		name: "Etherscan transaction export",
		names: names{txid: scanTX, block: {"Blockno"}, blockTime: scanTime, from: {"From"}, to: {"To"}, created: {"ContractAddress"},
			wholeIn: {"Value_IN(*"}, wholeOut: {"Value_OUT(*"}, status: {"Status"}, failure: {"ErrCode"}},
		need:  []field{txid, blockTime, from, to, wholeIn, wholeOut, status},
		moves: coin, style: grouped, account: true,
	},
	{
		name: "Etherscan internal transaction export",
		names: names{txid: scanTX, block: {"Blockno"}, blockTime: scanTime, from: {"From"}, to: {"TxTo"}, created: {"ContractAddress"},
			wholeIn: {"Value_IN(*"}, wholeOut: {"Value_OUT(*"}, status: {"Status"}, failure: {"ErrCode"}, kind: {"Type"}, parent: {"ParentTxFrom"}},
		need:  []field{txid, blockTime, from, to, wholeIn, wholeOut, status, parent},
		moves: inside, style: grouped, zeroOK: true, account: true,
	},
	{
		name: "Blockscout token transfer export",
		names: blockscoutNames(names{asset: {"TokenContractAddress"}, decimals: {"TokenDecimals"}, symbol: {"TokenSymbol"},
			base: {"TokensTransferred"}, status: {"Status"}}),
		need:    []field{txid, blockTime, from, to, asset, base},
		account: true,
	},
	{
		name:  "Blockscout transaction export",
		names: blockscoutNames(names{created: {"ContractAddress"}, base: {"Value"}, status: {"Status"}}),
		need:  []field{txid, blockTime, from, to, base, status},
		moves: coin, account: true,
	},
	{
		name: "Blockscout internal transaction export",
		names: blockscoutNames(names{created: {"ContractAddress"}, base: {"Value"}, trace: {"Index"}, kind: {"CallType"},
			gas: {"TxIndex", "TransactionIndex"}}),
		need:  []field{txid, blockTime, from, to, base, trace, kind},
		moves: inside, account: true,
	},
	{
		name: "Tronscan TRC-20 export",
		names: names{txid: {"transaction_id"}, block: {"block"}, blockTime: {"block_ts"}, from: {"from_address"}, to: {"to_address"},
			confirmed: {"confirmed"}, status: {"contractRet"}, whole: {"quant"}},
		need:  []field{txid, blockTime, from, to, status, whole},
		style: grouped, account: true,
	},
	{
		name: "Tronscan / OKLink token transfer export",
		names: names{txid: okTX, block: okBlock, blockTime: okTime, from: okFrom, to: okTo, whole: okValue,
			symbol: {"symbol", "代币符号"}, asset: {"tokenAddress", "代币地址"}, confirmed: {"isConfirm"}, status: {"status", "状态"}},
		need:  []field{txid, blockTime, from, to, whole, asset},
		style: javaish, account: true,
	},
	{
		name: "Tronscan / OKLink transaction export",
		names: names{txid: okTX, block: okBlock, blockTime: okTime, from: okFrom, to: okTo, whole: okValue,
			symbol: {"symbol"}, kind: {"contractType"}, status: {"status", "状态"}},
		need:  []field{txid, blockTime, from, to, whole, status},
		moves: coin, style: javaish, account: true,
	},
	{
		name:  Plain,
		names: canonical.names(nil),
		need:  []field{txid, from, to},
		moves: anything,
	},
}

// apiNames are the members that all answers of an Etherscan-like API share.
func apiNames(more names) names {
	n := names{block: {"blockNumber"}, blockHash: {"blockHash"}, blockTime: {"timeStamp"}, txid: {"hash", "transactionHash"},
		from: {"from"}, to: {"to"}, base: {"value"}, status: {"isError"}, confirmations: {"confirmations"}}
	return n.with(more)
}

// blockscoutNames are the columns that all of Blockscout's exports share. What it
// calls UnixTimestamp is a date.
func blockscoutNames(more names) names {
	n := names{txid: {"TxHash"}, block: {"BlockNumber"}, blockTime: {"UnixTimestamp"}, from: {"FromAddress"}, to: {"ToAddress"},
		failure: {"ErrCode"}}
	return n.with(more)
}

func (n names) with(more names) names {
	for fld, accepted := range more {
		n[fld] = accepted
	}
	return n
}
