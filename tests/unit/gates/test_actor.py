"""Who acts: the caller, or the account that the relay names at the end of the calldata."""

from tests.credentials import Board
from tests.relayed import RELAY, Acts


def test_actor__relayed__is_the_account_named_in_every_entry_point() -> None:
    board = Board(relay=RELAY)
    holder = board.chain.account()
    act = Acts(board.gate, "gates/CredentialGate")
    act(board.issuer, "revoke", holder, 3)
    assert board.gate.revoked(holder) == 3
    act.assert_complete(for_anyone=())
