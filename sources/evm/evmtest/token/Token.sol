// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.0;

// A token for tests: the few functions and the one event that a payment needs.
contract Token {
    string public constant name = "Test Dollar";
    string public constant symbol = "TUSD";
    uint8 public constant decimals = 6;
    mapping(address => uint256) public balanceOf;

    event Transfer(address indexed from, address indexed to, uint256 value);

    constructor(uint256 supply) {
        balanceOf[msg.sender] = supply;
        emit Transfer(address(0), msg.sender, supply);
    }

    function transfer(address to, uint256 value) external returns (bool) {
        move(to, value);
        return true;
    }

    function transferMany(address[] calldata to, uint256[] calldata value) external {
        for (uint256 i = 0; i < to.length; i++) {
            move(to[i], value[i]);
        }
    }

    // No allowance: the one payer of a test trusts everybody.
    function transferFrom(address from, address to, uint256 value) external returns (bool) {
        moveFrom(from, to, value);
        return true;
    }

    function move(address to, uint256 value) private {
        moveFrom(msg.sender, to, value);
    }

    function moveFrom(address from, address to, uint256 value) private {
        require(balanceOf[from] >= value, "balance");
        balanceOf[from] -= value;
        balanceOf[to] += value;
        emit Transfer(from, to, value);
    }
}

// A payment contract: it takes tokens and logs for which order.
contract Cashier {
    event Deposit(address indexed user, address indexed till, address indexed token, uint256 amount, string orderNo);

    function deposit(address token, uint256 amount, string calldata orderNo) external returns (bool) {
        Token(token).transferFrom(msg.sender, address(this), amount);
        emit Deposit(msg.sender, address(this), token, amount, orderNo);
        return true;
    }
}
