"""Which app is asking: by its id, or by id and secret."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping, Sequence
from urllib.parse import unquote, urlsplit

from xdk_async.sandbox.presented import Presented
from xdk_async.sandbox.sign_in.door import oauth_error

LOOPBACK = ("localhost", "127.0.0.1", "::1")


def basic(shown: Presented) -> tuple[str, str] | None:
    """The two halves of Basic credentials, each of which was form-encoded (RFC 6749 §2.3.1)."""
    if shown.scheme != "basic":
        return None
    try:
        id, colon, secret = base64.b64decode(shown.value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (unquote(id), unquote(secret)) if colon else None


def same(one: tuple[str, str] | None, other: tuple[str, str]) -> bool:
    """Whether credentials are the right ones."""
    return one is not None and hmac.compare_digest("\n".join(one).encode(), "\n".join(other).encode())


def client_of(shown: Presented, form: Mapping[str, str], client_id: str, client_secret: str) -> str:
    """The id of the client that asks: a confidential one shows its secret, a public one its id in the body, none both.

    Raises:
        Refusal: It shows nothing, both, or what is wrong.
    """
    if not shown.authorization:
        if form.get("client_id") != client_id:
            raise oauth_error(401, "unauthorized_client", "Missing valid authorization header")
        return client_id
    if not same(basic(shown), (client_id, client_secret)):
        raise oauth_error(401, "unauthorized_client", "Missing valid authorization header")
    if "client_id" in form:
        raise oauth_error(400, "invalid_request", "Use the Authorization header or `client_id`, not both.")
    return client_id


def is_trusted(redirect_uri: str, registered: Sequence[str]) -> bool:
    """Whether users may be sent there: one of the registered addresses, or any address on this machine."""
    if redirect_uri in registered:
        return True
    try:
        parts = urlsplit(redirect_uri)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.hostname in LOOPBACK and not parts.fragment
