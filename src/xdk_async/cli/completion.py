"""`completion`: what a shell needs to complete commands, options, operations and fields."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from xdk_async.cli.app import NAME, commands
from xdk_async.cli.failure import CommandFailed
from xdk_async.cli.option import command
from xdk_async.cli.output import flush, write
from xdk_async.cli.session import Session


@command(
    "completion",
    epilog="""\
Examples:
  eval "$(xdk-async completion bash)"
  xdk-async completion fish > ~/.config/fish/completions/xdk-async.fish""",
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(_: Session, shell: str) -> None:
    """Print the script that makes SHELL complete this command."""
    kind = get_completion_class(shell)
    if kind is None:
        raise CommandFailed(f"there is no completion for {shell}")
    write(f"{kind(commands(), {}, NAME, '_XDK_ASYNC_COMPLETE').source()}\n".encode())
    flush()
