"""`request`: any operation by method and path, as xurl does."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import click
import msgspec

from xdk_async.cli.failure import CommandFailed, ExitCode, PipeClosed
from xdk_async.cli.option import command
from xdk_async.cli.output import flush, write, write_line
from xdk_async.cli.session import Session

if TYPE_CHECKING:
    from xdk_async.cli.caller import Caller

METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD")


def complete(context: click.Context, _: click.Parameter, typed: str) -> list[str]:
    """Methods, and the paths of the operations that they have."""
    from xdk_async.api.operations import OPERATIONS

    given = [each.upper() for each in context.params.get("target") or ()]
    method = next((each for each in given if each in METHODS), None)
    paths = sorted({each.path for each in OPERATIONS.values() if method in (None, each.method)})
    return [each for each in ([] if given else [*METHODS]) + paths if each.startswith(typed)]


@command(
    "request",
    epilog="""\
Examples:
  xdk-async request /2/users/me
  xdk-async request GET /2/tweets/search/recent -p query=python -p tweet.fields=created_at,lang
  xdk-async request POST /2/tweets -d '{"text": "Hello"}'
  xdk-async request POST /2/tweets -d @post.json
  xdk-async request /2/users/12/followers --paginate | jq -c '.data[]'
  xdk-async request /2/tweets/sample/stream""",
)
@click.argument("target", nargs=-1, required=True, metavar="[METHOD] PATH", shell_complete=complete)
@click.option("-X", "--method", type=click.Choice(METHODS, case_sensitive=False), help="The method, as in curl.")
@click.option("-d", "--data", metavar="JSON", help="The body; @FILE reads a file, @- standard input. Makes it a POST.")
@click.option(
    "-p", "--param", "params", multiple=True, metavar="NAME=VALUE", help="A query parameter; may be repeated."
)
@click.option("-H", "--header", "headers", multiple=True, metavar="NAME:VALUE", help="A header; may be repeated.")
@click.option("-i", "--include", is_flag=True, help="Show status and headers on stderr.")
@click.option("--paginate", is_flag=True, help="Follow `next_token` to the end: one line for each page.")
async def request(
    session: Session,
    target: tuple[str, ...],
    method: str | None,
    data: str | None,
    params: tuple[str, ...],
    headers: tuple[str, ...],
    include: bool,
    paginate: bool,
) -> None:
    """Call METHOD PATH (GET if left out, POST with `-d`) with the credentials at hand, and print what X answers.

    Streams are followed until Ctrl-C, one event a line. Nothing is checked before it is sent.
    """
    from xdk_async._core.unlisted import matching

    method, path, query = taken_apart(target, method or ("POST" if data is not None else None))
    query |= dict(split(each, "=", "-p") for each in params)
    body = body_of(data)
    async with session.client() as client:
        client = client.with_options(headers=dict(split(each, ":", "-H") for each in headers))
        operation = matching(method, path)
        if operation is not None and operation.streams:
            await follow(client, path, query)
            return
        while True:
            answer = await client.send(method, path, query, body)
            if include:
                lines = [f"HTTP {answer.status}", *(f"{name}: {value}" for name, value in answer.headers.items())]
                click.echo("\n".join([*lines, ""]), err=True)
            show(answer.raw or b"", session.settings.form)
            token = answer.meta.next_token
            if not (paginate and token):
                return
            query = {**query, "pagination_token": token}


def taken_apart(target: tuple[str, ...], method: str | None) -> tuple[str, str, dict[str, str]]:
    """Method, path and query of what was typed: `GET /2/x?y=1`, or a whole address of X's."""
    first, rest = target[0].upper(), target[1:]
    if first in METHODS and rest:
        if method not in (None, first, "POST"):
            raise CommandFailed(f"two methods are given, {first} and {method}", ExitCode.USAGE)
        method = first
    else:
        rest = target
    if len(rest) != 1:
        raise CommandFailed("give a method and one path, such as: GET /2/users/me", ExitCode.USAGE)
    parts = urlsplit(rest[0])
    if parts.scheme and parts.netloc not in ("api.x.com", "api.twitter.com"):
        raise CommandFailed(f"{rest[0]} is not X's: give a path, and elsewhere --base-url", ExitCode.USAGE)
    if not parts.path.startswith("/"):
        raise CommandFailed(f"the path {rest[0]!r} must begin with a slash, such as /2/users/me", ExitCode.USAGE)
    return (method or "GET").upper(), parts.path, dict(parse_qsl(parts.query, keep_blank_values=True))


def split(given: str, mark: str, option: str) -> tuple[str, str]:
    """Name and value."""
    name, found, value = given.partition(mark)
    if not found or not name.strip():
        raise CommandFailed(f"{option} takes NAME{mark}VALUE, not {given!r}", ExitCode.USAGE)
    return name.strip(), value.strip() if mark == ":" else value


def body_of(data: str | None) -> Any:
    """The body, read from where it is."""
    if not data:
        return None
    text = data
    if data.startswith("@"):
        try:
            text = sys.stdin.read() if data == "@-" else Path(data[1:]).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise CommandFailed(f"the body could not be read from {data[1:]}: {error}", ExitCode.USAGE) from None
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise CommandFailed(f"the body is no JSON: {error}", ExitCode.USAGE) from None


async def follow(client: Caller, path: str, query: dict[str, str]) -> None:
    """Print a stream, one event a line."""
    async with client.listen(path, query) as events:
        async for event in events:
            parts = {"data": event.data, "includes": event.includes.struct, "matching_rules": event.matching_rules}
            plain: dict[str, Any] = msgspec.to_builtins(parts)
            write_line({name: value for name, value in plain.items() if value})
            flush()


def show(content: bytes, form: str | None) -> None:
    """Print an answer: JSON with colours in a terminal and in one line elsewhere, anything else as it is."""
    try:
        document = msgspec.json.decode(content)
    except msgspec.DecodeError:
        write(content)
        flush()
        return
    if form == "table" or (form is None and sys.stdout.isatty()):
        from rich.console import Console
        from rich.json import JSON

        try:
            Console(file=sys.stdout).print(JSON.from_data(document, ensure_ascii=True))
        except BrokenPipeError:
            raise PipeClosed from None
        return
    write_line(document)
    flush()
