"""What the library raises. Catch `XError` for all of it.

    XError
    ├── InvalidArgument          refused before anything was sent
    │   └── PaginationError        a Cursor was given a method without pages
    ├── CredentialsError         no credential fits, or one could not be obtained
    │   └── SessionLost          a user's refresh token was used up without its successor being saved
    ├── TransportError           no answer
    │   ├── ConnectFailed        X was never reached
    │   ├── TimedOut             a timeout of the request ran out
    │   └── Disconnected         the connection broke, or what came was not HTTP
    ├── AnswerError              X answered with an error status
    │   ├── BadRequest             400, and other 4xx without a class of their own
    │   ├── AuthenticationError    401
    │   ├── CreditsDepleted        402
    │   ├── Forbidden              403
    │   ├── NotFound               404
    │   ├── Conflict               409
    │   ├── RateLimited            429: a window is used up
    │   ├── UsageCapExceeded       429 or 403: the month's cap is used up
    │   ├── TooManyConnections     429: another stream connection is still open
    │   └── ServerError            5xx
    ├── BudgetExceeded           the call would cost more than the budget leaves
    ├── MediaProcessingFailed    X could not process an uploaded file
    ├── StoreFailed              a store of checkpoints, or of shared limits or budgets, does not work
    └── StreamError              something went wrong on a stream; raised if it cannot go on
        └── StreamEnded          it ended, and reconnecting is off or used up

Facts are attributes; the message says what, where and what to do. Nothing of httpx, aiohttp, msgspec or authlib escapes.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from xdk_async._core.limits import RateLimit
from xdk_async.api import models


class XError(Exception):
    """The base of everything the library raises."""

    attempt: int = 1
    """Which attempt of the call this was, from 1."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Copying and pickling: an error may have to cross to another process."""
        return (rebuilt, (type(self), self.args, self.__dict__))


def rebuilt(kind: type[XError], arguments: tuple[Any, ...], facts: dict[str, Any]) -> XError:
    """An error from its parts."""
    error = kind.__new__(kind, *arguments)
    error.__dict__.update(facts)
    return error


class InvalidArgument(XError, ValueError):
    """An argument that X would refuse, ignore or bill in vain; nothing was sent."""


class PaginationError(InvalidArgument, TypeError):
    """A `Cursor` was given a method that has no pages."""


class CredentialsError(XError):
    """No credential fits the operation, or one could not be obtained."""


class SessionLost(CredentialsError):
    """A refresh token was used up and its successor was never saved: the user has to sign in again."""

    def __init__(self, client_id: str, subject: str) -> None:
        super().__init__(
            f"the session of {subject!r} is lost: its refresh token was used and what replaced it was not saved; sign in again"
        )
        self.client_id = client_id
        self.subject = subject


class TransportError(XError):
    """No answer came."""

    def __init__(self, message: str, *, sent: bool) -> None:
        super().__init__(message)
        self.sent = sent
        """Whether X may have received the request: if False, repeating it cannot do anything twice."""


class ConnectFailed(TransportError):
    """X was never reached: refused, unknown host, failed TLS or proxy."""


class TimedOut(TransportError):
    """A timeout of the request ran out."""

    def __init__(
        self, message: str, *, sent: bool, phase: Literal["connect", "read", "write", "pool", "deadline"]
    ) -> None:
        super().__init__(message, sent=sent)
        self.phase = phase
        """What took too long: connecting, reading, writing, waiting for a connection of the pool, or the whole call."""


class Disconnected(TransportError):
    """The connection broke before the whole answer came, or what came was not HTTP."""


class AnswerError(XError):
    """X answered with an error status."""

    def __init__(
        self,
        message: str,
        *,
        status: int,
        method: str = "",
        path: str = "",
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        problem: models.Problem | None = None,
        problems: Sequence[models.Problem] = (),
        rate_limit: RateLimit | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        """The HTTP status."""
        self.method = method
        self.path = path
        self.headers: Mapping[str, str] = headers or {}
        """The answer's headers."""
        self.body = body
        """The first bytes of the answer's body, 4096 at the most."""
        self.problem = problem
        """What X says, of the class of its problem type; None if the body was not JSON."""
        self.problems: list[models.Problem] = list(problems)
        """The single errors, where X lists several."""
        self.rate_limit = rate_limit
        """What the headers say of the window; None if they say nothing."""

    sent: bool = True
    """False if the call was held back: X refused others like it before. Status and problem are those of the refusal then."""
    retry_after: float | None = None
    """Seconds X asks to wait (`Retry-After`), if it does."""
    retry_at: datetime | None = None
    """When calls that are held back for used-up credits or caps are tried again, in UTC."""

    @property
    def request_id(self) -> str | None:
        """X's `x-transaction-id`, which its support asks for."""
        return self.headers.get("x-transaction-id")

    @property
    def title(self) -> str | None:
        """The problem's short name."""
        return self.problem.title if self.problem else None

    @property
    def detail(self) -> str | None:
        """The problem in a sentence of X's."""
        return (self.problem.detail or self.problem.message) if self.problem else None

    @property
    def type(self) -> str | None:
        """The last path segment of the problem's type, such as `client-forbidden`; hosts before it vary."""
        return self.problem.type.rsplit("/", 1)[-1] if self.problem and self.problem.type else None


class BadRequest(AnswerError):
    """400: X refuses the request as it stands. Also other 4xx without a class of their own."""


class AuthenticationError(AnswerError):
    """401: the credential is wrong, expired, revoked, or of a kind the operation does not take."""


class CreditsDepleted(AnswerError):
    """402: the account's credits are used up. Never waited for; further calls of the principal are held back for a while."""


class Forbidden(AnswerError):
    """403: the credential is valid and lacks a right."""

    @property
    def reason(self) -> str | None:
        """`client-not-enrolled`, `user-not-enrolled`, … where X says it."""
        return self.problem.reason if self.problem else None

    @property
    def registration_url(self) -> str | None:
        """Where to enroll."""
        return self.problem.registration_url if self.problem else None

    @property
    def required_enrollment(self) -> str | None:
        """What to enroll for."""
        return self.problem.required_enrollment if self.problem else None


class NotFound(AnswerError):
    """404: no such thing, or not for this credential."""


class Conflict(AnswerError):
    """409: what is there stands in the way. A filtered stream without rules answers this."""


class RateLimited(AnswerError):
    """429: a window is used up. The call was not carried out; with `sent` False not even sent."""

    @property
    def limit(self) -> int | None:
        """Calls a window allows."""
        return self.rate_limit.limit if self.rate_limit else None

    @property
    def remaining(self) -> int | None:
        """Calls left, nearly always 0 here."""
        return self.rate_limit.remaining if self.rate_limit else None

    @property
    def reset_at(self) -> datetime | None:
        """When the window opens again, in UTC; None if X did not say."""
        return self.rate_limit.reset_at if self.rate_limit else None

    @property
    def window(self) -> Literal["15min", "24h"]:
        """Which window is used up: that of 15 minutes, or that of 24 hours."""
        return self.rate_limit.window if self.rate_limit else "15min"


class UsageCapExceeded(AnswerError):
    """The cap of the billing period is used up. Never waited for; further calls of the principal are held back for a while."""

    @property
    def period(self) -> str | None:
        """`Daily` or `Monthly`, where X says it."""
        return self.problem.period if self.problem else None

    @property
    def scope(self) -> str | None:
        """`Account` or `Product`, where X says it."""
        return self.problem.scope if self.problem else None


class TooManyConnections(AnswerError):
    """429 on a stream: another connection is still counted as open."""

    @property
    def connection_issue(self) -> str | None:
        """X's word for it, such as `TooManyConnections`."""
        return self.problem.connection_issue if self.problem else None


class ServerError(AnswerError):
    """5xx: X failed. The call may have been carried out."""


class BudgetExceeded(XError):
    """The call would cost more than the budget leaves, and was not sent; or a stream has used it up. Amounts are US dollars."""

    def __init__(
        self,
        message: str,
        *,
        cost: Decimal = Decimal(0),
        left: Decimal = Decimal(0),
        limit: Decimal = Decimal(0),
        resets_at: datetime | None = None,
        fits: int | None = None,
    ) -> None:
        super().__init__(message)
        self.cost = cost
        """What it would have cost at the most."""
        self.left = left
        """What the budget leaves."""
        self.limit = limit
        """The whole budget."""
        self.resets_at = resets_at
        """When the budget starts anew, in UTC; None if it does not."""
        self.fits = fits
        """How many results would fit (`max_results`, or ids); None if none would, or there is nothing to choose."""


class MediaProcessingFailed(XError):
    """X could not process an uploaded file."""

    def __init__(self, message: str, *, code: int | None = None, name: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.name = name
        self.message = message


class StoreFailed(XError):
    """A store of checkpoints, or of shared limits or budgets, does not work: nothing was saved or read, or nothing was sent."""


class StreamErrorType(enum.Enum):
    """Kinds of trouble on a stream; names and values are the official SDK's."""

    CONNECTION_ERROR = "connection_error"
    """X could not be reached, or the connection broke."""
    TIMEOUT = "timeout"
    """Nothing came for too long, not even a heartbeat."""
    SERVER_ERROR = "server_error"
    """X answered 5xx."""
    RATE_LIMITED = "rate_limited"
    """X answered 429: a window is used up, or another connection is still open."""
    STREAM_INTERRUPTED = "stream_interrupted"
    """X closed the stream, said that it will, or sent what cannot be read."""
    AUTHENTICATION_ERROR = "authentication_error"
    """X answered 401 or 403."""
    CLIENT_ERROR = "client_error"
    """X answered another 4xx."""
    FATAL_ERROR = "fatal_error"
    """The stream cannot go on for a reason of its own, such as a full buffer."""


class StreamError(XError):
    """Something went wrong on a stream. Hooks get every one; the loop raises it only if the stream cannot go on."""

    def __init__(
        self,
        message: str,
        error_type: StreamErrorType = StreamErrorType.FATAL_ERROR,
        original_exception: Exception | None = None,
        status_code: int | None = None,
        response_body: str | None = None,
    ) -> None:
        super().__init__(message)
        self.error_type = error_type
        """What kind of trouble it is."""
        self.original_exception = original_exception
        """The error behind it; None if X closed the stream properly."""
        self.status_code = status_code
        """The HTTP status, if X refused the connection."""
        self.response_body = response_body
        """The beginning of what X answered, if it refused the connection."""

    @property
    def is_retryable(self) -> bool:
        """Whether connecting anew can help."""
        kinds = StreamErrorType
        return self.error_type not in (kinds.AUTHENTICATION_ERROR, kinds.CLIENT_ERROR, kinds.FATAL_ERROR)


class StreamEnded(StreamError):
    """A stream ended, and reconnecting is off or used up."""
