"""The page on proofs names every claim, and none that there is not."""

import re
from pathlib import Path

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "spec" / "proofs.md"
# Of the claims themselves, not of how they are made.
ABOUT = {"test_functions_of_packing__all__have_a_claim"}


def test_page__every_claim__is_named() -> None:
    named = set(re.findall(r"`tests/proofs/(test_\w+)\.py::(test_\w+)`", PAGE.read_text()))
    claims = {
        (path.stem, name)
        for path in [HERE / "test_packing.py", *HERE.glob("test_*_money.py")]
        for name in re.findall(r"^def (test_\w+)", path.read_text(), re.MULTILINE)
        if name not in ABOUT
    }
    assert named == claims
