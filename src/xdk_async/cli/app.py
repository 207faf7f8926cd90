"""The commands by name, each loaded when it is used, and how they end."""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from collections.abc import Sequence

import click
from click.shell_completion import CompletionItem

from xdk_async._version import __version__
from xdk_async.cli.failure import MEANINGS, CommandFailed, ExitCode, PipeClosed, explained
from xdk_async.cli.option import Settings, common

COMMANDS = {  # name → module, and its line in the help: which loads none of them
    "login": ("login", "Sign in, in the browser or with a PIN."),
    "logout": ("logout", "Revoke a token, and forget the account."),
    "whoami": ("account", "Show who is signed in."),
    "accounts": ("account", "List the accounts, or choose the default."),
    "search": ("read", "Search posts of the last week, or of the archive."),
    "user": ("read", "Look up users."),
    "timeline": ("read", "Posts of a user, or your home timeline."),
    "post": ("write", "Publish a post, with files."),
    "upload": ("write", "Upload files, for use in posts."),
    "stream": ("stream", "Follow posts as they appear."),
    "rules": ("rule", "List and sync the filtered stream's rules."),
    "collect": ("collect", "Collect searches, timelines and streams into files."),
    "usage": ("usage", "Show how many posts were read, and the cap."),
    "request": ("request", "Call any operation by method and path."),
    "doctor": ("doctor", "Show what is configured, and whether it works."),
    "sandbox": ("local", "Serve a local X."),
    "completion": ("completion", "Print the shell completion."),
}
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
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """One of them."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"xdk_async.cli.{COMMANDS[cmd_name][0]}")
        found = getattr(module, cmd_name)
        assert isinstance(found, click.Command)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of commands."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, short) for name, (_, short) in COMMANDS.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Commands and options that begin so."""
        found = [CompletionItem(name, help=COMMANDS[name][1]) for name in COMMANDS if name.startswith(incomplete)]
        return found + click.Command.shell_complete(self, ctx, incomplete)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is meant; a near miss is named."""
        from xdk_async._core.nearest import nearest

        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            ctx.fail(f"there is no command {args[0]!r}{nearest(args[0], COMMANDS)}")
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
        if isinstance(error, OSError):  # perhaps of the output, such as a full disk: Python would try again at its end
            forget_output()
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
