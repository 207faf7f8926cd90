"""Each of the 178 operations, called through its public method: what is sent is what is catalogued."""

from __future__ import annotations

import email
import email.policy
import inspect
import json
from typing import Any, TypeGuard
from urllib.parse import parse_qsl, unquote

import httpx
import pytest

from tests.surface.facts import OPERATIONS, params, place, sample
from xdk_async import AsyncClient, CredentialsError, StreamConfig

SCHEMES = {"app": "Bearer app-token", "oauth2": "Bearer user-token", "oauth1": "OAuth "}
CREDENTIALS: dict[str, dict[str, Any]] = {
    "app": {"bearer_token": "app-token"},
    "oauth2": {"access_token": "user-token"},
    "oauth1": {"api_key": "k", "api_secret": "s", "access_token": "7-t", "access_token_secret": "ts"},
}


class Recorder(httpx.AsyncBaseTransport):
    """A transport that keeps what it is asked to send and answers an empty object."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(200, content=b"{}")


def arguments(key: str) -> dict[str, Any]:
    """A value for every parameter, less one of each two that exclude each other."""
    given = {each["name"].replace(".", "_"): sample(each["type"]) for each in params(key)}
    for name, value in (("search_count_fields", "end"), ("rules_count_fields", "cap_per_project")):
        if name in given:  # 2.167 says string; 2.166 says which
            given[name] = value
    for one, other in (("pagination_token", "next_token"), ("since_id", "start_time"), ("until_id", "end_time")):
        if one in given and other in given:
            del given[other]
    if key == "GET /2/broadcasts":
        del given["max_results"], given["pagination_token"]
    if "body" in OPERATIONS[key]:
        given["body"] = sample(OPERATIONS[key]["body"])
    return given


async def call(client: AsyncClient, key: str, given: dict[str, Any]) -> None:
    group, name, kind = place(key)
    once = {"stream_config": StreamConfig(max_retries=0)} if kind == "stream" else {}
    result = getattr(getattr(client, group), name)(**given, **once)
    if kind == "call":
        await result
    elif kind == "pages":
        await anext(result)
    else:
        async with result:  # the recorder's answer ends at once
            pass


def is_list(value: Any) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def wire(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(wire(each) for each in value) if is_list(value) else str(value)


@pytest.mark.parametrize("key", OPERATIONS)
async def test_what_is_sent_is_what_is_catalogued(key: str) -> None:
    recorder, given = Recorder(), arguments(key)
    async with AsyncClient(bearer_token="app-token", transport=recorder) as client:
        await call(client, key, given)
    (request,) = recorder.requests
    method, template = key.split()
    assert request.method == method
    path, _, query = request.url.raw_path.decode().partition("?")
    wanted = "/".join(wire(given[part[1:-1]]) if part.startswith("{") else part for part in template.split("/"))
    assert [unquote(part) for part in path.split("/")] == wanted.split("/") or unquote(path) == wanted
    assert path.count("/") == template.count("/"), "a parameter left its segment"
    sent = dict(parse_qsl(query, strict_parsing=True)) if query else {}
    assert sent == {
        each["name"]: wire(given[python])
        for each in params(key)
        if each.get("in") != "path" and (python := each["name"].replace(".", "_")) in given
    }
    check_body(OPERATIONS[key], given, request)


def check_body(fact: dict[str, Any], given: dict[str, Any], request: httpx.Request) -> None:
    if "body" not in fact:
        assert request.content == b""
    elif fact["multipart"]:
        head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
        message = email.message_from_bytes(head + request.content, policy=email.policy.HTTP)
        parts = {
            part.get_param("name", header="content-disposition"): part.get_payload(decode=True)
            for part in message.iter_parts()
        }
        assert parts == {
            name: value if isinstance(value, bytes) else wire(value).encode() for name, value in given["body"].items()
        }
    else:
        assert request.headers["content-type"] == "application/json"
        assert json.loads(request.content) == given["body"]


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("key", OPERATIONS)
async def test_each_credential_serves_what_it_may_and_nothing_else(key: str, scheme: str) -> None:
    recorder, allowed = Recorder(), OPERATIONS[key]["auth"]
    async with AsyncClient(transport=recorder, **CREDENTIALS[scheme]) as client:
        # A bearer token may be a user's as well: X's documentation hands those to bearer_token.
        fits = scheme in allowed or (scheme == "app" and "oauth2" in allowed)
        if allowed and not fits:
            with pytest.raises(CredentialsError, match=r"needs .* \(.*="):
                await call(client, key, arguments(key))
            assert recorder.requests == []
            return
        await call(client, key, arguments(key))
    authorization = recorder.requests[0].headers.get("authorization")
    assert authorization is None if not allowed else authorization.startswith(SCHEMES[scheme])


@pytest.mark.parametrize("key", OPERATIONS)
async def test_with_every_credential_reads_go_as_the_app_and_writes_as_the_user(key: str) -> None:
    recorder, allowed = Recorder(), OPERATIONS[key]["auth"]
    async with AsyncClient(bearer_token="app-token", transport=recorder, **CREDENTIALS["oauth1"]) as client:
        await call(client, key, arguments(key))
    authorization = recorder.requests[0].headers.get("authorization", "")
    as_app = ("app" in allowed and (key.startswith("GET") or "oauth1" not in allowed)) or "oauth1" not in allowed
    assert authorization.startswith("" if not allowed else "Bearer app" if as_app else "OAuth ")


def test_there_are_178_operations_in_21_groups() -> None:
    assert len(OPERATIONS) == 178
    assert len({place(key)[0] for key in OPERATIONS}) == 21


@pytest.mark.parametrize("key", OPERATIONS)
def test_calls_are_coroutines_and_pages_and_streams_are_not(key: str) -> None:
    group, name, kind = place(key)
    client = AsyncClient(bearer_token="x", transport=Recorder())
    assert inspect.iscoroutinefunction(getattr(getattr(client, group), name)) == (kind == "call")
