"""A view of a client: one transport, its credentials, its options. Attempts go on until an answer or a reason to stop."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

import httpx

from xdk_async._core.connection import Connection
from xdk_async._core.ledger import Bill
from xdk_async._core.limiter import Claim, Permit
from xdk_async._core.operation import Auth, Call
from xdk_async._core.options import Options
from xdk_async._core.read import assumed, read, unreadable
from xdk_async._core.refusal import refusal
from xdk_async._core.retry import in_doubt, is_duplicate, pause
from xdk_async._core.transport import Transport
from xdk_async._core.wait import Patience
from xdk_async.auth.bearer import Bearer
from xdk_async.auth.choice import Credentials, choose
from xdk_async.auth.credential import principal_of
from xdk_async.errors import (
    AnswerError,
    CreditsDepleted,
    Disconnected,
    RateLimited,
    TimedOut,
    TransportError,
    UsageCapExceeded,
    XError,
)

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
            BudgetExceeded: it may cost more than a budget leaves; nothing was sent.
            TransportError: no answer came.
            AnswerError: X refused the call or failed, or is known to refuse it.
        """
        observer = self.transport.observer
        if observer is None:
            return await self._until_answered(call)
        with observer.call(call.operation.name):
            return await self._until_answered(call)

    async def _until_answered(self, call: Call[A]) -> A:
        deadline = self.options.deadline
        ends = None if deadline is None else self.transport.clock() + deadline
        patience = Patience(call, self.options.policy, ends, self.options.on_wait, self.transport.observer)
        if deadline is None:
            return await self._answer(call, patience)
        limit = asyncio.timeout(deadline)
        try:
            async with limit:
                return await self._answer(call, patience)
        except TimeoutError:
            if not limit.expired():
                raise
            raise self._late(call, patience.attempt) from None

    async def _answer(self, call: Call[A], patience: Patience) -> A:
        while isinstance(outcome := await self._attempt(call, patience), Again):
            if outcome.seconds:
                await self.transport.sleep(outcome.seconds)
            patience.attempt += 1
        return outcome

    def _late(self, call: Call[Any], attempt: int) -> TimedOut:
        message = f"{call.method} {call.path}: the deadline of {self.options.deadline} s ran out"
        late = TimedOut(message, sent=True, phase="deadline")
        late.attempt = attempt
        return late

    async def _attempt(self, call: Call[A], patience: Patience) -> A | Again:
        auth = choose(call.operation, self.credentials, self.options.credential)
        claim = self._claim(call, auth)
        bill = self.transport.ledger.bill(call, claim.principal, self.options.budgets)
        if patience.attempt == 1:
            await bill.warn(self.options.on_costly)
        permit = await self.transport.gate.admit(claim, patience)
        try:
            outcome = await self._exchange(call, auth, permit, bill, patience)
            if not isinstance(outcome, Again):
                return bill.charge(outcome, patience.doubted)  # if it is not yet: a post that is assumed to be made
            if patience.error is not None and may_be_billed(patience.error):
                patience.doubted += bill.doubt(resources=False)
            return outcome
        except BaseException as lost:
            if patience.lost or may_be_billed(lost):
                bill.doubt(request=may_be_billed(lost))
            raise
        finally:
            await bill.close()

    async def _exchange(
        self, call: Call[A], auth: httpx.Auth | None, permit: Permit, bill: Bill, patience: Patience
    ) -> A | Again:
        claim, gate = permit.claim, self.transport.gate
        try:
            await bill.open()
            connection = await self.transport.start(call, self.options, auth, patience.attempt)
            early = await body_of_refusal(connection)
        except BaseException as lost:
            await gate.lose(permit, counted=not is_unsent(lost))
            if not isinstance(lost, XError):
                raise
            return await self._again(call, claim, lost, patience)
        status, headers = connection.status, connection.headers
        error = None if early is None else refusal(call, status, headers, early, self.transport.clock())
        opens_in = await gate.land(permit, headers.raw, refused=isinstance(error, RateLimited))
        try:
            body = await connection.read() if early is None else early
        except XError as lost:
            return await self._again(call, claim, lost, patience)
        log.debug("%s %s: %d, %d bytes", call.method, call.path, status, len(body))
        went_well = 200 <= status < 300
        answer = read(call, status, headers, body, keep_raw=self.options.keep_raw) if went_well else None
        if answer is not None and self.options.gapless and unreadable(answer, body):
            none = Disconnected(f"{call.method} {call.path}: answered with {status}, and no page to be read", sent=True)
            return await self._again(call, claim, none, patience)
        if answer is not None:
            bill.charge(answer)
        await connection.show(body)  # what a hook raises says nothing of the call, and never repeats it
        if answer is not None:
            if patience.is_trial:
                await gate.mend(claim.principal)
            return answer
        error = error or refusal(call, status, headers, body, self.transport.clock())
        return await self._again(call, claim, error, patience, opens_in)

    def _claim(self, call: Call[Any], auth: httpx.Auth | None) -> Claim:
        principal = principal_of(auth)
        as_user = bool(principal.user) or Auth.APP not in call.operation.auth
        return Claim(call.endpoint, principal, as_user, self.options.policy.on_limit == "spread")

    async def _again(
        self, call: Call[A], claim: Claim, error: XError, patience: Patience, opens_in: float | None = None
    ) -> A | Again:
        """When to try again; raises the error if there is nothing to be gained."""
        error.attempt = patience.attempt
        if isinstance(error, (CreditsDepleted, UsageCapExceeded)):
            await self.transport.gate.trip(claim.principal, error, patience.is_trial)
        if patience.in_doubt and call.operation.name == "posts.create" and is_duplicate(error):
            return assumed(call, error)
        now = self.transport.clock()
        wait = pause(
            error,
            once=call.sends_once,
            attempt=patience.attempt,
            policy=self.options.policy,
            now=now,
            left=None if patience.ends is None else patience.ends - now,
            chance=self.transport.chance,
            waited=patience.waited,
            opens_in=opens_in,
        )
        if wait is None:
            if isinstance(error, RateLimited) and opens_in and patience.attempt <= self.options.policy.retries:
                error.args = (f"{error}{patience.too_late(opens_in)}",)
            try:
                raise error
            finally:
                del error  # or the exception and this frame would keep each other
        what = f"{call.operation.name} failed ({type(error).__name__})"
        log.info("%s; attempt %d in %.1f s", what, patience.attempt + 1, wait)
        patience.in_doubt = patience.in_doubt or in_doubt(error)
        patience.lost = patience.lost or may_be_billed(error)
        patience.error = error.with_traceback(None)
        if isinstance(error, RateLimited) and opens_in is not None:
            return Again(0.0)  # the gate makes it wait, in its turn
        if isinstance(error, AnswerError) and error.retry_after is not None:
            patience.waited += wait
        await patience.tell("retry", wait, now)
        return Again(wait)

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

    def bill(self, call: Call[Any]) -> Bill:
        """What a stream's call costs, event by event.

        Raises:
            CredentialsError: No credential fits.
        """
        auth = choose(call.operation, self.credentials, self.options.credential)
        return self.transport.ledger.bill(call, principal_of(auth), self.options.budgets)

    def may_get_another_token(self, call: Call[Any]) -> bool:
        """Whether a callable gives the call's token, so that after a 401 there may be another."""
        auth = choose(call.operation, self.credentials, self.options.credential)
        return isinstance(auth, Bearer) and auth.is_asked_for

    def __repr__(self) -> str:
        return f"<Sender to {self.transport.base_url}>"


async def body_of_refusal(connection: Connection) -> bytes | None:
    """The body of a 429, which says what was used up; X did not carry the call out, whether or not it can be read."""
    if connection.status != 429:
        return None
    try:
        return await connection.read()
    except TransportError:
        return b""


def is_unsent(error: BaseException) -> bool:
    """Whether it is certain that X did not count the call."""
    return not error.sent if isinstance(error, TransportError) else isinstance(error, XError)


def may_be_billed(error: BaseException) -> bool:
    """Whether X may have carried out a call that ended so: it got lost on its way, or nobody waited for the answer."""
    return error.sent if isinstance(error, TransportError) else isinstance(error, asyncio.CancelledError)
