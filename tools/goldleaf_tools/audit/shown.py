"""The answers of known items that requesters have shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goldleaf.labels import Manifest, digest, encode_label

from .collect import parse_classes
from .facts import TaskFacts

if TYPE_CHECKING:  # numpy, which this needs not
    from .answers import Item


def shown(facts: TaskFacts, manifest: Manifest) -> dict[Item, bytes]:
    """The answers of known items, canonical JSON, that the requester has shown, of tests whose outcome stands.

    False ones do little harm: annotators could dispute them, and of their labels those alone were published that err on
    no more of them than the test allows.
    """
    listed = () if manifest.test is None else manifest.test.classes
    labels = [*map(encode_label, listed), *parse_classes(manifest.label_schema)]
    by_digest = {digest(label): label for label in labels}
    return {
        (facts.id, item): by_digest[answer]
        for test in facts.tests
        if test.is_held
        for item, answer in zip(test.gold.items, test.gold.answers, strict=True)
        if item not in test.gold.dropped and answer in by_digest
    }
