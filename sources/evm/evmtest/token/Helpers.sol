// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.0;

// A token whose balances also change without a log, as those do that pay interest.
contract Elastic {
    mapping(address => uint256) public balanceOf;

    event Transfer(address indexed from, address indexed to, uint256 value);

    function transfer(address to, uint256 value) external returns (bool) {
        balanceOf[to] += value;
        emit Transfer(msg.sender, to, value);
        return true;
    }

    function grow(address who, uint256 by) external {
        balanceOf[who] += by;
    }
}

// Several reads in one call, by the interface of Multicall3.
contract Aggregator {
    struct Call3 {
        address target;
        bool allowFailure;
        bytes callData;
    }

    struct Result {
        bool success;
        bytes returnData;
    }

    function aggregate3(Call3[] calldata calls) external payable returns (Result[] memory results) {
        results = new Result[](calls.length);
        for (uint256 i = 0; i < calls.length; i++) {
            (results[i].success, results[i].returnData) = calls[i].target.call(calls[i].callData);
            require(results[i].success || calls[i].allowFailure, "call failed");
        }
    }
}

// Hands native coin on, in ways that a transaction's value does not show.
contract Forwarder {
    function forward(address to) external payable {
        send(to, msg.value);
    }

    function split(address a, address b) external payable {
        send(a, msg.value / 2);
        send(b, msg.value - msg.value / 2);
    }

    // The inner call hands coin on and then fails, so that nothing of it remains.
    function undone(address to) external payable {
        (bool ok, ) = address(this).call{value: msg.value}(abi.encodeCall(this.forwardAndFail, (to)));
        require(!ok, "it succeeded");
    }

    function forwardAndFail(address to) external payable {
        send(to, msg.value);
        revert("after all");
    }

    function end(address payable to) external payable {
        selfdestruct(to);
    }

    function send(address to, uint256 value) private {
        (bool ok, ) = to.call{value: value}("");
        require(ok, "refused");
    }
}
