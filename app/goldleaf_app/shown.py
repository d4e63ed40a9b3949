"""Labels and items of strangers, as people see them in a line or a picture."""

import json
from dataclasses import dataclass

from goldleaf.canonical import from_canonical
from goldleaf_tools.manifests import Kind, kind_of

# Characters of a label, and of an item's text.
LONGEST_LABEL = 120
LONGEST_TEXT = 600
# What browsers show and play, by what the first bytes say; anything else would be taken for whatever it pretends to be.
MEDIA_TYPES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".gif": "image/gif",
    ".bmp": "image/bmp",
    ".webp": "image/webp",
    ".wav": "audio/wav",
    ".flac": "audio/flac",
    ".ogg": "audio/ogg",
    ".mp3": "audio/mpeg",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """What an item looks like in a list."""

    text: str
    is_picture: bool


def show_label(label: bytes) -> str:
    """A label as people say it: a text without its quotes, anything else as JSON."""
    value = from_canonical(label)
    text = value if isinstance(value, str) and value.strip() else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_LABEL else text[: LONGEST_LABEL - 1] + "\N{HORIZONTAL ELLIPSIS}"


def show_item(data: bytes) -> Shown:
    """The beginning of a text, or that it is a picture; of anything else, how much there is."""
    kind = kind_of(data)
    if kind is not Kind.TEXT:
        return Shown("" if kind is Kind.IMAGE else f"{len(data):,} bytes that are no text", kind is Kind.IMAGE)
    text = data.decode("utf-8-sig")
    return Shown(text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "\N{HORIZONTAL ELLIPSIS}", False)
