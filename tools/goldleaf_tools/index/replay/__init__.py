"""What each event changes: the rules of the contracts once more, as far as what they remember goes."""

from . import court, escrow, gold, ledger, royalties
from .books import HANDLERS, Books, Place

# Loading a module declares its handlers.
CONTRACTS = (ledger, escrow, gold, court, royalties)

__all__ = ["HANDLERS", "Books", "Place"]
