"""Presets on the command line, without a node."""

import pytest

from goldleaf.presets import PRESETS
from goldleaf_tools.cli import failures
from tests.shell import Shell


def test_presets__as_json__are_all_with_their_terms(shell: Shell) -> None:
    listed = shell.json("presets")
    assert [each["preset"] for each in listed] == list(PRESETS)
    for each in listed:
        assert each["tolerance_bps"] == PRESETS[each["preset"]].tolerance_bps
        assert each["counts"] == list(PRESETS[each["preset"]].counts)
        assert each["work_period"] == PRESETS[each["preset"]].work_period.total_seconds()


def test_presets__for_people__say_what_they_are_not_for(shell: Shell) -> None:
    shown = shell.run("presets").stdout
    for each in PRESETS.values():
        assert each.name in shown and each.advice.split(":")[0] in " ".join(shown.split())


@pytest.mark.parametrize("given", [[], ["--stake", "1"], ["--batch-size", "5"]])
def test_task_open__neither_preset_nor_terms__is_refused(shell: Shell, given: list[str]) -> None:
    terms = ["--terms", "0x" + "11" * 32, "--items", "5", "--uri", "ipfs://x", "--reward", "1", "--deadline", "14d"]
    told = shell.json("task", "open", *terms, *given, code=failures.USAGE)
    assert "give --stake and --batch-size, or --preset" in told["message"]
