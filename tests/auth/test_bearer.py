"""Bearer tokens: sent verbatim, or refused without being shown."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.client.fakes import FakeX
from xdk_async import AsyncClient, CredentialsError, InvalidArgument
from xdk_async.auth.bearer import Bearer

BAD = [
    "",
    " ",
    "s3cret\n",
    "s3cret\r\nX-A: b",
    "s3 cret",
    "s3cret\t",
    "s3cret\0",
    "s3crét",
    "s3cret\u2028",
    "s3cret\x7f",
    "s3cret\udcff",
]
GOOD = ["AAAA%2F%3D", "a-b._~+/=", "x", "!#$%&'()*"]


def shown(error: BaseException) -> str:
    return f"{error} {error!r} {error.args!r} {error.__cause__!r} {error.__context__!r}"


@pytest.mark.parametrize("token", GOOD)
async def test_a_token_is_sent_verbatim(token: str) -> None:
    async def later() -> str:
        return token

    for given in (token, later):
        x = FakeX()
        async with AsyncClient(bearer_token=given, transport=x) as client:
            await client.users.get_me()
        assert x.signatures == [f"Bearer {token}"]


async def test_a_callable_may_be_a_plain_function() -> None:
    x, tokens = FakeX(), iter(("one", "two"))
    async with AsyncClient(bearer_token=lambda: next(tokens), transport=x) as client:
        await client.users.get_me()
        await client.users.get_me()
    assert x.signatures == ["Bearer one", "Bearer two"]


@pytest.mark.parametrize("token", BAD, ids=ascii)
def test_a_token_that_no_header_can_carry_is_refused_without_being_shown(token: str) -> None:
    for name in ("bearer_token", "access_token"):
        arguments: dict[str, Any] = {name: token}
        with pytest.raises(InvalidArgument) as raised:
            AsyncClient(**arguments)
        assert "s3" not in shown(raised.value)


@pytest.mark.parametrize("token", BAD, ids=ascii)
async def test_a_callable_that_returns_one_is_refused_too_and_nothing_is_sent(token: str) -> None:
    async def give() -> str:
        return token

    x = FakeX()
    async with AsyncClient(bearer_token=give, transport=x) as client:
        with pytest.raises((InvalidArgument, CredentialsError)) as raised:
            await client.users.get_me()
    assert "s3" not in shown(raised.value)
    assert x.requests == []


@pytest.mark.parametrize("nothing", [None, b"s3cret", 3])
async def test_a_callable_that_returns_no_text_is_an_error_that_says_so(nothing: Any) -> None:
    async def give() -> Any:
        return nothing

    x = FakeX()
    async with AsyncClient(bearer_token=give, transport=x) as client:
        with pytest.raises(CredentialsError, match="bearer_token returned no token") as raised:
            await client.users.get_me()
    assert "s3" not in shown(raised.value)
    assert x.requests == []


async def test_a_header_of_ones_own_does_not_stand_beside_the_token() -> None:
    x = FakeX()
    async with AsyncClient(bearer_token="token", transport=x, headers={"authorization": "mine"}) as client:
        await client.users.get_me()
    assert x.last.headers.get_list("authorization") == ["Bearer token"]


async def test_a_bearer_token_signs_for_a_plain_httpx_client_as_well() -> None:
    x = FakeX()
    async with httpx.AsyncClient(auth=Bearer("token"), transport=x) as client:
        await client.get("https://api.x.com/2/users/me")
    assert x.signatures == ["Bearer token"]


def test_a_token_is_not_shown() -> None:
    assert repr(Bearer("token")) == "<Bearer>"
