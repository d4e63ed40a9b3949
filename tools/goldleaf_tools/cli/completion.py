"""`goldleaf completion`: what a shell needs to complete commands and options."""

import click

from .commands import Command
from .session import Session

FILES = {"bash": "~/.bashrc", "zsh": "~/.zshrc", "fish": "~/.config/fish/completions/goldleaf.fish"}


@click.command(cls=Command)
@click.argument("shell", type=click.Choice(list(FILES)))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the script that makes SHELL complete commands and options.

    \b
    bash:  goldleaf completion bash >> ~/.bashrc
    zsh:   goldleaf completion zsh >> ~/.zshrc
    fish:  goldleaf completion fish > ~/.config/fish/completions/goldleaf.fish
    """
    from click.shell_completion import get_completion_class

    session: Session = ctx.obj
    kind = get_completion_class(shell)
    assert kind is not None
    source = kind(ctx.find_root().command, {}, "goldleaf", "_GOLDLEAF_COMPLETE").source()
    session.output.result({"shell": shell, "script": source}, lambda: click.echo(source))
