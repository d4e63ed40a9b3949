"""A local chain with Goldleaf on it, for the developers of front ends and for tests.

with Devnet() as net:
    annotator = net.client("annotator1")
    annotator.submissions.take(net.tasks[0].id)
"""

from ._anvil import MNEMONIC, AnvilMissingError, Clock, DevnetError
from ._devnet import ROLES, Devnet, OpenTask
from ._judge import Judge

__all__ = ["MNEMONIC", "ROLES", "AnvilMissingError", "Clock", "Devnet", "DevnetError", "Judge", "OpenTask"]
