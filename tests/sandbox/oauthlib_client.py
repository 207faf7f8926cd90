"""oauthlib's client: signs as the tests ask, independently of the package's own code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

import httpx
from oauthlib import oauth1

from tests.sandbox.api import Api

FORM = "application/x-www-form-urlencoded"
Signer: Any = oauth1.Client  # its types say less than it does


def signed(
    x: Api, method: str, target: str, form: Mapping[str, str] | None = None, **settings: Any
) -> tuple[str, str | None]:
    """The `Authorization` header that an independent client makes, and the form it has signed."""
    sandbox = x.sandbox
    given = {
        "resource_owner_key": sandbox.oauth1_token,
        "resource_owner_secret": sandbox.oauth1_token_secret,
        **settings,
    }
    key, secret = given.pop("client_key", sandbox.api_key), given.pop("client_secret", sandbox.api_secret)
    headers = {"Content-Type": FORM} if form else {}
    _, sent, body = Signer(key, secret, **given).sign(x.url + target, method, urlencode(form or {}) or None, headers)
    return sent["Authorization"], body


async def call(x: Api, method: str, target: str, json: Any = None, **settings: Any) -> httpx.Response:
    """A signed call; JSON is not part of the signature."""
    header, _ = signed(x, method, target, **settings)
    return await x.client.request(method, target, json=json, headers={"authorization": header})


def code(answer: httpx.Response) -> int:
    """X's number for what is wrong with a signature."""
    assert answer.status_code == 401
    body = answer.json()
    assert (body["title"], body["status"], len(body["errors"])) == ("Unauthorized", 401, 1)
    number: int = body["errors"][0]["code"]
    return number


async def step(
    x: Api, path: str, form: Mapping[str, str] | None = None, *, token: Mapping[str, str] | None = None, **settings: Any
) -> httpx.Response:
    """One step of a sign-in, signed by oauthlib."""
    pair: dict[str, str | None] = {"resource_owner_key": None, "resource_owner_secret": None}
    if token:
        pair = {"resource_owner_key": token["oauth_token"], "resource_owner_secret": token["oauth_token_secret"]}
    header, body = signed(x, "POST", path, form, **pair, **settings)
    headers = {"authorization": header, **({"content-type": FORM} if form else {})}
    return await x.client.post(path, content=body or b"", headers=headers)


def read(answer: httpx.Response) -> dict[str, str]:
    assert answer.status_code == 200, answer.text
    return dict(parse_qsl(answer.text, strict_parsing=True))
