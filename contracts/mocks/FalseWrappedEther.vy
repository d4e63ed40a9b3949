# pragma version 0.4.3
"""
@title A token that passes for wrapped ether until its ether is wanted
@license AGPL-3.0-only
@dev Balances are what anyone says. `withdraw` sends what it is told to, `transferFrom` and `transfer` answer so.
"""

# whether `transferFrom` and `transfer` say yes
taking: public(bool)
giving: public(bool)
# the share of a withdrawal that it really sends, in hundredths
honesty: public(uint256)


@deploy
@payable
def __init__():
    self.taking = True
    self.giving = True
    self.honesty = 100


@external
def set_answers(taking: bool, giving: bool):
    self.taking = taking
    self.giving = giving


@external
def set_honesty(honesty: uint256):
    self.honesty = honesty


@payable
@external
def deposit():
    pass


@payable
@external
def __default__():
    pass


@external
def withdraw(amount: uint256):
    send(msg.sender, amount * self.honesty // 100)


@external
def approve(spender: address, amount: uint256) -> bool:
    return True


@external
def transferFrom(owner: address, receiver: address, amount: uint256) -> bool:
    return self.taking


@external
def transfer(receiver: address, amount: uint256) -> bool:
    return self.giving
