"""Stores of files: where manifests and label sets lie, and how they are read back without trusting whoever keeps them.

A `Store` is a place of one's own to put files into: a folder, an S3-compatible bucket, IPFS, or whatever else fsspec
opens. Each file is named after its content, by its keccak-256 or, on IPFS, its CID; what is read is hashed again. A
`Reader` reads what tasks and submissions name, from such stores, over https, and from IPFS by gateways.

Who fails to read has learned something of their own line first. A gateway that gives something else than a CID names
lies, or its address is wrong: that is no fault of whoever has named the file. `Reader.doubt` says whether a failure may
be told as a fact.

What no hash binds is no file: `fetch` asks a host of the user's own for it.
"""

from ._place import MAX_BLOCK_BYTES
from .fetching import fetch
from .reader import Reader
from .store import MAX_BYTES, TIMEOUT, Store

__all__ = ["MAX_BLOCK_BYTES", "MAX_BYTES", "TIMEOUT", "Reader", "Store", "fetch"]
