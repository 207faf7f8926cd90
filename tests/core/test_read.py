"""An answer with status 2xx never raises because of its shape: what can be read is kept, the rest is told."""

from __future__ import annotations

import gzip
import json
import logging
import zlib
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xdk_async import AsyncClient, models
from xdk_async._core import lenient
from xdk_async._core import read as reading
from xdk_async._core.answer import Page, Response
from xdk_async._core.bind import bind
from xdk_async._core.event import InBandErrors, UndecodableLine, UnknownMessage
from xdk_async._core.lenient import is_list, is_object
from xdk_async._core.read import read, read_line
from xdk_async.api import operations as op

PAGE = bind(op.POSTS_SEARCH_RECENT, {"query": "cats"})
USER = bind(op.USERS_GET_BY_ID, {"id": "7"})
SPEC = bind(op.GENERAL_GET_OPEN_API_SPEC, {})
STREAM = bind(op.STREAM_POSTS, {})


@pytest.fixture(autouse=True)
def nothing_was_warned_of_yet(caplog: pytest.LogCaptureFixture) -> None:
    reading.warn_once.cache_clear()
    caplog.set_level(logging.WARNING)


class Bytes(httpx.AsyncByteStream):
    """A body that httpx does not touch."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for start in range(0, len(self.body), 65536):
            yield self.body[start : start + 65536]


def client_of(body: bytes, status: int = 200, **headers: str) -> AsyncClient:
    """A client of an X that answers everything with these bytes."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    def x(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, headers=named, stream=Bytes(body))

    return AsyncClient(bearer_token="x", transport=httpx.MockTransport(x))


async def page_of(body: bytes | str, status: int = 200, **headers: str) -> Page[models.Post]:
    text = body if isinstance(body, bytes) else body.encode()
    page = await client_of(text, status, **headers).posts.search_recent("cats")
    assert page.status == status
    return page


async def user_of(body: bytes | str, status: int = 200, **headers: str) -> Response[models.User]:
    text = body if isinstance(body, bytes) else body.encode()
    answer = await client_of(text, status, **headers).users.get_by_id("7")
    assert answer.raw == text
    return answer


def post_of(member: str) -> Page[models.Post]:
    """A page of one post with this member."""
    return read(PAGE, 200, {}, f'{{"data":[{{"id":"1",{member}}}]}}'.encode())


# Nothing that can be read


NO_JSON = {
    "HTML": b"<!DOCTYPE html><html><body>Something went wrong</body></html>",
    "text": b"OK",
    "white space": b" \r\n",
    "truncated": b'{"data":[{"id":"1"},{"i',
    "truncated string": b'{"data":[{"id":"1',
    "trailing comma": b'{"data":[{"id":"1"},]}',
    "trailing text": b'{"data":[]}{"data":[]}',
    "single quotes": b"{'data': []}",
    "a list": b"[]",
    "a list of posts": b'[{"id":"1"}]',
    "a string": b'"data"',
    "a number": b"7",
    "true": b"true",
    "null": b"null",
    "NaN": b"NaN",
    "UTF-16": '{"data":[]}'.encode("utf-16"),
    "NUL": b"\0" * 100,
    "brackets without end": b"[" * 100_000,
    "objects without end": b'{"data":' * 100_000,
    "nesting that ends": b'{"data":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "gzip that was not unpacked": gzip.compress(b'{"data":[]}'),
    "a BOM": b"\xef\xbb\xbf",
    "10 MB of HTML": b"<html>" + b"x" * 10_000_000,
}


@pytest.mark.parametrize("body", NO_JSON.values(), ids=NO_JSON)
async def test_an_answer_without_json_is_empty_and_kept(body: bytes) -> None:
    answer, page = await user_of(body), await page_of(body)
    assert (answer.data, answer.undecoded, answer.raw) == (None, ("$",), body)
    assert (page.data, page.undecoded, page.raw) == ([], ("$",), body)
    assert (page.errors, page.meta, page.includes.users) == ([], models.Meta(), [])
    assert (await client_of(body).general.get_open_api_spec()).raw == body
    assert read_line(STREAM, body).event is None


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
@pytest.mark.parametrize(
    "body", [b"garbage", gzip.compress(b'{"data":{"id":"7"}}', mtime=0)[:-9], b"\x1f\x8b", zlib.compress(b"{}")[:5]]
)
async def test_an_answer_that_cannot_be_unpacked_is_empty_and_kept(body: bytes, encoding: str) -> None:
    answer = await user_of(body, content_encoding=encoding)
    assert (answer.data, answer.undecoded) == (None, ("$",))


async def test_packed_garbage_is_kept_unpacked() -> None:
    page = await page_of(gzip.compress(b"garbage"), content_encoding="gzip")
    assert (page.data, page.undecoded, page.raw) == ([], ("$",), b"garbage")


@pytest.mark.parametrize(
    "kind", ["text/html", "application/octet-stream", "nonsense", "application/json; charset=utf-16", ""]
)
async def test_the_content_type_is_not_believed(kind: str) -> None:
    answer = await user_of('{"data":{"id":"7"}}', content_type=kind)
    assert (answer.data, answer.undecoded) == (models.User(id="7"), ())


# Nothing where something was expected


@pytest.mark.parametrize("body", ["{}", '{"data":null}', '{"meta":{"result_count":0}}', '{"detail":"odd"}', ""])
@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
async def test_an_answer_without_data_is_empty(body: str, status: int) -> None:
    answer, page = await user_of(body, status), await page_of(body, status)
    assert (answer.data, answer.undecoded) == (None, ())
    assert (page.data, page.undecoded, page.raw, page.meta.next_token) == ([], (), None, None)
    assert not list(page)


async def test_an_answer_of_only_errors_lists_them_typed() -> None:
    body = json.dumps(
        {"errors": [
            {"type": "https://api.twitter.com/2/problems/resource-not-found", "resource_id": "7", "value": "7"},
            {"type": "https://api.x.com/2/problems/not-authorized-for-resource", "section": "includes"},
            {"type": "urn:somewhere/else/field-hydration-failure"},
            {"type": "https://api.x.com/2/problems/brand-new", "title": "New"},
            {"type": "about:blank"},
            {"message": "legacy", "code": 88},
        ]}
    )  # fmt: skip
    answer = await user_of(body)
    assert (answer.data, answer.undecoded) == (None, ())
    assert [type(each) for each in answer.errors] == [
        models.ResourceNotFoundProblem,
        models.NotAuthorizedForResourceProblem,
        models.FieldHydrationFailureProblem,
        models.Problem,
        models.Problem,
        models.Problem,
    ]
    assert (answer.errors[0].resource_id, answer.errors[3].title, answer.errors[5].code) == ("7", "New", 88)


async def test_a_new_post_may_come_without_its_text() -> None:
    answer = await client_of(b'{"data":{"id":"1"}}', 201).posts.create(text="hi")
    assert answer.data
    assert (answer.status, answer.data.id, answer.data.text) == (201, "1", None)


async def test_a_file_is_given_as_it_is() -> None:
    body = b"\x89PNG\r\n\xff{"
    assert await client_of(body).chat.media_download("g1", "abc") == body


# What does not fit


@pytest.mark.parametrize(
    ("body", "data", "undecoded"),
    [
        ('{"data":{"id":"1"}}', [], ("data",)),
        ('{"data":"none"}', [], ("data",)),
        ('{"data":false}', [], ("data",)),
        ('{"data":[{"id":"1"},null,5,"x",[],{"id":"2"}]}', [models.Post(id="1"), models.Post(id="2")],
         ("data[1]", "data[2]", "data[3]", "data[4]")),
        ('{"data":[{"id":{}}]}', [models.Post()], ("data[0].id",)),
        ('{"data":[{"id":true,"text":1.5}]}', [models.Post()], ("data[0].id", "data[0].text")),
        ('{"data":[{"id":"1","public_metrics":{"like_count":"many","reply_count":2}}]}',
         [models.Post(id="1", public_metrics=models.PostPublicMetrics(reply_count=2))],
         ("data[0].public_metrics.like_count",)),
        ('{"data":[{"id":"1"},{"id":"2","entities":{"urls":[{"url":"a"},{"url":[]}]}}]}',
         [models.Post(id="1"), models.Post(id="2", entities=models.PostEntities(urls=[models.UrlEntity(url="a"), models.UrlEntity()]))],
         ("data[1].entities.urls[1].url",)),
        ('{"data":[{"id":"1","created_at":"yesterday","lang":"en"}]}', [models.Post(id="1", lang="en")],
         ("data[0].created_at",)),
        ('{"data":[{"id":"1","created_at":1767323045}]}', [models.Post(id="1")], ("data[0].created_at",)),
        (r'{"data":[{"id":"1","created_at":"\ud800"}]}', [models.Post(id="1")], ("data[0].created_at",)),
        ('{"data":[{"id":"1","attachments":[]}]}', [models.Post(id="1")], ("data[0].attachments",)),
        ('{"data":[{"id":"1","article_title":[1]}]}', [models.Post(id="1")], ("data[0].article_title",)),
        ('{"data":[{"id":"1","article_title":true,"lang":null,"entities":null}]}', [models.Post(id="1")],
         ("data[0].article_title",)),
        ('{"data":[{"id":"1","edit_history_tweet_ids":"1"}]}', [models.Post(id="1")],
         ("data[0].edit_history_tweet_ids",)),
        ('{"data":[{"id":"1"}],"includes":[],"meta":[],"errors":{}}', [models.Post(id="1")],
         ("includes", "meta", "errors")),
        ('{"data":[],"meta":{"result_count":{},"next_token":"b"},"errors":[5,{"title":"T"}]}', [],
         ("meta.result_count", "errors[0]")),
        ('{"data":[],"includes":{"users":{"id":"1"},"posts":[{"id":"1","note_post":7}]}}', [],
         ("includes.posts[0].note_post", "includes.users")),
    ],
)  # fmt: skip
async def test_what_does_not_fit_is_left_out_and_told_and_the_rest_is_kept(
    body: str, data: list[models.Post], undecoded: tuple[str, ...]
) -> None:
    page = await page_of(body)
    assert (page.data, page.undecoded, page.raw) == (data, undecoded, body.encode())


@pytest.mark.parametrize("data", ['[{"id":"1"}]', '"x"', "5", "[]", "true"])
async def test_data_in_the_wrong_container_is_none_and_told(data: str) -> None:
    answer = await user_of(f'{{"data":{data},"errors":[{{"title":"T"}}]}}')
    assert (answer.data, answer.undecoded) == (None, ("data",))
    assert answer.errors == [models.Problem(title="T")]


async def test_meta_and_includes_beside_what_does_not_fit_are_kept() -> None:
    page = await page_of('{"data":5,"meta":{"next_token":"b"},"includes":{"users":[{"id":"1"}]}}')
    assert (page.meta.next_token, page.includes.users) == ("b", [models.User(id="1")])


# What fits in another spelling


@pytest.mark.parametrize(
    ("member", "expected"),
    [
        ('"author_id":1234567890123456789', models.Post(id="1", author_id="1234567890123456789")),
        ('"author_id":99999999999999999999999', models.Post(id="1", author_id="9" * 23)),
        ('"author_id":-1', models.Post(id="1", author_id="-1")),
        ('"edit_history_post_ids":[1,"2",3]', models.Post(id="1", edit_history_post_ids=["1", "2", "3"])),
        ('"public_metrics":{"like_count":"12"}', models.Post(id="1", public_metrics=models.PostPublicMetrics(like_count=12))),
        ('"public_metrics":{"like_count":"-12"}', models.Post(id="1", public_metrics=models.PostPublicMetrics(like_count=-12))),
        ('"public_metrics":{"like_count":1e3}', models.Post(id="1", public_metrics=models.PostPublicMetrics(like_count=1000))),
        ('"public_metrics":{"like_count":12.0}', models.Post(id="1", public_metrics=models.PostPublicMetrics(like_count=12))),
        ('"lang":null,"entities":null', models.Post(id="1")),
        ('"article_title":"T"', models.Post(id="1", article_title="T")),
        ('"article_title":{"a":[1,null]}', models.Post(id="1", article_title={"a": [1, None]})),
        ('"article_title":5', models.Post(id="1", article_title="5")),
        ('"brand_new":{"a":[{}]},"reply_settings":"brand_new"', models.Post(id="1", reply_settings="brand_new")),
        ('"text":"a","text":"b"', models.Post(id="1", text="b")),
        ('"text":"a\tb\n"', models.Post(id="1", text="a\tb\n")),
        ('"text":"\\u0000\\u2028"', models.Post(id="1", text="\0\u2028")),
    ],
)  # fmt: skip
def test_what_is_only_spelled_otherwise_is_read_and_not_told(member: str, expected: models.Post) -> None:
    page = post_of(member)
    assert (page.data, page.undecoded, page.raw) == ([expected], (), None)


async def test_an_id_that_is_a_number_everywhere_is_a_decimal_string_everywhere() -> None:
    body = {
        "data": [{"id": 1, "author_id": 2, "referenced_tweets": [{"type": "quoted", "id": 3}]}],
        "includes": {"users": [{"id": 2, "pinned_tweet_id": 4}], "tweets": [{"id": 3}]},
        "meta": {"newest_id": 1, "oldest_id": 1, "next_token": 5},
        "errors": [{"resource_id": 6, "value": 7}],
    }
    page = await page_of(json.dumps(body))
    assert page.undecoded == ()
    assert (page.data[0].id, page.data[0].author_id) == ("1", "2")
    assert page.includes.referenced(page.data[0])[0].id == "3"
    assert page.includes.users == [models.User(id="2", pinned_post_id="4")]
    assert (page.meta.newest_id, page.meta.next_token, page.errors[0].resource_id) == ("1", "5", "6")


@pytest.mark.parametrize("number", ['"12a"', '"１２"', '"1.5"', '" 12"', '""', "1.5", "true", f'"{"9" * 50}"', "1e400"])
def test_a_number_is_not_guessed_from_something_else(number: str) -> None:
    page = post_of(f'"public_metrics":{{"like_count":{number}}}')
    assert page.undecoded == ("data[0].public_metrics.like_count",)
    assert page.data == [models.Post(id="1", public_metrics=models.PostPublicMetrics())]


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("2026-01-02T03:04:05.000Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02T03:04:05Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02T03:04:05.678901Z", datetime(2026, 1, 2, 3, 4, 5, 678901, UTC)),
        ("2026-01-02T03:04:05+05:30", datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=5, minutes=30)))),
    ],
)
@pytest.mark.parametrize("other", ["", ',"author_id":5'], ids=["typed", "leniently"])
def test_times_know_their_zone(text: str, when: datetime, other: str) -> None:
    [post] = post_of(f'"created_at":"{text}"{other}').data
    assert post.created_at
    assert post.created_at == when
    assert post.created_at.tzinfo


def test_a_time_without_a_zone_that_is_read_leniently_is_utc() -> None:
    post, misfits = lenient.decode(b'{"created_at":"2026-01-02T03:04:05"}', models.Post)
    assert (post.created_at, misfits) == (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), ())
    assert post.created_at.tzinfo


# What is not quite JSON


async def test_a_byte_order_mark_is_passed_over() -> None:
    page = await page_of(b'\xef\xbb\xbf{"data":[{"id":"1"}]}')
    assert (page.data, page.undecoded) == ([models.Post(id="1")], ())


async def test_bytes_that_are_not_utf8_are_replaced() -> None:
    page = await page_of(b'{"data":[{"id":"1","text":"a\xff\xc3b"}]}')
    assert (page.data, page.undecoded) == ([models.Post(id="1", text="a\ufffd\ufffdb")], ())


@pytest.mark.parametrize("name", ["text", "article_title", "brand_new"])
async def test_half_a_surrogate_pair_is_replaced_so_that_the_text_can_be_written(name: str) -> None:
    page = await page_of(rf'{{"data":[{{"id":"1","{name}":"a\ud83db"}}]}}')
    assert page.undecoded == ()
    assert getattr(page.data[0], name, "a\ufffdb") == "a\ufffdb"
    assert page.data[0].to_json()


def test_half_a_surrogate_pair_in_an_untyped_part_is_replaced_too() -> None:
    [post] = post_of(r'"article_title":{"\ud83d":["\udfff",{"a":"\ud83d\ude00"}]}').data
    assert post.article_title == {"\ufffd": ["\ufffd", {"a": "😀"}]}
    assert post.to_json()


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", "-1e400", "9" * 5000])
def test_a_number_that_is_none_is_left_out_and_told(number: str) -> None:
    page = post_of(
        f'"lang":"en","possibly_sensitive":{number},"geo":{{"coordinates":{{"coordinates":[{number},1.5]}}}}'
    )
    assert page.undecoded == ("data[0].geo.coordinates.coordinates[0]", "data[0].possibly_sensitive")
    assert page.data == [
        models.Post(id="1", lang="en", geo=models.PostGeo(coordinates=models.Point(coordinates=[1.5])))
    ]
    untyped = post_of(f'"article_title":{{"a":[1,{number}],"b":{number},"c":2}}')
    assert untyped.data == [models.Post(id="1", article_title={"a": [1], "c": 2})]
    assert untyped.undecoded == ("data[0].article_title.a[1]", "data[0].article_title.b")


async def test_the_paths_of_a_document_without_envelope_begin_at_its_members() -> None:
    answer = await client_of(b'{"openapi":"3.0","a":NaN,"b":[1,{"c":NaN}]}').general.get_open_api_spec()
    assert (answer.data, answer.undecoded) == ({"openapi": "3.0", "b": [1, {}]}, ("a", "b[1].c"))


def test_a_number_too_large_for_its_type_is_left_out_and_told() -> None:
    page = post_of('"geo":{"coordinates":{"coordinates":[' + "9" * 400 + ",1]}}")
    assert page.undecoded == ("data[0].geo.coordinates.coordinates[0]",)


@pytest.mark.parametrize("depth", [100, 400, 700, 900, 960, 990])
@pytest.mark.parametrize(("opens", "closes"), [("[", "]"), ('{"a":', "}")])
def test_an_untyped_part_nested_too_deep_takes_nothing_else_with_it(depth: int, opens: str, closes: str) -> None:
    page = post_of(f'"author_id":5,"article":{{"title":"T","entities":{opens * depth}1{closes * depth}}}')
    if page.undecoded != ("$",):
        assert (page.data[0].id, page.data[0].author_id) == ("1", "5")
        assert page.data[0].article
        assert page.data[0].article.title == "T"
        assert page.undecoded in ((), ("data[0].article.entities",))
    else:
        assert depth > 900


# Sizes


async def test_ten_megabytes_are_read() -> None:
    posts = b",".join(b'{"id":%d,"text":"%s"}' % (i, b"x" * 1000) for i in range(10_000))
    page = await page_of(b'{"data":[' + posts + b"]}")
    assert (len(page), page.undecoded) == (10_000, ())
    assert page.data[-1].id == "9999"


# Telling


async def test_what_does_not_fit_is_logged_once_for_each_place(caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(3):
        await page_of('{"data":[{"id":[]},{"id":[]},{"text":5.5}]}')
    await page_of('{"data":[{"text":{}},{"id":[]}],"meta":5}')
    assert [(each.name, each.levelname) for each in caplog.records] == [("xdk_async", "WARNING")] * 3
    assert [each.getMessage().rpartition(" at ")[2] for each in caplog.records] == ["data[].id", "data[].text", "meta"]
    assert all(each.getMessage().startswith("posts.search_recent ") for each in caplog.records)
    await user_of("<html>")
    assert caplog.records[-1].getMessage() == "users.get_by_id answered in a shape that does not fit at $"


async def test_what_fits_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    await page_of('{"data":[{"id":5,"brand_new":[]}]}')
    await page_of("")
    assert caplog.records == []


async def test_a_page_keeps_its_bytes_if_asked_or_if_something_does_not_fit() -> None:
    client = client_of(b'{"data":[{"id":"1"}]}')
    plain, kept = (
        await client.posts.search_recent("q"),
        await client.with_options(keep_raw=True).posts.search_recent("q"),
    )
    assert (plain.raw, kept.raw) == (None, b'{"data":[{"id":"1"}]}')
    assert kept.json() == {"data": [{"id": "1"}]}
    with pytest.raises(ValueError, match="was not kept"):
        plain.json()
    with pytest.raises(ValueError, match="holds no JSON"):
        (await page_of("<html>")).json()


async def test_nothing_on_the_wire_fills_what_is_ours() -> None:
    answer = await user_of('{"status":500,"raw":"x","undecoded":["x"],"request_id":"x","data":{"id":"7"},"_headers":5}')
    assert (answer.status, answer.undecoded, answer.request_id) == (200, (), None)
    assert answer.data == models.User(id="7")
    hidden = await user_of('{"data":{"id":"7","_pinned_tweet_id":"9"}}')
    assert hidden.data == models.User(id="7")


# Events of a stream


def test_an_event_holds_what_its_line_holds() -> None:
    call = bind(op.STREAM_POSTS, {"expansions": "author_id"})
    event, message = read_line(
        call,
        b'{"data":{"id":1,"author_id":"2"},"includes":{"users":[{"id":"2"}]},"matching_rules":[{"id":3,"tag":"cats"}],'
        b'"errors":[{"type":"https://x/resource-not-found"}],"brand_new":5}',
    )
    assert event
    assert (event.data, message, event.undecoded) == (models.Post(id="1", author_id="2"), None, ())
    assert event.matching_rules == [models.MatchingRule(id="3", tag="cats")]
    assert event.includes.author(event.data) == models.User(id="2")
    assert event.errors == [models.ResourceNotFoundProblem(type="https://x/resource-not-found")]
    bare, _ = read_line(call, b'{"data":{"id":"1"}}')
    assert bare
    assert (bare.matching_rules, bare.errors, bare.includes.users) == ([], [], [])
    assert bare.includes.author(bare.data) is None


def test_an_event_keeps_what_fits_and_tells_the_rest() -> None:
    event, message = read_line(STREAM, b'{"data":{"id":"1","lang":[]},"matching_rules":5}')
    assert event
    assert (event.data, event.matching_rules, message) == (models.Post(id="1"), [], None)
    assert event.undecoded == ("data.lang", "matching_rules")


def test_a_line_of_errors_is_no_event() -> None:
    line = b'{"errors":[{"title":"operational-disconnect","disconnect_type":"UpstreamOperationalDisconnect"}]}'
    event, message = read_line(STREAM, line)
    assert event is None
    assert isinstance(message, InBandErrors)
    assert [each.disconnect_type for each in message.errors] == ["UpstreamOperationalDisconnect"]


@pytest.mark.parametrize("line", [b"[]", b"null", b'{"connection":{"ping":1}}', b'{"data":5}', b'{"errors":[]}'])
def test_a_line_of_another_kind_is_kept_untyped(line: bytes) -> None:
    assert read_line(STREAM, line) == (None, UnknownMessage(json.loads(line)))


@pytest.mark.parametrize("line", [b"<html>", b'{"data":', b"\xff" * 5000])
def test_a_line_without_json_is_kept_as_it_came(line: bytes) -> None:
    assert read_line(STREAM, line) == (None, UndecodableLine(line[:4096], len(line)))


# Anything at all


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.just("7"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3) | st.sampled_from(["id", "text"]), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip
RICH: dict[str, Any] = {
    "data": [
        {"id": "1", "text": "a", "created_at": "2026-01-02T03:04:05Z", "public_metrics": {"like_count": 1},
         "entities": {"urls": [{"url": "u", "images": [{"width": 1}]}]}, "referenced_tweets": [{"id": "2"}],
         "article": {"entities": {"a": [1]}}, "article_title": {"a": "b"}, "note_tweet": {"text": "n"},
         "geo": {"coordinates": {"coordinates": [1.5, 2]}}, "withheld": {"scope": "tweet"}, "possibly_sensitive": True},
        {"id": "2"},
    ],
    "includes": {"users": [{"id": "1", "public_metrics": {"tweet_count": 1}}], "tweets": [{"id": "2"}],
                 "places": [{"geo": {"bbox": [1.0], "properties": {"a": 1}}}]},
    "meta": {"result_count": 1, "next_token": "b", "summary": {"created": 1}},
    "errors": [{"type": "https://x/resource-not-found", "errors": [{"a": 1}], "status": 404}],
}  # fmt: skip


def places(value: Any, way: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The way to every part of a document."""
    if is_object(value):
        return [way, *(place for name, each in value.items() for place in places(each, (*way, name)))]
    if is_list(value):
        return [way, *(place for i, each in enumerate(value) for place in places(each, (*way, i)))]
    return [way]


def replaced(value: Any, way: tuple[str | int, ...], other: Any) -> Any:
    if not way:
        return other
    if is_object(value):
        return {name: replaced(each, way[1:], other) if name == way[0] else each for name, each in value.items()}
    return [replaced(each, way[1:], other) if i == way[0] else each for i, each in enumerate(value)]


def written(way: tuple[str | int, ...]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in way).lstrip(".") or "$"


@given(st.sampled_from(places(RICH)), JSON)
def test_any_value_anywhere_in_a_page_spoils_only_its_own_place(way: tuple[str | int, ...], value: Any) -> None:
    body = json.dumps(replaced(RICH, way, value)).encode()
    page = read(PAGE, 200, {}, body)
    assert all(each == "$" or each.startswith(written(way)) for each in page.undecoded) or written(way) == "$"
    assert (page.raw is None) == (not page.undecoded)
    if way not in ((), ("data",)) and way[:2] != ("data", 1):
        assert page.data[-1] == models.Post(id="2")
    assert json.dumps(page.to_dict()).encode()
    assert b"[" + b",".join(each.to_json() for each in page) + b"]" == msgspec.json.encode(page.data)


@given(JSON | st.fixed_dictionaries({"data": JSON}))
def test_any_json_is_an_answer_of_every_kind(value: Any) -> None:
    body = json.dumps(value).encode()
    for answer in (read(PAGE, 200, {}, body), read(USER, 200, {}, body), read(SPEC, 200, {}, body)):
        assert answer.status == 200
        assert answer.undecoded == () or answer.raw == body
    event, message = read_line(STREAM, body)
    assert event is None or isinstance(event.data, models.Post)
    assert (event is None) == (message is not None)


@given(st.binary())
def test_any_bytes_are_an_answer(body: bytes) -> None:
    assert read(USER, 200, {}, body).raw == body
    assert read(PAGE, 200, {}, body).undecoded in ((), ("$",))


@pytest.mark.parametrize("name", op.OPERATIONS)
def test_every_operation_reads_an_empty_a_wrong_and_a_broken_answer(name: str) -> None:
    operation = op.OPERATIONS[name]
    arguments = {param.name: SAMPLES[param.kind](param) for param in operation.params if param.required or param.path}
    call = bind(operation, arguments, {}, validate=False)
    if operation.streams:
        assert read_line(call, b"{}") == (None, UnknownMessage({}))
        assert read_line(call, b'{"data":5}') == (None, UnknownMessage({"data": 5}))
        assert read_line(call, b"{") == (None, UndecodableLine(b"{", 1))
        return
    for body in (b"", b"{}", b'{"data":5,"errors":[5]}', b'{"data":[[5]]}', b'{"data":{"id":[]}}', b"{", b"[]"):
        read(call, 200, {}, body)


SAMPLES: dict[str, Callable[[Any], object]] = {
    "str": lambda param: "7",
    "int": lambda param: 7,
    "bool": lambda param: True,
    "datetime": lambda param: "2026-01-01T00:00:00Z",
}
