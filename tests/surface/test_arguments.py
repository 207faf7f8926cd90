"""Arguments of the wrong kind are refused by name, in words, before anything is opened or sent, and no secret is shown."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis

from tests.client.fakes import FakeX
from xdk_async import AsyncClient, Budget, InvalidArgument, RedisLimits, StreamConfig, collect
from xdk_async.auth.redis_store import RedisStore
from xdk_async.auth.sqlite_store import SQLiteStore
from xdk_async.oauth2_auth import OAuth2PKCEAuth
from xdk_async.sink import DuckDB
from xdk_async.webhooks import WebhookApp

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 50
SECRET = "http://somebody:SECRET-word@host/0"


def client(**settings: Any) -> AsyncClient:
    given: dict[str, Any] = {"bearer_token": "token", "transport": FakeX(), **settings}
    return AsyncClient(**given)


def backfill(**settings: Any) -> object:
    return client().posts.backfill("cats", timedelta(days=1), **settings)


REFUSED: list[tuple[Callable[[dict[str, Any]], object], dict[str, Any], str]] = [
    (lambda given: backfill(**given), {"concurrency": "8"}, "concurrency='8': it takes how many go at once"),
    (lambda given: backfill(**given), {"concurrency": 8.5}, "concurrency=8.5"),
    (lambda given: backfill(**given), {"concurrency": True}, "concurrency=True"),
    (lambda given: backfill(**given), {"after": 5}, "after= takes the `cursor` of an earlier backfill"),
    (lambda given: backfill(**given), {"checkpoint_name": "mine"}, "checkpoint_name= names what checkpoint= keeps"),
    (lambda given: backfill(**given), {"checkpoint": "a.db", "checkpoint_name": 5}, "checkpoint_name= takes text"),
    (lambda given: backfill(**given), {"checkpoint": SECRET}, "checkpoint= takes a path or a redis:// address"),
    (lambda given: backfill(**given), {"checkpoint": "a\0b"}, "no file has such a name"),
    (lambda given: backfill(**given), {"checkpoint": "redis://:SECRET-word@host?foo=1"}, "no address of a Redis"),
    (lambda given: client().posts.lookup(["1"], **given), {"concurrency": "8"}, "concurrency='8'"),
    (lambda given: client().posts.lookup(["1"], **given), {"on_missing": 5}, "on_missing=5: it takes a function"),
    (lambda given: client().posts.lookup(**given), {"ids": b"12"}, "takes ids, not bytes"),
    (lambda given: client().posts.search_recent("cats").items(**given), {"limit": "5"}, "limit= takes a whole number"),
    (lambda given: client(**given), {"prices": 5}, "prices= takes US dollars by name, .*, not int"),
    (lambda given: client(**given), {"prices": {5: 1}}, "prices= takes"),
    (lambda given: client(**given), {"telemetry": 5}, "telemetry= takes True, False, None or a Telemetry, not int"),
    (lambda given: client(**given), {"limits": SECRET}, "limits= takes an address"),
    (lambda given: client(**given), {"limits": "redis://:SECRET-word@host?foo=1"}, "limits= takes an address"),
    (lambda given: client(**given), {"headers": ["a"]}, "headers= takes texts by names"),
    (lambda given: client(**given), {"headers": {"X-A": b"SECRET-word"}}, "headers=, of 'X-A', takes text, not bytes"),
    (lambda given: client(**given), {"on_request": print}, "on_request= takes a list of functions, even for one"),
    (lambda given: client(**given), {"on_response": [5]}, "on_response=5: it takes a function"),
    (lambda given: client(**given), {"on_wait": 5}, "on_wait=5: it takes a function"),
    (lambda given: client(**given), {"on_costly": 5}, "on_costly=5"),
    (lambda given: client(**given), {"on_token": 5, "client_id": "a"}, "on_token=5"),
    (lambda given: client(**given), {"base_url": 5}, "base_url= takes text"),
    (lambda given: client(**given), {"redirect_uri": 5, "client_id": "a"}, "redirect_uri= takes text"),
    (lambda given: client(**given), {"subject": 5, "client_id": "a"}, "subject= takes text"),
    (lambda given: client(**given), {"scope": 5, "client_id": "a"}, "scope= takes scopes"),
    (lambda given: client(**given), {"scope": [5], "client_id": "a"}, "scope= takes scopes"),
    (lambda given: client(**given), {"token_store": "a.db", "client_id": "a"}, "token_store= takes a store"),
    (lambda given: client(**given), {"bearer_token": b"SECRET-word"}, "bearer_token= takes text, not bytes"),
    (lambda given: client(**given), {"access_token": b"SECRET-word"}, "access_token= takes text, not bytes"),
    (lambda given: client(**given), {"api_key": 5}, "api_key= takes text"),
    (lambda given: client(**given), {"auth": ("user", "SECRET-word")}, "auth= takes an OAuth2PKCEAuth, an OAuth1 or an httpx"),
    (lambda given: client(**given), {"transport": httpx.HTTPTransport()}, "transport= takes an httpx.AsyncBaseTransport"),
    (lambda given: client(**given), {"transport": None, "max_connections": "5"}, "max_connections='5'"),
    (lambda given: client(**given), {"transport": None, "max_connections": None}, "max_connections=None"),
    (lambda given: client(**given), {"transport": None, "verify": "a\0b"}, "verify="),
    (lambda given: client(**given), {"transport": None, "cert": 5}, "cert=5"),
    (lambda given: client(**given), {"transport": None, "cert": "a\0"}, "cert="),
    (lambda given: client(**given), {"timeout": True}, "timeout=True is no number"),
    (lambda given: client(**given), {"retries": 1.5}, "retries=1.5: it takes a whole number from 0 on"),
    (lambda given: client().with_options(**given), {"stale_pages": "x"}, "stale_pages='x'"),
    (lambda given: client().with_options(**given), {"headers": {"X-A": 5}}, "headers=, of 'X-A'"),
    (lambda given: WebhookApp("secret", **given), {"workers": "4"}, "WebhookApp: workers='4'"),
    (lambda given: WebhookApp("secret", **given), {"body_timeout": None}, "body_timeout=None"),
    (lambda given: WebhookApp("secret", **given), {"on_failure": 5}, "on_failure=5"),
    (lambda given: DuckDB(**given), {"path": "a\udcff.duckdb"}, "DuckDB opens no file whose name is not UTF-8"),
    (lambda given: OAuth2PKCEAuth(**given), {"scope": 5}, "scope= takes scopes"),
    (lambda given: RedisLimits("redis://host", **given), {"timeout": None}, "RedisLimits: timeout=None: it takes seconds"),
    (lambda given: RedisLimits("redis://host", **given), {"lease": "x"}, "lease='x'"),
    (lambda given: RedisLimits("redis://host", **given), {"app": 5}, "app= takes text"),
    (lambda given: RedisLimits(**given), {"redis": 5}, "shared limits take a client of redis.asyncio or an address, not"),
    (lambda given: Budget(1, **given), {"redis": redis.Redis()}, "redis= takes a client of redis.asyncio"),
    (lambda given: Budget(1, **given), {"redis": 5}, "redis= takes a client of redis.asyncio"),
    (lambda given: Budget(1, **given), {"redis": "redis://:SECRET-word@host/0?foo=1"}, "no address of a Redis"),
    (lambda given: Budget(1, **given), {"redis": "redis://:SECRET-word@host:99999"}, "no address of a Redis"),
    (lambda given: Budget(1, **given), {"lease": None}, "lease=None"),
    (lambda given: Budget(1, **given), {"name": 5}, "name= takes text"),
    (lambda given: Budget(**given), {"limit": "1e400"}, "budget=1e400 is no amount of US dollars"),
    (lambda given: Budget(**given), {"limit": "1e999999999"}, "is no amount of US dollars"),
    (lambda given: RedisStore(**given), {"redis": redis.Redis()}, "RedisStore takes a client of redis.asyncio"),
    (lambda given: RedisStore(**given), {"redis": "redis://:SECRET-word@host?foo=1"}, "no address of a Redis"),
    (lambda given: SQLiteStore(**given), {"path": 5}, "takes a path, not int"),
    (lambda given: SQLiteStore(**given), {"path": "a\0b"}, "no file has such a name"),
    (lambda given: SQLiteStore(**given), {"path": SECRET}, "takes a path, not an address of http"),
    (lambda given: client().stream.posts(**given), {"stream_config": 5}, "stream_config= takes a StreamConfig, not int"),
    (lambda given: StreamConfig(**given), {"checkpoint_name": "mine"}, "checkpoint_name= names what checkpoint= keeps"),
    (lambda given: StreamConfig(**given), {"recovery": 5}, "recovery= takes a list of"),
    (lambda given: StreamConfig(**given), {"checkpoint_every": None}, "checkpoint_every=None"),
    *(
        (lambda given: StreamConfig(**given), {name: "x"}, f"{name}='x': it takes")
        for name in (
            "max_retries", "max_elapsed", "initial_backoff", "max_backoff", "backoff_multiplier", "timeout",
            "longest_line", "buffer", "remember", "on_connect", "on_disconnect", "on_reconnect", "on_error", "on_gap",
        )
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("use", "given", "message"), REFUSED, ids=[f"{number} {message}" for number, (_, _, message) in enumerate(REFUSED)]
)
def test_what_is_of_another_kind_is_refused_by_its_name(
    use: Callable[[dict[str, Any]], object], given: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidArgument, match=message) as raised:
        use(given)
    assert "SECRET-word" not in str(raised.value)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"every": "x"}, "collect: every='x': it takes seconds"),
        ({"every": True}, "every=True"),
        ({"batch": True}, "collect: batch=True: it takes a whole number from 1 on"),
        ({"limit": True}, "limit=True"),
        ({"on_progress": 5}, "on_progress=5"),
    ],
)
async def test_what_collect_cannot_use_is_refused(tmp_path: Path, given: dict[str, Any], message: str) -> None:
    path = tmp_path / "posts.jsonl"
    with pytest.raises(InvalidArgument, match=message):
        await collect(client().posts.search_recent("cats"), path, **given)
    assert not path.exists()


@pytest.mark.parametrize("format", ["jsonl", "jsonl.gz", "db", "parquet", "duckdb"])
@pytest.mark.parametrize("name", ["a\0b", "a\ud800b"])
async def test_a_name_that_no_file_can_have_is_refused(tmp_path: Path, format: str, name: str) -> None:
    with pytest.raises(InvalidArgument, match="no file has such a name"):
        await collect(client().posts.search_recent("cats"), f"{tmp_path}/{name}.{format}")
    assert not any(tmp_path.iterdir())


async def test_an_address_is_no_path_to_collect_into(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InvalidArgument, match="takes a path, not an address of http") as raised:
        await collect(client().posts.search_recent("cats"), f"{SECRET}.jsonl")
    assert "SECRET-word" not in str(raised.value)
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"media_type": 5}, "media_type= takes text"),
        ({"alt_text": 5}, "alt_text= takes text"),
        ({"subtitles": 5}, "subtitles= takes files by language"),
        ({"additional_owners": "12"}, "additional_owners= takes a list"),
        ({"additional_owners": 5}, "additional_owners= takes a list"),
        ({"segment_size": "5"}, "segment_size='5'"),
        ({"concurrency": "4"}, "concurrency='4'"),
        ({"processing_timeout": "x"}, "processing_timeout='x': it takes seconds, 0 or more"),
        ({"resume": 5}, "resume= takes the UploadState"),
        ({"on_progress": 5}, "on_progress=5"),
        ({"file": httpx.Response(200)}, "a Response cannot be uploaded"),
    ],
)
async def test_what_an_upload_cannot_use_is_refused(given: dict[str, Any], message: str) -> None:
    x = FakeX()
    with pytest.raises(InvalidArgument, match=message):
        whole: dict[str, Any] = {"file": PNG, **given}
        await client(transport=x).media.upload_file(**whole)
    assert x.requests == []


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"method": 5}, "method= takes text"),
        ({"path": 5}, "path= takes text"),
        ({"params": 5}, "params= takes parameters by name"),
    ],
)
async def test_a_call_by_method_and_path_takes_texts(given: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidArgument, match=message):
        whole: dict[str, Any] = {"method": "GET", "path": "/2/users/me", **given}
        await client().request(**whole)


async def test_media_that_is_no_list_is_refused() -> None:
    media: Any = 5
    with pytest.raises(InvalidArgument, match="media= takes a list of files"):
        await client().posts.publish("hello", media=media)
