"""Where the node, the deployment and the account are: from options, the environment, a file, or by default."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

DEFAULTS = {
    "rpc": "http://127.0.0.1:8545",
    "deployment": "deployment.json",
    "account": "",
    "store": "",
    "store_public": "",
    "ipfs_gateway": "",
    "ipfs_api": "",
    "hosts": "",
    "drand_relays": "",
    "password_file": "",
    "timeout": "120",
}
# A table of the file alone: what fsspec is to know of the store, such as its `endpoint_url`.
STORE_OPTIONS = "store_options"
PRECEDENCE = """\b
Settings, each from the first place that has it:
  1. the option                  --rpc URL
  2. the environment             GOLDLEAF_RPC=URL
  3. config.toml in the home     rpc = "URL"
  4. the default                 see `goldleaf config`"""


@dataclass(frozen=True)
class Setting:
    """A value, and where it is from."""

    value: str
    source: str


class Settings:
    """All settings of one run."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        """Takes the options that were given on the command line, by name; those that were not are None."""
        self._options = options
        self.home = Path(options.get("home") or os.environ.get("GOLDLEAF_HOME") or click.get_app_dir("goldleaf"))
        self.file = self.home / "config.toml"
        self._content, self.store_options = _read(self.file)

    def find(self, name: str) -> Setting:
        """A setting and its source."""
        variable = f"GOLDLEAF_{name.upper()}"
        if self._options.get(name) is not None:
            return Setting(str(self._options[name]), f"--{name.replace('_', '-')}")
        if os.environ.get(variable):
            return Setting(os.environ[variable], variable)
        if name in self._content:
            value = self._content[name]
            # Paths in the file are beside the file, wherever the command runs.
            return Setting(str(self.home / value) if name in ("deployment", "password_file") else value, str(self.file))
        return Setting(DEFAULTS[name], "default")

    def __getitem__(self, name: str) -> str:
        return self.find(name).value

    @property
    def timeout(self) -> float:
        """How long a transaction is waited for, in seconds."""
        found = self.find("timeout")
        try:
            seconds = float(found.value)
        except ValueError:
            seconds = 0
        if not 0 < seconds < float("inf"):
            raise click.UsageError(f"timeout from {found.source}: {found.value!r} are no seconds")
        return seconds


def _read(file: Path) -> tuple[dict[str, str], dict[str, Any]]:
    """The settings in a file, and its table of options for the store."""
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}, {}
    except (OSError, ValueError) as error:
        raise click.UsageError(f"{file}: {error}") from error
    options = content.pop(STORE_OPTIONS, {})
    if not isinstance(options, dict):
        raise click.UsageError(f"{file}: {STORE_OPTIONS} must be a table")
    for name, value in content.items():
        if name not in DEFAULTS:
            raise click.UsageError(f"{file}: no setting {name!r}; there are {', '.join(DEFAULTS)}")
        if not isinstance(value, str | int):
            raise click.UsageError(f"{file}: {name} is {value!r}, must be a text")
    return {name: str(value) for name, value in content.items()}, options
