"""The address of a call is put together from parts, and is exactly the one that httpx makes."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xdk_async._core.address import Addresses, is_final
from xdk_async._core.bind import quoted
from xdk_async._core.operation import Call
from xdk_async.api import operations as op
from xdk_async.errors import InvalidArgument

BASES = ["https://api.x.com", "https://proxy.example/x/y%2Fz", "http://[::1]:8080", "http://user.example:81/"]


def same(base: str, call: Call[Any]) -> None:
    made = Addresses(httpx.URL(base)).of(call)
    slowly = httpx.URL(base).copy_with(raw_path=httpx.URL(base).raw_path.rstrip(b"/") + call.target.encode())
    assert (made, str(made), made.raw_path, made.netloc) == (slowly, str(slowly), slowly.raw_path, slowly.netloc)


@pytest.mark.parametrize("base", BASES)
@given(values=st.lists(st.tuples(st.text(max_size=20), st.text(max_size=40)), max_size=4))
def test_any_query_makes_the_address_that_httpx_makes(base: str, values: list[tuple[str, str]]) -> None:
    query = tuple((quoted(name), quoted(value)) for name, value in values if name.isprintable() and value.isprintable())
    same(base, Call(op.USERS_GET_ME, "/2/users/me", query))


@pytest.mark.parametrize(
    "path",
    [
        "/2/users/../me",
        "/2/./x",
        "/2//x",
        "/2/a%2fb",
        "/2/a%2Fb",
        "/2/100%",
        "/2/a b",
        "/2/a;b,c",
        "/2/.hidden",
        "/2/x.",
    ],
)
def test_any_path_makes_the_address_that_httpx_makes(path: str) -> None:
    for base in BASES:
        same(base, Call(op.USERS_GET_ME, path, (("q", "%C3%A4"), ("n", "5"))))


def test_what_needs_no_change_is_told_from_what_does() -> None:
    assert is_final("/2/users/me") and is_final("/2/x?query=a%20b&n=5") and is_final("/2/x?")
    for changed in ("/2/a%2fb", "/2/100%", "/2/../x", "/2//x", "/2/a b", "/2/ä", "/2/x?q=a/b", "2/users"):
        assert not is_final(changed)


def test_an_address_that_is_too_long_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="cannot be sent"):
        Addresses(httpx.URL("https://api.x.com")).of(Call(op.USERS_GET_ME, "/2/users/me", (("q", "x" * 70_000),)))
