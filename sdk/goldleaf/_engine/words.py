"""What nodes and their providers say when they refuse, in whose words, and what is meant.

There is no standard for it: the same code stands for different things, and the same thing is said in many ways. This is
the one place that knows them. Whether the same request may be answered a little later, the error's class tells
(`errors.NodeError.transient`).
"""

import re
from typing import NamedTuple

from .. import errors


class Words(NamedTuple):
    """A way to say something, in lower case."""

    kind: type[errors.NodeError]
    pattern: str
    # Programs and providers that say it so.
    whose: str


# The first that fits counts.
TABLE = (
    # Too many requests in one message. Before those that are told to come later.
    Words(errors.BatchTooLarge, r"batch too large", "geth, op-geth"),
    Words(errors.BatchTooLarge, r"batch limit \d+ exceeded", "Erigon"),
    Words(errors.BatchTooLarge, r"batch size limit exceeded|maxbatchresponsebodysize", "Nethermind"),
    Words(errors.BatchTooLarge, r"exceeds (the )?(max batch size|--rpc-max-batch-size)", "Besu"),
    Words(errors.BatchTooLarge, r"batch (request|response) was too large|batched requests are not", "reth"),
    Words(errors.BatchTooLarge, r"batch.{0,40}(too (large|big|many|long)|limit|exceed)|max(imum)? batch", "providers"),
    Words(errors.BatchTooLarge, r"batch.{0,20}not (supported|allowed|enabled|available)", "providers"),
    Words(errors.BatchTooLarge, r"too many (requests|calls|items) in .{0,10}batch", "providers"),
    # What cannot be read in the block that is being built.
    Words(errors.NoPendingBlock, r"pending (block|state) (is )?not (available|found)", "geth, Erigon"),
    Words(errors.NoPendingBlock, r"running with state pruning|blocknumber::pending", "OpenEthereum"),
    Words(errors.NoPendingBlock, r"pending\b.{0,30}not (yet )?(supported|allowed|available|implemented)", "providers"),
    # Larger answers than are given, of eth_getLogs, and more gas than a block has: by codes that others use for rates.
    Words(errors.NodeError, r"\brange\b|results|response size|block gas limit", "Alchemy, Infura, QuickNode, Besu"),
    # Too many requests in a time.
    Words(errors.NodeBusy, r"too many requests", "Nethermind, Moralis, Cloudflare"),
    Words(errors.NodeBusy, r"rate[ -]?limit|(request )?rate exceeded|daily request count exceeded", "Infura, Base"),
    Words(errors.NodeBusy, r"compute units|exceeded its .{0,40}capacity", "Alchemy"),
    Words(errors.NodeBusy, r"request limit reached|credits limited|(requests?|calls)[ /](per )?sec", "QuickNode"),
    Words(errors.NodeBusy, r"throughput limit", "Pocket"),
    Words(errors.NodeBusy, r"server (is )?(busy|overloaded)", "reth, Erigon"),
    Words(errors.NodeBusy, r"pool full, please try again", "Arbitrum"),
    # What the node does not have yet.
    Words(errors.NodeBehind, r"transaction indexing is in progress", "geth, BSC"),
    Words(
        errors.NodeBehind,
        r"header not found|unknown block|block not found|after last accepted",
        "geth, reth, Avalanche",
    ),
    Words(errors.NodeBehind, r"initial sync is still in progress|world state unavailable", "Besu"),
    # What the pool of transactions refuses.
    Words(errors.InsufficientFunds, r"insufficient (funds|balance)", "geth, Erigon, Nethermind, reth, anvil"),
    Words(errors.InsufficientFunds, r"insufficientfunds", "older Nethermind"),
    Words(errors.InsufficientFunds, r"gas required exceeds allowance:? \(?0\b", "geth, anvil"),
    Words(errors.InsufficientFunds, r"lack of funds", "revm: reth, anvil, Hardhat"),
    Words(errors.InsufficientFunds, r"exceeds account balance", "Besu"),
    Words(errors.InsufficientFunds, r"(does not|does ?n.?t) have enough (funds|balance)", "Hardhat, Ganache"),
    Words(errors.InsufficientFunds, r"not enough funds for gas", "Arbitrum"),
    Words(errors.InsufficientFunds, r"cannot afford", "eth-tester"),
    Words(errors.AlreadyKnown, r"already ?known|\bknown transaction", "geth, Erigon, Nethermind, reth, Besu, Hardhat"),
    Words(errors.AlreadyKnown, r"already imported", "anvil, OpenEthereum"),
    Words(errors.AlreadyKnown, r"existing txn with same hash", "Erigon"),
    Words(errors.AlreadyKnown, r"already (exists|in (the )?mempool)", "Ethermint, zkSync"),
    Words(errors.NonceTaken, r"replacement (transaction|fee)|tries to replace pending", "geth, Besu, reth, Hardhat"),
    Words(errors.NonceTaken, r"could not replace existing tx|replaced by transaction with higher tip", "Erigon"),
    Words(errors.NonceTaken, r"replacement ?not ?allowed|own ?nonce ?already ?used", "older Nethermind"),
    Words(errors.NonceTaken, r"gas price to replace existing", "anvil"),
    Words(errors.NonceTaken, r"(with|has the) same nonce in the", "OpenEthereum, Klaytn"),
    Words(
        errors.NonceTaken, r"nonce.{0,12}too low", "geth, Erigon, Nethermind, reth, Besu, anvil, Hardhat, OpenEthereum"
    ),
    Words(errors.NonceTaken, r"old ?nonce", "older Nethermind"),
    Words(errors.NonceTaken, r"invalid (transaction )?nonce", "eth-tester, Arbitrum"),
    Words(
        errors.NonceTooHigh, r"nonce.{0,12}too (high|far|distant)|nonce ?gap", "geth, Nethermind, Besu, anvil, Hardhat"
    ),
    Words(errors.Underpriced, r"underpriced", "geth, Erigon, Nethermind, reth"),
    Words(
        errors.Underpriced,
        r"(fee per gas|gas price is) less than (the )?(block )?base ?fee",
        "geth, reth, anvil, Hardhat",
    ),
    Words(errors.Underpriced, r"fee ?too ?low|feepergas needs to be higher", "older Nethermind, Erigon"),
    Words(errors.Underpriced, r"below (the )?(current )?base fee|gas price.{0,12}(low|below)", "Besu, OpenEthereum"),
    Words(errors.Underpriced, r"too low for the next block", "Hardhat"),
    # What the node does not offer.
    Words(
        errors.MethodMissing,
        r"method.{0,60}(not (found|supported|available|exist|enabled)|does not exist)",
        "geth, Besu",
    ),
    Words(errors.MethodMissing, r"unsupported method", "Alchemy"),
    Words(errors.MethodMissing, r"rpc endpoint not implemented", "anvil"),
    Words(errors.MethodMissing, r"unknown rpc endpoint|not been implemented", "eth-tester"),
)

_LIMIT_EXCEEDED = -32005
# Codes that tell of what the message says nothing.
CODES: dict[int, type[errors.NodeError]] = {
    -32601: errors.MethodMissing,
    # Of HTTP, in the body of a 200 by Alchemy; of EIP-1474, by Infura and others.
    429: errors.NodeBusy,
    _LIMIT_EXCEEDED: errors.NodeBusy,
}
# Those of a call that a contract has reverted, by geth and its like, and by OpenEthereum and Nethermind.
REVERTED = (3, -32015)

# Chains of one node, for tests, which are put back to an earlier state: what they have forgotten never was.
_TEST_NODES = re.compile(r"\b(anvil|hardhat\w*|edr|ganache|testrpc|ethereumtester)\b", re.IGNORECASE)


def kind_of(message: str, code: object = None, method: str = "") -> type[errors.NodeError]:
    """The class of the error that a node means by a message and a code, in answer to a method."""
    lowered = message.lower()
    for words in TABLE:
        if re.search(words.pattern, lowered):
            return words.kind
    if not isinstance(code, int) or (code == _LIMIT_EXCEEDED and method == "eth_getLogs"):
        return errors.NodeError  # of logs it limits how many are looked for, by BSC and others
    return CODES.get(code, errors.NodeError)


def is_test_node(version: object) -> bool:
    """Whether the answer to `web3_clientVersion` is that of a node for tests."""
    return isinstance(version, str) and _TEST_NODES.search(version) is not None
