"""What a transaction offers to pay for its gas."""

from dataclasses import dataclass

from .. import errors
from ..types import GasPrice

# Nodes take a transaction in the place of another one of the same nonce if it offers this much more.
_RAISE = (9, 8)


@dataclass(frozen=True)
class Fees:
    """What is offered for each gas, in wei. On a chain without EIP-1559 `tip` is None and `most` the gas price."""

    most: int
    tip: int | None

    def fields(self) -> dict[str, int]:
        """As fields of a transaction."""
        if self.tip is None:
            return {"gasPrice": self.most}
        return {"maxFeePerGas": self.most, "maxPriorityFeePerGas": self.tip}


def offer(market: GasPrice, limit: int | None, before: Fees | None = None) -> Fees:
    """Fees that outlast a doubling of the base fee, and that nodes take in the place of those offered `before`.

    Raises `Underpriced` if that takes more than `limit` for each gas.
    """
    if market.base_fee is None:
        most, tip, least = market.tip, None, market.tip
    else:
        most, tip, least = 2 * market.base_fee + market.tip, market.tip, market.base_fee
    if before is not None:
        least = max(least, _raised(before.most))
        most = max(most, least)
        tip = None if tip is None else max(tip, _raised(before.tip or 0))
    if limit is not None:
        if least > limit:
            raise errors.Underpriced("fee for each gas, in wei,", value=least, bound=f"at most {limit}")
        most = min(most, limit)
    return Fees(most, None if tip is None else min(tip, most))


def _raised(fee: int) -> int:
    up, down = _RAISE
    return fee * up // down + 1
