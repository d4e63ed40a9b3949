"""Each reason that the relay, the gates and what they share can give is reached by a unit test."""

import re
from pathlib import Path

from tests.reasons import texts

UNIT = Path(__file__).parents[1]
AREAS = ("relay", "gates", "questions")


def test_reasons__of_relay_and_gates__are_all_reached() -> None:
    given = {text for text in texts() if text.split(":")[0] in AREAS}
    sources = [path.read_text() for folder in ("relay", "gates") for path in (UNIT / folder).glob("test_*.py")]
    assert len(given) > 10
    assert given == set(re.findall(r'reverts\("([^"]+)"\)', "".join(sources))) & given
