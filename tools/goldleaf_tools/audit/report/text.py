"""How values are written for people, and text of strangers made harmless.

Escaping for HTML is the template's; what is done here is what escaping does not do: characters that cannot be seen, or
that turn the text around them, are written out, and what is long is cut.
"""

import json
import unicodedata
from datetime import UTC, datetime

from goldleaf.canonical import Json

from ..result import Token

LONGEST = 120
LONGEST_BLOCK = 6000
# Digits after the point of an amount of money; of one below a whole token as many more as it has, up to the most.
_DIGITS, _MOST_DIGITS = 2, 6
_UNITS = ((86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))
# Marks that are stacked on one character: no writing takes more.
_MOST_MARKS = 4


def plain(value: object, longest: int = LONGEST) -> str:
    """One line in which each character can be seen."""
    shown = str(value)
    cut = len(shown) > longest
    shown = _few_marks(shown[:longest])
    if not shown.isprintable():
        shown = "".join(c if c.isprintable() else c.encode("unicode_escape", "replace").decode() for c in shown)
    # Escapes are longer than what they stand for.
    return shown[:longest] + "…" if cut or len(shown) > longest else shown


def block(value: str, longest: int = LONGEST_BLOCK) -> str:
    """Lines in which each character can be seen."""
    cut = len(value) > longest
    lines = [plain(line.replace("\t", "    "), longest) for line in value[:longest].replace("\r\n", "\n").split("\n")]
    return "\n".join(lines) + ("…" if cut else "")


def label(canonical: bytes | None, longest: int = LONGEST) -> str:
    """A label: the text itself if it is one that is nothing else in JSON, or else its JSON."""
    if canonical is None:
        return "-"
    text = canonical.decode("utf-8", "replace")
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return plain(text, longest)
    return plain(value if isinstance(value, str) and not _is_json(value) else text, longest)


def json_value(value: Json, longest: int = LONGEST) -> str:
    """A JSON value, as `label` shows it."""
    return label(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"), longest)


def amount(value: float, token: Token) -> str:
    """Base units as tokens, with two digits after the point: `1,234.50 gUSD`. Less than a token has up to six."""
    units = round(value)
    sign, units = ("-" if units < 0 else ""), abs(units)
    digits = min(_MOST_DIGITS if units < 10**token.decimals else _DIGITS, token.decimals)
    # Rounded half up, in whole numbers: floats have too few digits for amounts.
    scale = 10 ** (token.decimals - digits)
    rounded = (units + scale // 2) // scale
    symbol = plain(token.symbol, 12)
    if units and not rounded:
        return f"{sign}<0.{'0' * (digits - 1)}1 {symbol}"
    whole, rest = divmod(rounded, 10**digits)
    decimals = f"{rest:0{digits}d}" if digits else ""
    kept = decimals[:_DIGITS] + decimals[_DIGITS:].rstrip("0")
    return f"{sign}{whole:,}{'.' if kept else ''}{kept} {symbol}"


def share(value: float) -> str:
    """A share or chance in percent; with a digit after the point near 0 and 1, where it matters."""
    return f"{value:.1%}" if 0 < value < 0.02 or 0.98 < value < 1 else f"{value:.0%}"


def moment(time: int) -> str:
    """A time of the chain."""
    return utc(time).strftime("%d %b %Y, %H:%M UTC").lstrip("0")


def utc(time: int) -> datetime:
    """Unix seconds as a date and time."""
    return datetime.fromtimestamp(time, UTC)


def duration(seconds: int) -> str:
    """A span of time in its two largest units."""
    parts = []
    for size, name in _UNITS:
        units, seconds = divmod(seconds, size)
        if units:
            parts.append(count(units, name))
    return " ".join(parts[:2]) or "no time"


def count(things: int, noun: str, plural: str | None = None) -> str:
    """`1 label`, `1,200 labels`."""
    return f"{things:,} {noun if things == 1 else plural or noun + 's'}"


def short(address: str) -> str:
    """An address, by its beginning and end."""
    shown = plain(address)
    return f"{shown[:6]}…{shown[-4:]}" if len(shown) > 12 else shown


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return not text.strip()
    return True


def _few_marks(text: str) -> str:
    """Without towers of marks, which would cover the lines above and below."""
    if text.isascii():
        return text
    kept, marks = [], 0
    for character in text:
        marks = marks + 1 if _is_mark(character) else 0
        if marks <= _MOST_MARKS:
            kept.append(character)
    return "".join(kept)


def _is_mark(character: str) -> bool:
    return unicodedata.category(character).startswith("M")
