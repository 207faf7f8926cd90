"""The steps of a sign-in that need no network."""

from __future__ import annotations

import warnings
from types import TracebackType
from urllib.parse import parse_qs, urlsplit

import httpx
import msgspec

from xdk_async._core.transport import Transport
from xdk_async.auth.primitives import callback_code
from xdk_async.errors import CredentialsError, InvalidArgument

LOOPBACK = ("localhost", "127.0.0.1", "::1")


class PendingLogin(msgspec.Struct, frozen=True, kw_only=True):
    """A sign-in that has begun: keep it for the user's session, and finish it in any worker. Secret until used."""

    state: str
    """What has to come back with the user."""
    code_verifier: str
    """What proves that whoever buys the token began the sign-in."""
    redirect_uri: str
    """Where the user comes back to."""

    def to_json(self) -> str:
        """As text, for a session or a database."""
        return msgspec.json.encode(self).decode()

    @classmethod
    def from_json(cls, text: str) -> PendingLogin:
        """From what `to_json` gave."""
        try:
            return msgspec.json.decode(text, type=cls)
        except msgspec.DecodeError as error:
            raise InvalidArgument(f"this is no pending sign-in: {error}") from None

    def __repr__(self) -> str:
        return f"<PendingLogin for {self.redirect_uri}>"


class Borrowed:
    """A transport for one step: a client's if there is one, else one of its own that is closed afterwards."""

    def __init__(self, shared: Transport | None, base_url: str, http: httpx.AsyncBaseTransport | None) -> None:
        self._shared = shared if shared is not None and not shared.is_closed else None
        self._transport: Transport = self._shared or Transport(base_url, http=http)

    async def __aenter__(self) -> Transport:
        return self._transport

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shared is None:
            await self._transport.aclose()


def code_from(address: str, pending: PendingLogin | None) -> str:
    """The code in the address that X sent the user back to, after every check that can be made.

    Raises:
        CredentialsError: The user declined, nothing is pending, or the state is another's.
        InvalidArgument: The address is not the redirect URI.
    """
    if pending is None:
        raise CredentialsError(
            "no sign-in is pending here: call get_authorization_url() first, or pass pending= from where it began"
        )
    if without_query(address) != without_query(pending.redirect_uri):
        raise InvalidArgument(
            f"the user came back to {without_query(address)!r}, not to the redirect URI {pending.redirect_uri!r}"
        )
    said = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    if "error" in said:
        what = "declined" if said["error"] == "access_denied" else "could not sign in"
        raise CredentialsError(
            f"the user {what}: {said['error']}{': ' + said['error_description'] if 'error_description' in said else ''}"
        )
    return callback_code(address, pending.state)


def without_query(address: str) -> str:
    """An address up to its query."""
    return address.partition("#")[0].partition("?")[0]


def warn_if_open(redirect_uri: str) -> None:
    """A code sent over plain http can be read on the way, unless it never leaves the machine."""
    parts = urlsplit(redirect_uri)
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        warnings.warn(
            f"the redirect URI {redirect_uri!r} is neither https nor on this machine", UserWarning, stacklevel=3
        )
