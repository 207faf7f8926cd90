"""Questions to people, on stderr, since only data goes to standard output."""

from __future__ import annotations

import asyncio
import os
import sys

import click

from xdk_async.cli.failure import CommandFailed, ExitCode


def secret(what: str, option: str) -> str:
    """Something typed without being shown; from a pipe, the first line of it.

    Args:
        what: what is asked for.
        option: how to give it without being asked.
    """
    if sys.stdin.isatty():
        return str(click.prompt(what, hide_input=True, err=True)).strip()
    found = sys.stdin.readline().strip()
    if not found:
        raise CommandFailed(f"{what} is missing: {option}, or write it to standard input", ExitCode.USAGE)
    return found


def text(what: str, option: str) -> str:
    """Something typed, if somebody is there to type it."""
    if not sys.stdin.isatty():
        raise CommandFailed(f"{what} is missing: {option}", ExitCode.USAGE)
    return str(click.prompt(what, err=True)).strip()


def confirm(question: str, option: str) -> None:
    """Go on only if somebody says yes."""
    if not sys.stdin.isatty():
        raise CommandFailed(f"{question} Nobody is here to ask: {option}", ExitCode.USAGE)
    if not click.confirm(question, err=True):
        raise CommandFailed("nothing was sent")


async def line(question: str) -> str:
    """A line typed while the program goes on; Ctrl-C ends the wait, which it could not in a thread."""
    click.echo(question, nl=False, err=True)
    loop, typed = asyncio.get_running_loop(), asyncio.Event()
    try:
        loop.add_reader(sys.stdin.fileno(), typed.set)
    except (NotImplementedError, PermissionError):  # Windows, or a file, which keeps nobody waiting
        typed_line = await asyncio.to_thread(sys.stdin.readline)
        return str(typed_line).strip()
    try:
        await typed.wait()
    finally:
        loop.remove_reader(sys.stdin.fileno())
    # Not through `sys.stdin`, whose buffer would wait for more than a line of a pipe.
    found = os.read(sys.stdin.fileno(), 65536).decode(errors="replace").strip()
    if not found:
        raise CommandFailed("nothing was entered", ExitCode.CREDENTIALS)
    return found
