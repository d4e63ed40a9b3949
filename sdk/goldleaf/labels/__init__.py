"""What is to be labelled, and the labels: kept off chain, provable on chain.

A `Manifest` says what a task's labels are to be, and of what. The labels of one submission make a `LabelSet`, whose
Merkle root (`merkle`) goes on chain. `schema` holds labels against the manifest, `readers` take them from the files
that people have.
"""

from .gold_terms import GoldTerms
from .label import MAX_LABEL_BYTES, digest, encode_label, reference
from .label_set import MAX_FILE_BYTES, MAX_LABELS, LabelSet, verify
from .manifest import Item, Manifest

__all__ = [
    "MAX_FILE_BYTES",
    "MAX_LABELS",
    "MAX_LABEL_BYTES",
    "GoldTerms",
    "Item",
    "LabelSet",
    "Manifest",
    "digest",
    "encode_label",
    "reference",
    "verify",
]
