"""The two sums of X's webhooks, for any framework. Pure.

X: https://docs.x.com/x-api/webhooks/introduction. Both are HMAC-SHA256 under the same key, the app's consumer secret: the
answer to a challenge over its `crc_token`, the signature of an event over the raw body. So whoever gets an event's body
accepted as a `crc_token` has its signature made for him. Therefore tokens and events are kept apart here, from both
sides: what looks like an event is never a token, and what could be a token is never an event.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence

from xdk_async.errors import InvalidArgument

TOKEN = re.compile(r"[A-Za-z0-9_\-+/=.~:]{1,255}")
SHAPED_LIKE_AN_EVENT = re.compile(rb"\s*\{")
PREFIX = "sha256="
DIGEST = 32


def answer_challenge(crc_token: str, consumer_secret: str) -> dict[str, str]:
    """The JSON object that answers X's challenge, `GET …?crc_token=…`.

    Args:
        crc_token: The query parameter, decoded.
        consumer_secret: The app's consumer secret (API secret), not the OAuth 2.0 client secret.

    Raises:
        InvalidArgument: This is no token that X sends, but maybe an event whose signature somebody wants to have: answer 400.
    """
    if not is_token(crc_token):
        raise InvalidArgument(
            "crc_token is not of the shape that X sends: it is not answered, lest it be a forged event"
        )
    return {"response_token": PREFIX + base64.b64encode(hashed(crc_token.encode(), consumer_secret)).decode()}


def is_genuine(body: bytes, signature: str | None, consumer_secret: str | Sequence[str]) -> bool:
    """Whether X has sent that body, in a time that does not depend on how wrong the signature is.

    Args:
        body: The raw body, byte for byte; never one that was parsed and written again.
        signature: The header `x-twitter-webhooks-signature`, `sha256=` and Base64.
        consumer_secret: The app's consumer secret, or several while it is being changed.
    """
    given = digest_in(signature)
    secrets = (consumer_secret,) if isinstance(consumer_secret, str) else tuple(consumer_secret)
    found = False
    for secret in secrets:  # all of them, so that the time does not tell which
        found |= hmac.compare_digest(hashed(body, secret), given)
    return found and SHAPED_LIKE_AN_EVENT.match(body) is not None


def is_token(text: str) -> bool:
    """Whether a `crc_token` is of the shape that X sends: no JSON object is."""
    return TOKEN.fullmatch(text) is not None


def hashed(message: bytes, secret: str) -> bytes:
    """HMAC-SHA256 of a message, as X computes it."""
    return hmac.new(secret.encode(), message, hashlib.sha256).digest()


def digest_in(signature: str | None) -> bytes:
    """The digest that a header carries; one that matches nothing if it is malformed."""
    text = (signature or "").strip()
    try:
        found = base64.b64decode(text.removeprefix(PREFIX), validate=True) if text.startswith(PREFIX) else b""
    except ValueError:
        found = b""
    return found if len(found) == DIGEST else b""
