"""A view of a client: one transport, its credentials, its options. Attempts go on until an answer or a reason to stop."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Any, TypeVar

from xdk_async._core.operation import Call
from xdk_async._core.options import Options
from xdk_async._core.read import read
from xdk_async._core.refusal import refusal
from xdk_async._core.retry import pause
from xdk_async._core.transport import Connection, Transport
from xdk_async.auth.choice import Credentials, choose
from xdk_async.errors import TimedOut, XError

A = TypeVar("A")
log = logging.getLogger("xdk_async")


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
        limit = asyncio.timeout(self.options.deadline)
        try:
            async with limit:
                return await self._attempts(call)
        except TimeoutError:
            if not limit.expired():
                raise
            message = f"{call.method} {call.path}: the deadline of {self.options.deadline} s ran out"
            raise TimedOut(message, sent=True, phase="deadline") from None

    async def _attempts(self, call: Call[A]) -> A:
        started, attempt = self.transport.clock(), 1
        while True:
            try:
                return await self._once(call)
            except XError as error:
                error.attempt = attempt
                wait = self._pause(call, error, attempt, started)
                if wait is None:
                    raise
                log.info(
                    "%s failed (%s); attempt %d in %.1f s", call.operation.name, type(error).__name__, attempt + 1, wait
                )
            await self.transport.sleep(wait)
            attempt += 1

    def _pause(self, call: Call[Any], error: XError, attempt: int, started: float) -> float | None:
        now = self.transport.clock()
        left = None if self.options.deadline is None else self.options.deadline - (now - started)
        return pause(
            error,
            once=call.sends_once,
            attempt=attempt,
            policy=self.options.policy,
            now=now,
            left=left,
            chance=self.transport.chance,
        )

    async def _once(self, call: Call[A]) -> A:
        auth = choose(call.operation, self.credentials, self.options.credential)
        status, headers, body = await self.transport.exchange(call, self.options, auth)
        log.debug("%s %s: %d, %d bytes", call.method, call.path, status, len(body))
        if 200 <= status < 300:
            return read(call, status, headers, body, keep_raw=self.options.keep_raw)
        raise refusal(call, status, headers, body)

    async def connect(self, call: Call[Any], silence: float | None) -> Connection:
        """An open answer of a stream.

        Args:
            call: the stream's call.
            silence: seconds without a byte after which the connection counts as dead.
        """
        auth = choose(call.operation, self.credentials, self.options.credential)
        connection = await self.transport.connect(call, self.options, auth, silence)
        if connection.status == 200:
            return connection
        try:
            body = await connection.read()
        finally:
            await connection.aclose()
        raise refusal(call, connection.status, connection.headers, body)

    def __repr__(self) -> str:
        return f"<Sender to {self.transport.base_url}>"
