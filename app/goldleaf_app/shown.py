"""Labels and items of strangers, as people see them in a line or a picture."""

import json
from dataclasses import dataclass

from goldleaf.canonical import from_canonical

# Characters of a label, and of an item's text.
LONGEST_LABEL = 120
LONGEST_TEXT = 600
# How files begin that browsers show as pictures.
_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a")


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
    if data.startswith(_PICTURES) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP"):
        return Shown("", True)
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return Shown(f"{len(data):,} bytes that are no text", False)
    cut = text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "\N{HORIZONTAL ELLIPSIS}"
    return Shown(
        "".join(each if each.isprintable() or each == "\n" else "\N{REPLACEMENT CHARACTER}" for each in cut), False
    )
