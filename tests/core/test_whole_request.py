"""Requests whose bytes are all at hand are written in one piece; anything else goes aiohttp's own way."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from xdk_async._core.whole_request import SMALL, whole_request

URL = "http://x.example/2/tweets?a=b%20c"


def test_a_get_and_a_post_are_their_bytes() -> None:
    assert whole_request(httpx.Request("GET", URL, headers=[("Accept", "*/*")])) == (
        b"GET /2/tweets?a=b%20c HTTP/1.1\r\nHost: x.example\r\nAccept: */*\r\n\r\n"
    )
    assert whole_request(httpx.Request("POST", URL, headers=[("X", "1")], content=b"{}")) == (
        b"POST /2/tweets?a=b%20c HTTP/1.1\r\nHost: x.example\r\nX: 1\r\nContent-Length: 2\r\n\r\n{}"
    )
    assert whole_request(httpx.Request("POST", URL)) == (
        b"POST /2/tweets?a=b%20c HTTP/1.1\r\nHost: x.example\r\nContent-Length: 0\r\n\r\n"
    )


async def pieces() -> AsyncIterator[bytes]:
    yield b"a"


NOT_WHOLE: dict[str, httpx.Request] = {
    "a body that goes on": httpx.Request("POST", URL, content=pieces()),
    "a long body": httpx.Request("POST", URL, content=b"x" * (SMALL + 1)),
    "a length that is another": httpx.Request("POST", URL, headers={"content-length": "3"}, content=b"xy"),
    "chunks": httpx.Request("POST", URL, headers={"transfer-encoding": "chunked"}, content=b"xy"),
    "no host": httpx.Request("GET", URL, stream=httpx.ByteStream(b"")),
    "an unnamed length": httpx.Request("POST", URL, headers={"host": "x.example"}, stream=httpx.ByteStream(b"xy")),
    "another scheme": httpx.Request("GET", "ftp://x.example/"),
    "no host in the address": httpx.Request("GET", "http:///x", headers={"host": "x"}),
    "a method of two words": httpx.Request("GET /x HTTP/1.1\r\nX: y", URL),
}


@pytest.mark.parametrize("why", NOT_WHOLE)
def test_anything_else_is_not(why: str) -> None:
    assert whole_request(NOT_WHOLE[why]) is None


@pytest.mark.parametrize("value", [b"a\r\nInjected: b", b"a\nb", b"a\rb", b"a\0b", "é".encode(), b"\xff"])
@pytest.mark.parametrize("part", ["name", "value"])
def test_a_header_that_could_hold_another_is_left_to_the_way_that_refuses_it(part: str, value: bytes) -> None:
    header = (value, b"x") if part == "name" else (b"X", value)
    assert whole_request(httpx.Request("GET", URL, headers=[header])) is None
