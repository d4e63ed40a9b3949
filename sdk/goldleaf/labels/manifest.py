"""The manifest of a task: what annotators and jurors read, bound to the task by its keccak-256.

What a juror reads is what the annotator read: the task's `terms` is the keccak-256 of the manifest's canonical JSON,
and the manifest binds each item by the keccak-256 of its content.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from .._encoding.keccak import keccak256
from ..canonical import Json, from_canonical, to_canonical
from ..errors import (
    ContractError,
    LabelError,
    LabelOutsideSchema,
    LabelTooLarge,
    ManifestError,
    MissingExtra,
    NotCanonical,
)
from .gold_terms import GoldTerms

if TYPE_CHECKING:
    from .label_set import LabelSet
    from .schema import Schema

FORMAT = "goldleaf-manifest-1"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to label: where it lies, and the keccak-256 of its bytes."""

    uri: str
    keccak256: bytes

    @classmethod
    def of(cls, uri: str, content: bytes) -> "Item":
        """The item at `uri` with this content."""
        return cls(uri, keccak256(content))


@dataclass(frozen=True)
class Manifest:
    """Guidelines, label schema, items, licence terms; optionally the Merkle root of hidden gold answers, and the terms
    of the test that labels have to pass before they are published.

    The items are numbered from 0 in their order. `label_schema` is a JSON Schema (draft 2020-12) of one label, which
    refers to nothing outside itself; with the extra `goldleaf[labels]` it is checked here. Raises `ManifestError`.
    """

    guidelines: str
    label_schema: Json
    items: Sequence[Item]
    licence: str
    gold_root: bytes | None = None
    test: GoldTerms | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "items", tuple(self.items))
        if not self.items:
            raise ManifestError("a manifest has at least one item")
        hashes = [(f"item {number}", item.keccak256) for number, item in enumerate(self.items)]
        for name, value in hashes + ([("gold_root", self.gold_root)] if self.gold_root is not None else []):
            if len(value) != 32:
                raise ManifestError(f"{name}: {len(value)} bytes of hash, must be 32")
        # Who only reads manifests needs no schemas.
        with suppress(MissingExtra):
            for label in self.test.classes if self.test is not None else ():
                if (refusal := self.schema.refusal(label)) is not None:
                    raise ManifestError(f"class {label!r} of the test: {refusal}")
            _ = self.schema

    def check(self, labels: "LabelSet") -> None:
        """Refuses what the jurors of this task would call wrong at sight: to be called before anything is staked.

        Raises `LabelError` if the set has an item that the task has not, `LabelOutsideSchema` naming the first item
        whose label is not what the schema asks for, its value, and what was expected. Needs the extra
        `goldleaf[labels]`: `MissingExtra`.
        """
        if labels.items.stop > len(self.items):
            raise LabelError(f"item {labels.items.stop - 1} is not one of the task's {len(self.items)} items")
        refusals = [
            f"item {item}: {refusal}"
            for item in labels.items
            if (refusal := self.schema.refusal(labels.value(item))) is not None
        ]
        if refusals:
            more = f" ({len(refusals) - 1} more labels are outside the schema)" if len(refusals) > 1 else ""
            raise LabelOutsideSchema(refusals[0] + more)

    @cached_property
    def schema(self) -> "Schema":
        """The label schema, which labels are held against.

        Raises `MissingExtra` without the extra `goldleaf[labels]`, `ManifestError`.
        """
        from .schema import Schema, schema_of

        try:
            return schema_of(to_canonical(self.label_schema))
        except NotCanonical:
            return Schema(self.label_schema)

    @property
    def terms(self) -> bytes:
        """What a task is opened with: the keccak-256 of the canonical JSON."""
        return keccak256(self.to_bytes())

    def to_bytes(self) -> bytes:
        """The manifest as a file: canonical JSON. Raises `NotCanonical` if the label schema has no JSON form."""
        return to_canonical(self._content())

    def _content(self) -> dict[str, Json]:
        content: dict[str, Json] = {
            "format": FORMAT,
            "guidelines": self.guidelines,
            "items": [{"keccak256": _to_hex(item.keccak256), "uri": item.uri} for item in self.items],
            "label_schema": self.label_schema,
            "licence": self.licence,
        }
        if self.gold_root is not None:
            content["gold_root"] = _to_hex(self.gold_root)
        if self.test is not None:
            content["test"] = self.test.to_json()
        return content

    @classmethod
    def from_bytes(cls, data: bytes, terms: bytes | None = None) -> "Manifest":
        """Reads the file that `to_bytes` writes.

        With `terms`, those of a task, the file must be the one that the task was opened with. Raises `ManifestError`.
        """
        if terms is not None and keccak256(data) != terms:
            raise ManifestError(f"keccak-256 of the file is {_to_hex(keccak256(data))}, the task's is {_to_hex(terms)}")
        try:
            content: Any = from_canonical(data)
            if content["format"] != FORMAT:
                raise ManifestError(f"format {content['format']!r}, expected {FORMAT!r}")
            manifest = cls(
                guidelines=content["guidelines"],
                label_schema=content["label_schema"],
                items=[Item(item["uri"], _from_hex(item["keccak256"])) for item in content["items"]],
                licence=content["licence"],
                gold_root=_from_hex(content["gold_root"]) if "gold_root" in content else None,
                test=GoldTerms.from_json(content["test"]) if "test" in content else None,
            )
        except (ContractError, LabelTooLarge) as error:
            raise ManifestError(f"not a manifest: its test: {error}") from error
        except NotCanonical as error:
            raise ManifestError(f"not a manifest: {error.detail}") from error
        except KeyError as error:
            raise ManifestError(f"not a manifest: it has no {error.args[0]!r}") from error
        except (TypeError, ValueError, AttributeError) as error:
            raise ManifestError(f"not a manifest: {error}") from error
        if manifest._content() != content:
            raise ManifestError("the file holds more than a manifest does")
        return manifest


def _to_hex(value: bytes) -> str:
    return "0x" + value.hex()


def _from_hex(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))
