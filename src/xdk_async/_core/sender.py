"""A view of a client: one transport, its credentials, its options. Attempts go on until an answer or a reason to stop."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from xdk_async._core.operation import Call
from xdk_async._core.options import Options
from xdk_async._core.read import read
from xdk_async._core.refusal import refusal
from xdk_async._core.retry import pause
from xdk_async._core.transport import Connection, Transport
from xdk_async.auth.choice import Credentials, choose
from xdk_async.errors import RateLimited, TimedOut, XError

A = TypeVar("A")
log = logging.getLogger("xdk_async")


class Again(NamedTuple):
    """The call is worth another attempt."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends calls with the options of one view."""

    transport: Transport
    credentials: Credentials
    options: Options

    async def send(self, call: Call[A]) -> A:
        """The answer of a call.

        Raises:
            CredentialsError: no credential fits; nothing was sent.
            TransportError: no answer came.
            AnswerError: X refused the call or failed.
        """
        started, attempt, waited = self.transport.clock(), 1, 0.0
        limit = asyncio.timeout(self.options.deadline)
        try:
            async with limit:
                while isinstance(outcome := await self._attempt(call, attempt, started, waited), Again):
                    await self.transport.sleep(outcome.seconds)
                    waited += outcome.seconds
                    attempt += 1
                return outcome
        except TimeoutError:
            if not limit.expired():
                raise
            raise self._late(call, attempt) from None

    def _late(self, call: Call[Any], attempt: int) -> TimedOut:
        message = f"{call.method} {call.path}: the deadline of {self.options.deadline} s ran out"
        late = TimedOut(message, sent=True, phase="deadline")
        late.attempt = attempt
        return late

    async def _attempt(self, call: Call[A], attempt: int, started: float, waited: float) -> A | Again:
        auth = choose(call.operation, self.credentials, self.options.credential)
        try:
            connection = await self.transport.start(call, self.options, auth)
            body = await connection.read()
        except XError as error:
            return self._again(call, error, attempt, started, waited)
        status, headers = connection.status, connection.headers
        log.debug("%s %s: %d, %d bytes", call.method, call.path, status, len(body))
        await connection.show(body)  # what a hook raises says nothing of the call, and never repeats it
        if 200 <= status < 300:
            return read(call, status, headers, body, keep_raw=self.options.keep_raw)
        return self._again(call, refusal(call, status, headers, body), attempt, started, waited)

    def _again(self, call: Call[Any], error: XError, attempt: int, started: float, waited: float) -> Again:
        """When to try again; raises the error if there is nothing to be gained."""
        error.attempt = attempt
        now = self.transport.clock()
        left = None if self.options.deadline is None else self.options.deadline - (now - started)
        wait = pause(
            error,
            once=call.sends_once,
            attempt=attempt,
            policy=self.options.policy,
            now=now,
            left=left,
            chance=self.transport.chance,
            waited=waited,
        )
        if wait is not None:
            # A wait for a window is worth telling: from outside it looks as if nothing happened.
            level = logging.WARNING if isinstance(error, RateLimited) and wait >= 1 else logging.INFO
            what = f"{call.operation.name} failed ({type(error).__name__})"
            log.log(level, "%s; attempt %d in %.1f s", what, attempt + 1, wait)
            return Again(wait)
        try:
            raise error
        finally:
            del error  # or the exception and this frame would keep each other

    async def connect(self, call: Call[Any], silence: float | None) -> Connection:
        """An open answer of a stream.

        Args:
            call: the stream's call.
            silence: seconds without a byte after which the connection counts as dead.
        """
        auth = choose(call.operation, self.credentials, self.options.credential)
        limit = asyncio.timeout(self.options.deadline)
        try:
            async with limit:
                connection = await self.transport.connect(call, self.options, auth, silence)
        except TimeoutError:
            if not limit.expired():
                raise
            raise self._late(call, 1) from None
        if connection.status == 200:
            return connection
        body = await connection.read()
        await connection.show(body)
        raise refusal(call, connection.status, connection.headers, body)

    def __repr__(self) -> str:
        return f"<Sender to {self.transport.base_url}>"
