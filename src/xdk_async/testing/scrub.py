"""Takes secrets out of what is written down: by the names of headers, parameters and members, and by their values."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Sequence
from typing import Any, TypeGuard
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

import msgspec

from xdk_async._core.secret import HEADERS, HIDDEN, is_secret

FORM = "application/x-www-form-urlencoded"
SHORTEST = 6  # characters of a value that is looked for everywhere: shorter ones occur by chance
OAUTH1 = re.compile(r'(oauth_\w+)="([^"]*)"')


class Scrub:
    """Remembers every secret that it meets, and hides it wherever it stands."""

    def __init__(self, secrets: Sequence[str] = ()) -> None:
        self._secrets: set[str] = set()
        for secret in secrets:
            self.learn(secret)

    def learn(self, secret: str) -> None:
        """From now on this is a secret, plain and percent-encoded."""
        if len(secret) >= SHORTEST and secret != HIDDEN:
            self._secrets |= {secret, quote(secret, safe=""), unquote(secret), json.dumps(secret)[1:-1]}

    def learn_header(self, name: str, value: str) -> None:
        """Learn what a header gives away: a token, the halves of Basic, the parts of a signature, cookies."""
        if name.lower() not in HEADERS:
            return
        self.learn(value)
        for part in re.split(r"[;,]\s*", value):
            self.learn(part.strip())
            self.learn(part.partition("=")[2].strip('" '))
        scheme, _, credentials = value.partition(" ")
        self.learn(credentials)
        if scheme.lower() == "basic":
            for half in base64.b64decode(credentials + "==").decode("latin-1").split(":", 1):
                self.learn(half)
                self.learn(unquote(half))
        for key, found in OAUTH1.findall(value):
            if is_secret(key):
                self.learn(found)

    def header(self, name: str, value: str) -> str:
        """A header's value as it may be written down."""
        self.learn_header(name, value)
        if name.lower() in HEADERS:
            return HIDDEN
        return self.text(self.url(value) if name.lower() == "location" else value)

    def url(self, url: str) -> str:
        """An address without the secrets in its query."""
        parts = urlsplit(url)
        netloc = parts.netloc.rpartition("@")[2]
        fragment = self._pairs(parts.fragment) if "=" in parts.fragment else parts.fragment
        return self.text(urlunsplit((parts.scheme, netloc, parts.path, self._pairs(parts.query), fragment)))

    def body(self, body: bytes, kind: str) -> Any:
        """A body as it stands in the file: JSON as JSON, text as text, anything else as base64."""
        if not body:
            return None
        try:
            text = body.decode()
        except UnicodeDecodeError:
            return {"base64": base64.b64encode(body).decode()}
        if kind.partition(";")[0].strip().lower() == FORM or re.fullmatch(r"(?:oauth_\w+=[^&]*&?)+.*", text):
            return self.text(self._pairs(text))
        try:
            return self._member(msgspec.json.decode(body))
        except msgspec.DecodeError:
            return self.text(text)

    def line(self, text: str) -> str:
        """A line of a stream, its end included."""
        bare = text.rstrip("\r\n")
        try:
            found = msgspec.json.decode(bare)
        except msgspec.DecodeError:
            return self.text(text)
        hidden = self._member(found)
        return text if hidden == found else msgspec.json.encode(hidden).decode() + text[len(bare) :]

    def text(self, text: str) -> str:
        """A text without the secrets that are known."""
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, HIDDEN)
        return text

    def _pairs(self, query: str) -> str:
        if not query:
            return query
        found = parse_qsl(query, keep_blank_values=True)
        hidden = [
            (name, self._hide(value) if is_secret(name, signing_in=is_flow(found)) else value) for name, value in found
        ]
        return query if hidden == found else urlencode(hidden, quote_via=quote)

    def _member(self, value: Any) -> Any:
        if is_object(value):
            return {
                name: self._hide(each) if isinstance(each, str) and is_secret(name) else self._member(each)
                for name, each in value.items()
            }
        if _is_list(value):
            return [self._member(each) for each in value]
        return self.text(value) if isinstance(value, str) else value

    def _hide(self, value: str) -> str:
        self.learn(value)
        return HIDDEN if value else value


def is_flow(pairs: Sequence[tuple[str, str]]) -> bool:
    """Whether a query or form is one of a sign-in."""
    names = {name for name, _ in pairs}
    return not names.isdisjoint(
        {"grant_type", "response_type", "client_id", "code", "denied", "oauth_token", "oauth_verifier"}
    )


def is_object(value: Any) -> TypeGuard[dict[str, Any]]:
    """Whether JSON is an object."""
    return isinstance(value, dict)


def _is_list(value: Any) -> TypeGuard[list[Any]]:
    return isinstance(value, list)
