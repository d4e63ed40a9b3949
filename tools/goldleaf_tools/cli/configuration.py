"""`goldleaf config`: which settings are in force, and where each is from."""

from urllib.parse import urlsplit

import click

from .commands import Command
from .session import Session
from .settings import DEFAULTS


@click.command(cls=Command)
@click.pass_obj
def config(session: Session) -> None:
    """Show the settings in force and where each is from. Of the node's URL only the host: keys may be in the rest."""
    settings = session.settings
    found = {name: settings.find(name) for name in DEFAULTS}
    shown = {name: _host(setting.value) if name == "rpc" else setting.value for name, setting in found.items()}
    value = {
        "home": str(settings.home),
        "file": str(settings.file),
        "settings": {name: {"value": shown[name], "source": found[name].source} for name in found},
    }
    rows = [("home", settings.home, ""), *((name, shown[name], found[name].source) for name in found)]
    session.output.result(value, lambda: session.output.table(["setting", "value", "from"], rows, nothing=""))


def _host(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "")
