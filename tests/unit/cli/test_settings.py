"""Where settings come from: options before the environment before the file before the defaults."""

from pathlib import Path

import click
import pytest

from goldleaf_tools.cli.settings import DEFAULTS, Settings
from tests.shell import Shell


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in DEFAULTS:
        monkeypatch.delenv(f"GOLDLEAF_{name.upper()}", raising=False)
    monkeypatch.setenv("GOLDLEAF_HOME", str(tmp_path))
    return tmp_path


def test_find__all_sources__the_nearest_wins(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings({})["rpc"] == DEFAULTS["rpc"]
    (home / "config.toml").write_text('rpc = "http://file"\ntimeout = 7\n')
    assert Settings({})["rpc"] == "http://file"
    assert Settings({}).timeout == 7
    monkeypatch.setenv("GOLDLEAF_RPC", "http://environment")
    assert Settings({})["rpc"] == "http://environment"
    found = Settings({"rpc": "http://option", "account": None}).find("rpc")
    assert (found.value, found.source) == ("http://option", "--rpc")


def test_home__option__before_the_environment(home: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "config.toml").write_text('account = "bob"\n')
    assert Settings({"home": str(other)})["account"] == "bob"
    assert Settings({})["account"] == ""


def test_file__relative_paths__lie_beside_it(home: Path) -> None:
    (home / "config.toml").write_text('deployment = "sepolia.json"\n[store_options]\nendpoint_url = "http://s3"\n')
    assert Settings({})["deployment"] == str(home / "sepolia.json")
    assert Settings({}).store_options == {"endpoint_url": "http://s3"}


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("rcp = 'http://x'", "rcp"),
        ("rpc = [1]", "rpc"),
        ("rpc = ", "Invalid value"),
        ("store_options = 3", "store_options"),
    ],
)
def test_file__malformed__is_refused_by_name(home: Path, content: str, named: str) -> None:
    (home / "config.toml").write_text(content)
    with pytest.raises(click.UsageError, match=named) as refused:
        Settings({})
    assert str(home / "config.toml") in str(refused.value)


@pytest.mark.parametrize("value", ["soon", "-1", "0", "nan", "inf"])
def test_timeout__no_length_of_time__says_where_it_is_from(
    home: Path, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("GOLDLEAF_TIMEOUT", value)
    with pytest.raises(click.UsageError, match="GOLDLEAF_TIMEOUT"):
        _ = Settings({}).timeout


def test_config__rpc__shows_the_host_alone(shell: Shell) -> None:
    value = shell.json("config", GOLDLEAF_RPC="https://me:secret@node.example:8545/v2/key?token=key")
    assert value["settings"]["rpc"] == {"value": "https://node.example:8545", "source": "GOLDLEAF_RPC"}
    shown = shell.run("config", GOLDLEAF_RPC="https://me:secret@node.example/v2/key").stdout
    assert "rpc\thttps://node.example\tGOLDLEAF_RPC" in shown and "secret" not in shown and "key" not in shown
