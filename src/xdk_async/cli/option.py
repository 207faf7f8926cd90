"""Options that every command takes, before its name or after it, and the command itself."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])
Outcome: TypeAlias = Coroutine[Any, Any, int | None] | int | None


class Decorator(Protocol):
    """Gives a function an option."""

    def __call__(self, function: F, /) -> F:
        """The same function."""
        ...


@dataclass(slots=True)
class Settings:
    """What the common options say."""

    form: Literal["json", "table"] | None = None
    fields: str | None = None
    account: str | None = None
    auth: Literal["app", "user", "oauth1", "oauth2"] | None = None
    base_url: str | None = None
    sandbox: bool = False
    store: Path | None = None
    budget: str | None = None
    max_wait: float | None = None
    cost: bool = False
    debug: bool = False


def remember(context: click.Context, param: click.Parameter, value: Any) -> None:
    """Put an option's value into the settings; what is not given changes nothing."""
    if value is not None and value is not False:
        setattr(context.ensure_object(Settings), str(param.name), value)


def remember_address(context: click.Context, param: click.Parameter, value: str | None) -> None:
    """The same for where a server is."""
    if value and not value.startswith(("http://", "https://")):
        raise click.BadParameter(f"{value!r} does not begin with http:// or https://.", context, param)
    remember(context, param, value)


def common(*, outermost: bool = False) -> list[click.Option]:
    """The options of all commands; those of the environment are read once, by the outermost."""

    def option(*names: str, envvar: str | None = None, callback: Any = remember, **more: Any) -> click.Option:
        return click.Option(
            names, expose_value=False, callback=callback, envvar=envvar if outermost else None, default=None, **more
        )

    return [
        option(
            "--json", "form", flag_value="json", help="Print JSON lines, also to a terminal (else only to pipes, files)."
        ),
        option("--table", "form", flag_value="table", help="Print a table, also to pipes and files."),
        option(
            "--as", "account", metavar="NAME", envvar="XDK_ASYNC_ACCOUNT",
            shell_complete=account_names,
            help="Act as this account of `xdk-async accounts`, or as `xurl:NAME`.",
        ),
        option(
            "--auth", type=click.Choice(["app", "user", "oauth1", "oauth2"]),
            help="Which credential to use, where X takes several.",
        ),
        option(
            "--base-url", callback=remember_address, metavar="URL", envvar="X_BASE_URL",
            help="Where X answers, such as a local sandbox.",
        ),
        option("--sandbox", is_flag=True, help="Try it against a local X that lives as long as the command."),
        option(
            "--store", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", envvar="XDK_ASYNC_STORE",
            help="Where accounts and tokens are kept.",
        ),
        option("--budget", metavar="USD", help="Send no call that may cost more than what is left of so many US dollars."),
        option(
            "--max-wait", type=click.FloatRange(min=0), metavar="SECONDS",
            help="Wait so long for used-up rate limits at the most (60; `collect` 900, a whole window).",
        ),
        option("--cost", is_flag=True, help="Say on stderr what it has cost, by X's published prices."),
        option("--debug", is_flag=True, help="Log what happens, and show where an error comes from."),
    ]  # fmt: skip


def account_names(context: click.Context, _: click.Parameter, typed: str) -> list[str]:
    """Accounts, for completion."""
    import asyncio

    from xdk_async.cli.store import Profile, default_path

    store = context.params.get("store") or os.environ.get("XDK_ASYNC_STORE")
    there = asyncio.run(Profile(Path(store) if store else default_path()).accounts())
    return [account.name for account, _ in there if account.name.startswith(typed)]


class Command(click.Command):
    """A command with the common options, which stand last in its help."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.params: list[click.Parameter] = [*self.params, *common()]


def command(name: str, epilog: str, short: str | None = None) -> Callable[[Callable[..., Outcome]], click.Command]:
    """Make a function a command: it gets a `Session` and its own parameters.

    What it does before it needs the network, such as asking questions, it does at once; it may return a coroutine for the
    rest. The number that comes out is the exit code.

    Args:
        name: the command's name.
        epilog: examples, which keep their lines.
        short: its line in a list of commands, where another does not have it already.
    """

    def made(function: Callable[..., Outcome]) -> click.Command:
        @click.pass_context
        def invoke(context: click.Context, /, **given: Any) -> int:
            from xdk_async.cli.session import Session

            session = Session(context.ensure_object(Settings))
            return session.run(function(session, **given))

        functools.update_wrapper(invoke, function)
        return click.command(name, cls=Command, short_help=short, epilog=f"\b\n{epilog}")(invoke)

    return made


def fields_option(complete: Callable[[str], list[str]]) -> Decorator:
    """`--fields`, for commands that print things which have some."""

    def shell_complete(_: click.Context, __: click.Parameter, typed: str) -> list[str]:
        before, comma, last = typed.rpartition(",")
        return [f"{before}{comma}{each}" for each in complete(last)]

    return click.option(
        "--fields",
        metavar="NAMES",
        expose_value=False,
        callback=remember,
        shell_complete=shell_complete,
        help="What to ask for and print, comma-separated, such as `id,text,author.username`.",
    )
