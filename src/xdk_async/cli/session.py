"""What a command works with: settings, a client that is signed in, output."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
from collections.abc import AsyncGenerator, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from xdk_async.cli.failure import ExitCode, missing_extra
from xdk_async.cli.option import Outcome, Settings
from xdk_async.cli.output import Column, Output

if TYPE_CHECKING:
    from xdk_async._core.wait import Wait
    from xdk_async.cli.caller import Caller
    from xdk_async.cli.credential import Signed
    from xdk_async.cli.store import Profile
    from xdk_async.sandbox import Served

TRAFFIC = 2.0  # posts a second that others write in the sandbox of `--sandbox` while a stream is open
WORTH_TELLING = 1.0  # seconds of waiting


class Session:
    """One run of a command."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        if settings.debug:
            logging.basicConfig(level=logging.DEBUG, format="%(name)s: %(message)s")
            logging.getLogger("xdk_async").setLevel(logging.DEBUG)

    def run(self, outcome: Outcome) -> int:
        """Bring a command to its end; the exit code. Ctrl-C and SIGTERM cancel it, so that it leaves nothing half done."""
        if not isinstance(outcome, Coroutine):
            return outcome or ExitCode.OK
        stopped = False

        async def go() -> int | None:
            task = asyncio.current_task()
            assert task is not None

            def stop() -> None:
                nonlocal stopped
                stopped = True
                task.cancel()

            # Windows has no such signal, and only the main thread may listen to signals.
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop)
            return await outcome

        try:
            return asyncio.run(go()) or ExitCode.OK
        except asyncio.CancelledError:
            if not stopped:
                raise
            return ExitCode.TERMINATED

    @property
    def profile(self) -> Profile:
        """Accounts and tokens of this machine's user."""
        from xdk_async.cli.store import Profile, default_path

        return Profile(self.settings.store or default_path())

    def output(self, columns: Sequence[Column], nothing: str = "") -> Output:
        """Where data goes; in a terminal, what stands there if there is none."""
        return Output(columns, self.settings.form, self.settings.fields, nothing)

    @asynccontextmanager
    async def client(self, max_wait: float | None = None) -> AsyncGenerator[Caller, None]:
        """A client with the credentials that the settings, the environment and the store give.

        Args:
            max_wait: Seconds that a call waits for windows, unless the settings say so.
        """
        from xdk_async.cli.caller import Caller

        async with self.signed() as found:
            if self.settings.max_wait is not None:
                max_wait = self.settings.max_wait
            options: dict[str, Any] = {"on_wait": tell_wait, "budget": self.settings.budget, "max_wait": max_wait}
            async with Caller(**found.arguments, **options) as client:
                if self.settings.account:
                    client.act_as_user()
                try:
                    yield client.with_options(credential=self.settings.auth) if self.settings.auth else client
                finally:
                    if self.settings.cost:
                        tell_cost(client)

    @asynccontextmanager
    async def signed(self) -> AsyncGenerator[Signed, None]:
        """The credentials to use, and from where each comes; with `--sandbox`, a sandbox's, which runs meanwhile."""
        from xdk_async.cli.credential import find, of_sandbox

        async with self.served() as served:
            yield of_sandbox(served) if served else await find(self.settings, os.environ, self.profile)

    @asynccontextmanager
    async def served(self) -> AsyncGenerator[Served | None, None]:
        """With `--sandbox`, a sandbox that runs meanwhile; else None."""
        if not self.settings.sandbox:
            yield None
            return
        try:
            from xdk_async.sandbox import Sandbox, serve
        except ModuleNotFoundError as error:
            raise missing_extra("sandbox", error.name) from None
        async with serve(Sandbox(traffic=TRAFFIC)) as served:
            yield served


def tell_cost(client: Caller) -> None:
    """Say on stderr what calls have cost."""
    from xdk_async.cli.app import say

    what = ", ".join(f"{count} {kind}" for kind, count in client.costs.resources.items())
    say(f"Cost: ${client.costs.total}{f' ({what})' if what else ''}.")


def tell_wait(wait: Wait) -> None:
    """Say on stderr why nothing happens for a while."""
    from xdk_async.cli.app import say

    if wait.seconds >= WORTH_TELLING:
        reasons = {
            "window": "the rate limit's window is used up",
            "spacing": "calls keep a distance",
            "retry": f"{type(wait.error).__name__}, trying again",
        }
        say(f"Waiting {wait.seconds:.0f} s for {wait.operation}: {reasons[wait.why]}.")
