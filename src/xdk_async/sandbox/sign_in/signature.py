"""OAuth 1.0a signatures, checked by oauthlib: not by the code that the sandbox is there to test."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from xdk_async.sandbox.clock import Clock
from xdk_async.sandbox.presented import Presented
from xdk_async.sandbox.problem import Refusal
from xdk_async.sandbox.sign_in.nonce import Nonces

RFC5849: Any = importlib.import_module("oauthlib.oauth1.rfc5849.signature")  # has no types
SKEW = 300  # seconds that a timestamp may be off
NEEDED = ("oauth_consumer_key", "oauth_nonce", "oauth_signature", "oauth_signature_method", "oauth_timestamp")
UNREADABLE, WRONG, UNKNOWN, LATE = 215, 32, 89, 135  # X's numbers for what is wrong with a signature


class Secrets(NamedTuple):
    """The two halves of a signing key, under oauthlib's names."""

    client_secret: str
    resource_owner_secret: str


@dataclass(frozen=True, slots=True, repr=False)
class Signed:
    """A request whose signature is right."""

    token: str  # empty if it was signed as the app alone
    values: Mapping[str, str]  # every parameter that was signed


class Signatures:
    """Checks signatures of one app, each of which is good once."""

    def __init__(self, clock: Clock, api_key: str, api_secret: str) -> None:
        self._clock = clock
        self._api_key = api_key
        self._api_secret = api_secret
        self._nonces = Nonces(2 * SKEW)

    def check(self, shown: Presented, secret_of: Callable[[str], str | None]) -> Signed:
        """What was signed. `secret_of` gives the secret of a token, and None for a token that is not to be used here.

        Raises:
            Refusal: The signature is not right, is too old, or was used before.
        """
        parameters = _parameters(shown)
        values = dict(parameters)
        token = values.get("oauth_token", "")
        if values["oauth_consumer_key"] != self._api_key:
            raise bad(WRONG, "The consumer key is no app's.")
        secret = secret_of(token)
        if secret is None:
            raise bad(UNKNOWN, "The token is unknown here, or no longer good.")
        self._check_time(values["oauth_timestamp"])
        expected = RFC5849.sign_hmac_sha1_with_client(_base(shown, parameters), Secrets(self._api_secret, secret))
        if not RFC5849.safe_string_equals(expected, values["oauth_signature"]):
            raise bad(WRONG, "The signature does not fit the request.")
        if not self._nonces.use(token, values["oauth_nonce"], float(values["oauth_timestamp"])):
            raise bad(WRONG, "The nonce was used before.")
        return Signed(token, values)

    def _check_time(self, timestamp: str) -> None:
        clocks = (self._clock.now(), time.time())
        if not timestamp.isdecimal() or min(abs(now - int(timestamp)) for now in clocks) > SKEW:
            raise bad(LATE, f"The timestamp is not within {SKEW} seconds of the current time.")


def bad(code: int, message: str) -> Refusal:
    """The 401 of a signature: problem JSON that holds the older form of errors too."""
    errors = [{"code": code, "message": message}]
    problem = {"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"}
    return Refusal(401, {**problem, "errors": errors})


def _parameters(shown: Presented) -> list[tuple[str, str]]:
    headers = {"Authorization": shown.authorization}
    try:
        found: list[tuple[str, str]] = RFC5849.collect_parameters(
            shown.query, shown.form, headers, exclude_oauth_signature=False
        )
    except ValueError:
        raise bad(UNREADABLE, "The Authorization header or the parameters cannot be read.") from None
    values = dict(found)
    if missing := [name for name in NEEDED if not values.get(name)]:
        raise bad(UNREADABLE, f"The signature lacks {', '.join(missing)}.")
    if values["oauth_signature_method"] != "HMAC-SHA1" or values.get("oauth_version", "1.0") != "1.0":
        raise bad(UNREADABLE, "Signatures are HMAC-SHA1, of version 1.0.")
    if len([name for name, _ in found if name in NEEDED]) != len(NEEDED):
        raise bad(UNREADABLE, "A part of the signature came twice.")
    return found


def _base(shown: Presented, parameters: list[tuple[str, str]]) -> str:
    signed = RFC5849.normalize_parameters([pair for pair in parameters if pair[0] != "oauth_signature"])
    base: str = RFC5849.signature_base_string(shown.method, RFC5849.base_string_uri(shown.url), signed)
    return base
