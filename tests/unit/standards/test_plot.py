"""The power curve as a picture."""

from pathlib import Path

import pytest

from goldleaf import testing
from goldleaf_tools.standards.plot import FORMATS, draw

DESIGN = testing.design(classes=2, accuracy="0.80", stake=4, reward=1, share="1/2")
BEGINNINGS = {".svg": b"<?xml", ".png": b"\x89PNG", ".pdf": b"%PDF"}


@pytest.mark.parametrize("suffix", FORMATS)
def test_draw__twice__the_same_bytes(tmp_path: Path, suffix: str) -> None:
    paths = [tmp_path / f"{name}{suffix}" for name in ("first", "second")]
    for path in paths:
        draw(DESIGN, path, [testing.EXPERT])
    first, second = (path.read_bytes() for path in paths)
    assert first == second and first.startswith(BEGINNINGS[suffix])


def test_draw__where_nothing_can_be_written__says_so(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        draw(DESIGN, tmp_path / "nowhere" / "power.svg")
