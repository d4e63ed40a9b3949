"""What somebody may have meant who typed a command that there is not."""

from collections.abc import Iterator
from difflib import get_close_matches

import click

MOST = 4


def suggest(ctx: click.Context, group: click.Group, name: str) -> str:
    """A sentence with the commands of the group that are spelled alike and those elsewhere of that name; or nothing."""
    root = ctx.find_root()
    assert isinstance(root.command, click.Group)
    here = [f"{ctx.command_path} {found}" for found in get_close_matches(name.lower(), group.commands, MOST)]
    every = list(_paths(root.command, str(root.info_name)))
    there = [path for path in every if path.rpartition(" ")[2] == name.lower()]
    found = [f"`{path}`" for path in dict.fromkeys([*here, *there])][:MOST]
    return f" Did you mean {' or '.join(filter(None, [', '.join(found[:-1]), found[-1]]))}?" if found else ""


def _paths(group: click.Group, path: str) -> Iterator[str]:
    for name, command in group.commands.items():
        yield f"{path} {name}"
        if isinstance(command, click.Group):
            yield from _paths(command, f"{path} {name}")
