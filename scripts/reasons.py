"""Writes the reasons that contracts give, `contracts/reasons.txt`, as constants of Vyper: `make reasons`."""

import re
from pathlib import Path

CONTRACTS = Path(__file__).parent.parent / "contracts"
SOURCE = CONTRACTS / "reasons.txt"
TARGET = CONTRACTS / "modules" / "reasons.vy"
WIDTH = 32  # bytes of a storage word
HEAD = '''# pragma version 0.4.3
"""
@title Every reason to refuse
@license AGPL-3.0-only
@dev Generated from `reasons.txt`, by `make reasons`. A reason is a text of up to 32 bytes, `"area: what is wrong"`. It
     is kept as those bytes after zeros, since leading zeros cost nothing of the 24,576 bytes that a contract may have
     (see `require`).
"""
'''


def constant_name(text: str) -> str:
    """The constant that holds a reason: `"ledger: bad account"` is LEDGER_BAD_ACCOUNT."""
    return re.sub(r"[^A-Z0-9]+", "_", text.replace("'s", "").upper())


def render(texts: list[str]) -> str:
    """The module for these reasons. Raises `ValueError` for one that is no reason, too long, or there twice."""
    lines = [HEAD]
    area = ""
    for text in texts:
        if not re.fullmatch(r"[a-z]+: \S[ -~]*", text) or len(text) > WIDTH or texts.count(text) > 1:
            raise ValueError(f"no reason of up to {WIDTH} characters, or not the only one: {text!r}")
        if area and area != text.split(":")[0]:
            lines.append("")
        area = text.split(":")[0]
        digits = text.encode("ascii").rjust(WIDTH, b"\0").hex()
        lines += [f'# "{text}"', f"{constant_name(text)}: constant(bytes32) = 0x{digits}"]
    return "\n".join(lines) + "\n"


def main() -> None:
    TARGET.write_text(render(SOURCE.read_text(encoding="ascii").splitlines()), encoding="ascii")


if __name__ == "__main__":
    main()
