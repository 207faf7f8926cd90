"""The commands by name, each loaded when it is used, and how they end."""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from collections.abc import Sequence

import click

from xdk_async._version import __version__
from xdk_async.cli.failure import MEANINGS, CommandFailed, ExitCode, PipeClosed, explained
from xdk_async.cli.option import Settings, common

WHERE = {
    "login": "login", "logout": "logout", "whoami": "account", "accounts": "account", "search": "read", "user": "read",
    "timeline": "read", "post": "write", "upload": "write", "stream": "stream", "rules": "rule",
    "usage": "usage", "request": "request", "doctor": "doctor", "sandbox": "local", "completion": "completion",
}  # fmt: skip
NAME = "xdk-async"
HELP = """\
X from the terminal: search, read, post, upload, stream and collect, on all operations of the API v2.

Tables on a terminal, JSON lines everywhere else; only data goes to standard output. Accounts and tokens are kept in one
file that only you can read; `X_BEARER_TOKEN`, `X_ACCESS_TOKEN` and their kin win over it.
"""
EPILOG = """\
\b
Begin:
  xdk-async --sandbox search python       no account needed
  xdk-async login                         sign in, in the browser
  xdk-async search "from:XDevelopers" | jq -r .text
\b
Exit codes:
{codes}
"""


class Commands(click.Group):
    """Commands whose modules load when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Their names, in the order of the help."""
        return list(WHERE)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """One of them."""
        if cmd_name not in WHERE:
            return None
        module = importlib.import_module(f"xdk_async.cli.{WHERE[cmd_name]}")
        found = getattr(module, cmd_name)
        assert isinstance(found, click.Command)
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is meant; a near miss is named."""
        from xdk_async._core.nearest import nearest

        if args and args[0] not in WHERE and not args[0].startswith("-"):
            ctx.fail(f"there is no command {args[0]!r}{nearest(args[0], WHERE)}")
        return super().resolve_command(ctx, args)


def commands() -> Commands:
    """The whole command line."""
    codes = "\n".join(f"  {code:>3}  {meaning}" for code, meaning in MEANINGS.items())
    return Commands(
        name=NAME,
        help=HELP,
        epilog=EPILOG.format(codes=codes),
        params=[*common(outermost=True), version()],
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120},
        no_args_is_help=True,
    )


def version() -> click.Option:
    """`--version`."""

    def show(context: click.Context, _: click.Parameter, wanted: bool) -> None:
        if wanted and not context.resilient_parsing:
            click.echo(f"{NAME} {__version__}")
            context.exit()

    return click.Option(
        ["--version"], is_flag=True, expose_value=False, is_eager=True, callback=show, help="Show the version."
    )


def run(arguments: Sequence[str]) -> int:
    """Run a command line; the exit code. Errors are one line on stderr, with `--debug` a traceback."""
    settings = Settings()
    try:
        code = commands().main(list(arguments), prog_name=NAME, standalone_mode=False, obj=settings)
        sys.stdout.flush()
        return code if isinstance(code, int) else ExitCode.OK
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.ClickException as error:
        error.show()
        return ExitCode.USAGE
    except (KeyboardInterrupt, click.Abort):
        say("Interrupted.")
        return ExitCode.INTERRUPTED
    except (PipeClosed, BrokenPipeError):
        forget_output()
        return ExitCode.PIPE_CLOSED
    except Exception as error:
        if settings.debug and not isinstance(error, CommandFailed):
            traceback.print_exc()
        code, message = explained(error)
        say(f"{NAME}: {message}")
        return code


def say(message: str) -> None:
    """Tell people something; never among the data."""
    click.echo(message, err=True)


def forget_output() -> None:
    """Let nothing be written any more: Python would complain at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
