# pragma version 0.4.3
"""
@title A gate that lets everybody in while fewer slots of a task are live than it says
@license AGPL-3.0-only
"""

from ..interfaces import IGate
from ..modules.escrow import packing

implements: IGate


interface Escrow:
    def task_words(task: uint256) -> uint256[8]: view


MOST: immutable(uint256)


@deploy
def __init__(most: uint256):
    MOST = most


@view
@external
def is_allowed(account: address, subject: uint256, data: Bytes[1024]) -> bool:
    words: uint256[8] = staticcall Escrow(msg.sender).task_words(subject)
    return packing._unpack_progress(words[packing.PROGRESS]).live < MOST
