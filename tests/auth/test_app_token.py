"""The app's bearer token: given, or bought with key and secret."""

from __future__ import annotations

import asyncio
import base64

import httpx
import pytest

from xdk_async import AsyncClient, CredentialsError, InvalidArgument


class X(httpx.AsyncBaseTransport):
    """Sells the app's token, and answers those who hold it."""

    def __init__(self) -> None:
        self.token = "SECRET-%2Fapp%3D1"
        self.sold = 0
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        await asyncio.sleep(0)
        if request.url.path == "/oauth2/token":
            self.sold += 1
            return httpx.Response(200, json={"token_type": "bearer", "access_token": self.token})
        if request.url.path == "/oauth2/invalidate_token":
            self.token = "SECRET-%2Fapp%3D2"
            return httpx.Response(200, json={"access_token": "SECRET-%2Fapp%3D1"})
        known = request.headers["authorization"] == f"Bearer {self.token}"
        return httpx.Response(
            200 if known else 401, json={"data": {"id": "1", "text": "t"}} if known else {"title": "Unauthorized"}
        )


async def test_it_is_bought_once_on_first_use_and_sent_verbatim() -> None:
    x = X()
    async with AsyncClient(api_key="k ey", api_secret="se:cret", transport=x) as client:
        assert x.requests == []
        answers = await asyncio.gather(*(client.posts.get_by_id("1") for _ in range(20)))
    assert x.sold == 1
    assert all(answer.data for answer in answers)
    assert x.requests[0].headers["authorization"] == "Basic " + base64.b64encode(b"k%20ey:se%3Acret").decode()
    assert x.requests[0].content == b"grant_type=client_credentials"
    assert x.requests[-1].headers["authorization"] == "Bearer SECRET-%2Fapp%3D1"


async def test_one_that_was_invalidated_elsewhere_is_bought_again() -> None:
    x = X()
    async with AsyncClient(api_key="k", api_secret="s", transport=x) as client:
        await client.posts.get_by_id("1")
        x.token = "SECRET-other"
        assert (await client.posts.get_by_id("1")).data
    assert x.sold == 2


async def test_a_401_that_another_purchase_does_not_mend_is_raised() -> None:
    class Refusing(X):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            answer = await super().handle_async_request(request)
            return answer if "oauth2" in request.url.path else httpx.Response(401, json={"title": "Unauthorized"})

    x = Refusing()
    async with AsyncClient(api_key="k", api_secret="s", transport=x) as client:
        with pytest.raises(Exception, match="401 GET"):
            await client.posts.get_by_id("1")
    assert x.sold == 2


async def test_it_can_be_invalidated() -> None:
    x = X()
    async with AsyncClient(api_key="k", api_secret="s", transport=x) as client:
        await client.posts.get_by_id("1")
        await client.invalidate_app_token()
        assert x.requests[-1].content == b"access_token=SECRET-%252Fapp%253D1"
        await client.posts.get_by_id("1")
    assert x.requests[-1].headers["authorization"] == "Bearer SECRET-%2Fapp%3D2"
    async with AsyncClient(bearer_token="x", transport=x) as client:
        with pytest.raises(InvalidArgument, match="api_key="):
            await client.invalidate_app_token()


async def test_a_key_that_x_refuses_is_said() -> None:
    class Refusing(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            return httpx.Response(403, json={"errors": [{"code": 99, "message": "Unable to verify your credentials"}]})

    async with AsyncClient(api_key="k", api_secret="s", transport=Refusing()) as client:
        with pytest.raises(CredentialsError, match="Unable to verify"):
            await client.posts.get_by_id("1")
