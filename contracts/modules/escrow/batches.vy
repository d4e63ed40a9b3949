# pragma version 0.4.3
"""
@title Batches: what a slot's place in the task makes of the terms
@license AGPL-3.0-only
@dev `TaskTerms` has bounded the terms, so that none of this can overflow or divide by nothing.
"""

from . import packing

BPS: constant(uint256) = 10_000


struct Batch:
    first: uint256  # item number of the first label
    labels: uint256  # batch_size, or what is left for the last batch
    stake: uint256  # S, base units
    tolerated: uint256  # c, wrong labels that do not reject it


@internal
@pure
def _count(terms: packing.Terms) -> uint256:
    return unsafe_div(unsafe_sub(unsafe_add(terms.items, terms.batch_size), 1), terms.batch_size)


@internal
@pure
def _of(terms: packing.Terms, slot: uint256) -> Batch:
    first: uint256 = unsafe_mul(slot % self._count(terms), terms.batch_size)
    labels: uint256 = min(terms.batch_size, unsafe_sub(terms.items, first))
    return Batch(
        first=first,
        labels=labels,
        stake=unsafe_mul(terms.stake, labels),
        tolerated=unsafe_div(unsafe_mul(labels, terms.tolerance_bps), BPS),
    )
