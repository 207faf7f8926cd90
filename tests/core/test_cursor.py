"""The official SDK's Cursor, and the other names that it exports."""

from __future__ import annotations

import importlib
from typing import Any

import httpx
import pytest

import xdk_async
import xdk_async.paginator
import xdk_async.streaming
from tests.core.test_pages import Archive, client_of
from xdk_async import Cursor, InvalidArgument, PaginationError, XError, cursor


async def test_each_loop_over_a_cursor_begins_anew() -> None:
    x = Archive(25)
    async with client_of(x) as client:
        found = Cursor(client.posts.search_recent, "python", max_results=10)
        assert [post.id async for post in found.items(12)] == [str(number) for number in range(12)]
        assert [len(page.data) async for page in found.pages(2)] == [10, 10]
        assert len([page async for page in found.pages()]) == 3
    assert x.asked("query") == ["python"] * 7


async def test_a_cursor_takes_what_its_method_takes() -> None:
    async with client_of(Archive(3)) as client:
        found = cursor(client.users.get_followers, "7", user_fields=["name"])
        assert (found.args, found.params) == (("7",), {"user_fields": ["name"]})
        assert "get_followers" in repr(found)
        with pytest.raises(InvalidArgument, match="max_results"):
            Cursor(client.posts.search_recent, "python", max_results=1_000).pages()


@pytest.mark.parametrize("name", ["get_by_id", "create", "lookup"])
def test_a_method_without_pages_is_refused(name: str) -> None:
    client = client_of(lambda request: httpx.Response(200))
    with pytest.raises(PaginationError, match=f"{name} has no pages: a Cursor takes a method such as") as caught:
        Cursor(getattr(client.posts, name), "7")
    assert isinstance(caught.value, TypeError)  # as in the official SDK
    assert isinstance(caught.value, XError)


def test_what_is_no_method_is_refused() -> None:
    wrong: Any = "no method"
    with pytest.raises(PaginationError, match="'no method' has no pages"):
        Cursor(wrong)


XDK: Any = importlib.import_module("xdk")  # which has no types


def test_what_the_official_package_exports_is_here_under_the_same_names() -> None:
    ours = {"AsyncClient" if name == "Client" else name for name in XDK.__all__}
    assert ours <= {*xdk_async.__all__}
    for name in ("Cursor", "PaginationError", "cursor"):
        assert hasattr(XDK.paginator, name)
        assert getattr(xdk_async.paginator, name) is getattr(xdk_async, name)
    for name in ("StreamConfig", "StreamError", "StreamErrorType", "StreamState"):
        assert hasattr(XDK.streaming, name)
        assert getattr(xdk_async.streaming, name) is getattr(xdk_async, name)
    assert {each.name: each.value for each in XDK.StreamErrorType} == {
        each.name: each.value for each in xdk_async.StreamErrorType
    }
    assert [*XDK.StreamState.__dataclass_fields__] == [*xdk_async.StreamState.__dataclass_fields__]


def test_the_client_under_its_official_name_is_pointed_to() -> None:
    with pytest.raises(AttributeError, match="the client is called AsyncClient"):
        getattr(xdk_async, "Client")  # noqa: B009
