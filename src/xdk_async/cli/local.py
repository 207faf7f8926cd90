"""`sandbox`, as it stands among the commands; its options are its own."""

from __future__ import annotations

import click


@click.command(
    "sandbox",
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []},
)
@click.pass_context
def sandbox(context: click.Context) -> int:
    """Serve a local X to run programs against; see `xdk-async sandbox --help`."""
    from xdk_async import cli

    return cli.sandbox(context.args)
