"""`python -m xdk_async.sandbox`: serve a sandbox until Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio
import sys

from xdk_async.sandbox.server import Served, serve
from xdk_async.sandbox.world import Sandbox

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

Open streams see about {traffic:g} new posts a second. Ctrl-C stops it.
"""


def arguments() -> argparse.ArgumentParser:
    """What the command line takes."""
    parser = argparse.ArgumentParser(
        prog="python -m xdk_async.sandbox", description="Serve a local X for trying things out."
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument(
        "--port", type=int, default=8000, help="port to listen on, 0 for any free one (default: %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=0, help="which world to make (default: %(default)s)")
    parser.add_argument(
        "--traffic", type=float, default=1.0, help="posts a second while a stream is open (default: %(default)g)"
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


async def run(host: str, port: int, seed: int, traffic: float) -> None:
    """Serve until cancelled."""
    async with serve(Sandbox(seed=seed, traffic=traffic), host, port) as served:
        sys.stdout.write(greeting(served, traffic))
        sys.stdout.flush()
        await asyncio.Event().wait()


def main() -> int:
    """Run the command line; the exit code."""
    given = arguments().parse_args()
    try:
        asyncio.run(run(given.host, given.port, given.seed, given.traffic))
    except KeyboardInterrupt:
        sys.stdout.write("\nStopped.\n")
    except OSError as error:
        sys.stderr.write(f"Cannot listen on {given.host}:{given.port}: {error.strerror}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
