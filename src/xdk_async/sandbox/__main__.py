"""`xdk-async sandbox`, or `python -m xdk_async.sandbox`: serve a sandbox until Ctrl-C or SIGTERM."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import math
import signal
import sys
from collections.abc import Callable, Sequence
from typing import TypeVar

from xdk_async.sandbox.server import Served, serve
from xdk_async.sandbox.world import Sandbox

T = TypeVar("T", int, float)

GREETING = """\
The sandbox answers at {url}

  app token    {app}
  user token   {user}   (signed in: @{name})

Sign-in, for any redirect URI on this machine:

  client id            {sandbox.client_id}
  client secret        {sandbox.client_secret}   (confidential clients only)
  API key              {sandbox.api_key}
  API secret           {sandbox.api_secret}
  OAuth 1.0a token     {sandbox.oauth1_token}
  OAuth 1.0a secret    {sandbox.oauth1_token_secret}

Try it:
  curl -H "Authorization: Bearer {user}" "{url}/2/users/me"
  curl -H "Authorization: Bearer {app}" "{url}/2/tweets/search/recent?query=python"

See what it does, and what it was asked: {url}/
Open streams see about {traffic:g} new posts a second. Ctrl-C stops it.
"""


def from_0(kind: type[T], most: float = math.inf) -> Callable[[str], T]:
    """Reads a number that is not negative."""

    def number(text: str) -> T:
        found = kind(text)
        if not 0 <= found <= most:
            raise argparse.ArgumentTypeError(f"{text} is not {'0 or more' if most == math.inf else f'0 to {most:g}'}")
        return found

    return number


def arguments() -> argparse.ArgumentParser:
    """What the command line takes."""
    parser = argparse.ArgumentParser(prog="xdk-async sandbox", description="Serve a local X for trying things out.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument(
        "--port",
        type=from_0(int, 65_535),
        default=8000,
        help="port to listen on, 0 for any free one (default: %(default)s)",
    )
    parser.add_argument("--seed", type=int, default=0, help="which world to make (default: %(default)s)")
    parser.add_argument("--empty", action="store_true", help="make no world: nobody but the signed-in user")
    parser.add_argument("--state", metavar="FILE", help="keep the state in this file; made if it is not there")
    parser.add_argument("--fixtures", metavar="FILE", help="people and posts from this JSON file, for a new state")
    parser.add_argument(
        "--credits", type=from_0(float), help="US dollars that the app has paid in (default: calls cost nothing)"
    )
    parser.add_argument(
        "--post-cap",
        type=from_0(int),
        default=2_000_000,
        help="posts that may be read in a month (default: %(default)s)",
    )
    parser.add_argument(
        "--traffic",
        type=from_0(float),
        default=1.0,
        help="posts a second while a stream is open (default: %(default)g)",
    )
    return parser


def greeting(served: Served, traffic: float) -> str:
    """Where it is and how it is used."""
    sandbox = served.sandbox
    return GREETING.format(
        url=served.url,
        sandbox=sandbox,
        app=sandbox.app_token,
        user=sandbox.user_token,
        name=sandbox.me.username,
        traffic=traffic,
    )


async def run(sandbox: Sandbox, host: str, port: int, traffic: float) -> None:
    """Serve until cancelled or asked to end."""
    stopping = asyncio.Event()
    with contextlib.suppress(NotImplementedError):  # Windows knows no such signal
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    async with serve(sandbox, host, port) as served:
        sys.stdout.write(greeting(served, traffic))
        sys.stdout.flush()
        await stopping.wait()


def made(given: argparse.Namespace) -> Sandbox:
    """The sandbox that the command line wants."""
    return Sandbox(
        seed=None if given.empty else given.seed,
        traffic=given.traffic,
        path=given.state,
        fixtures=given.fixtures,
        credits=given.credits,
        post_cap=given.post_cap,
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code."""
    given = arguments().parse_args(argv)
    try:
        sandbox = made(given)
    except (ValueError, OSError) as error:  # what the message names: a state file, or fixtures
        sys.stderr.write(f"{error}\n")
        return 1
    with sandbox:
        try:
            asyncio.run(run(sandbox, given.host, given.port, given.traffic))
        except KeyboardInterrupt:
            sys.stdout.write("\nStopped.\n")
        except OSError as error:
            sys.stderr.write(f"Cannot listen on {given.host}:{given.port}: {error.strerror}\n")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
