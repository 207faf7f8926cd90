"""What is typed becomes what X reads, or is refused before anything is sent."""

from __future__ import annotations

import email
import email.policy
import enum
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl, unquote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xdk_async import AsyncClient, InvalidArgument, models
from xdk_async._core.bind import bind
from xdk_async._core.operation import Call, Operation
from xdk_async.api import operations as op

RECENT = op.POSTS_SEARCH_RECENT
STREAMS_OF_POSTS = (
    op.STREAM_LIKES_FIREHOSE,
    op.STREAM_LIKES_SAMPLE10,
    op.STREAM_POSTS,
    op.STREAM_POSTS_FIREHOSE,
    op.STREAM_POSTS_FIREHOSE_EN,
    op.STREAM_POSTS_FIREHOSE_JA,
    op.STREAM_POSTS_FIREHOSE_KO,
    op.STREAM_POSTS_FIREHOSE_PT,
    op.STREAM_POSTS_SAMPLE,
    op.STREAM_POSTS_SAMPLE10,
)


class Listener:
    """An X that takes everything and keeps what came."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(200, json={"data": {}})

    @property
    def body(self) -> Any:
        """The last request's body, read as JSON."""
        return json.loads(self.requests[-1].content)


@pytest.fixture
def x() -> Listener:
    return Listener()


@pytest.fixture
def client(x: Listener) -> AsyncClient:
    return AsyncClient(bearer_token="x", transport=httpx.MockTransport(x))


def sent(operation: Operation[Any], **arguments: Any) -> dict[str, str]:
    """The query that the arguments become, decoded again by another library."""
    return decoded(bind(operation, arguments))


def sent_unchecked(operation: Operation[Any], **arguments: Any) -> dict[str, str]:
    return decoded(bind(operation, arguments, validate=False))


def decoded(call: Call[Any]) -> dict[str, str]:
    _, _, query = call.target.partition("?")
    return dict(parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query)))


def why_not(operation: Operation[Any], body: object = None, **arguments: Any) -> str:
    """What the refusal says."""
    with pytest.raises(InvalidArgument) as refused:
        bind(operation, arguments, body)
    return str(refused.value)


# Names and ranges


@pytest.mark.parametrize(
    ("operation", "arguments", "said"),
    [
        (RECENT, {"user_fields": ["usrname"]}, ["user_fields", "'usrname'", "'username'"]),
        (RECENT, {"post_fields": "id,creatd_at"}, ["post_fields", "'creatd_at'", "'created_at'"]),
        (RECENT, {"tweet_fields": ["note_twet"]}, ["tweet_fields", "'note_twet'", "'note_tweet'"]),
        (RECENT, {"expansions": ["autor_id"]}, ["expansions", "'autor_id'", "'author_id'"]),
        (RECENT, {"media_fields": ["qqqq"]}, ["media_fields", "'qqqq'", "it takes alt_text,", "width"]),
        (RECENT, {"sort_order": "recent"}, ["sort_order", "'recent'", "'recency'"]),
        (RECENT, {"max_result": 10}, ["'max_result'", "'max_results'"]),
        (RECENT, {"max_results": 9}, ["max_results", "10 to 100", "9"]),
        (RECENT, {"max_results": 101}, ["max_results", "10 to 100", "101"]),
        (RECENT, {"max_results": "500"}, ["max_results", "10 to 100", "500"]),
        (RECENT, {"max_results": 10.5}, ["max_results", "whole number", "10.5"]),
        (RECENT, {"max_results": True}, ["max_results", "whole number", "True"]),
        (RECENT, {"max_results": "9" * 5000}, ["max_results", "whole number"]),
        (RECENT, {"max_results": "２０"}, ["max_results", "whole number", "'２０'"]),
        (RECENT, {"since_id": 1.5}, ["since_id", "string", "float"]),
        (RECENT, {"since_id": True}, ["since_id", "string", "bool"]),
        (op.POSTS_GET_BY_IDS, {"ids": range(101)}, ["ids", "1 to 100 entries", "101 entries"]),
        (op.POSTS_GET_BY_IDS, {"ids": ["7"] * 99 + ["8,9"]}, ["ids", "1 to 100 entries", "101 entries"]),
        (op.POSTS_GET_BY_IDS, {"ids": []}, ["ids", "1 to 100 entries", "0 entries"]),
        (op.POSTS_GET_BY_IDS, {"ids": b"7"}, ["ids", "string", "bytes"]),
        (op.TRENDS_GET_BY_WOEID, {"woeid": "../../x"}, ["woeid", "whole number", "'../../x'"]),
        (op.STREAM_POSTS_FIREHOSE, {"partition": 21}, ["partition", "1 to 20", "21"]),
        (op.STREAM_GET_RULES, {"ids": ["7"] * 1001}, ["ids", "at most 1000 entries", "1001 entries"]),
        (op.COMMUNITY_NOTES_SEARCH_WRITTEN, {"test_mode": 1}, ["test_mode", "True or False", "1"]),
        (op.CONNECTIONS_DELETE_BY_ENDPOINT, {"endpoint_id": "filterd_stream"}, ["endpoint_id", "'filtered_stream'"]),
    ],
)
def test_what_x_would_refuse_or_ignore_is_refused_by_name(
    operation: Operation[Any], arguments: dict[str, Any], said: list[str]
) -> None:
    query = {"query": "cats"} if operation is RECENT else {}
    told = why_not(operation, **query, **arguments)
    assert told.startswith(operation.name)
    for part in said:
        assert part in told


@pytest.mark.parametrize(
    ("operation", "arguments", "name"),
    [
        (RECENT, {}, "query"),
        (RECENT, {"query": None}, "query"),
        (RECENT, {"query": ""}, "query"),
        (op.STREAM_POSTS_FIREHOSE, {}, "partition"),
        (op.POSTS_DELETE, {}, "id"),
        (op.POSTS_GET_BY_IDS, {}, "ids"),
        (op.MEDIA_GET_ANALYTICS, {"media_keys": "3_1", "start_time": "2026-01-01T00:00:00Z"}, "end_time"),
    ],
)
def test_a_required_parameter_that_is_missing_or_empty_is_named(
    operation: Operation[Any], arguments: dict[str, Any], name: str
) -> None:
    told = why_not(operation, **arguments)
    assert told.startswith(f"{operation.name}: {name} is ")


@pytest.mark.parametrize(
    ("one", "other"),
    [("next_token", "pagination_token"), ("start_time", "since_id"), ("post_fields", "tweet_fields")],
)
def test_parameters_that_exclude_each_other_are_refused_together(one: str, other: str) -> None:
    values: dict[str, Any] = {"start_time": "2026-01-01T00:00:00Z", "post_fields": ["id"], "tweet_fields": ["id"]}
    told = why_not(RECENT, query="cats", **{one: values.get(one, "1"), other: values.get(other, "2")})
    assert told.startswith("posts.search_recent: ")
    assert one in told
    assert other in told


def test_without_validation_unknown_names_and_ranges_go_out_as_they_are() -> None:
    query = sent_unchecked(
        RECENT, query="cats", max_results=1, post_fields=["brand_new", "author_id"], sort_order="odd"
    )
    assert query == {
        "query": "cats",
        "max_results": "1",
        "post.fields": "brand_new,author_id",
        "sort_order": "odd",
    }
    assert bind(op.CONNECTIONS_DELETE_BY_ENDPOINT, {"endpoint_id": "new"}, validate=False).path == "/2/connections/new"


@pytest.mark.parametrize(
    ("arguments", "query"),
    [
        ({}, {}),
        ({"query": "cats", "max_results": "many"}, {"query": "cats", "max_results": "many"}),
        ({"query": "cats", "brand_new": [1, True]}, {"query": "cats", "brand_new": "1,true"}),
        (
            {"query": "c", "next_token": "a", "pagination_token": "b"},
            {"query": "c", "next_token": "a", "pagination_token": "b"},
        ),
        ({"query": "c", "start_time": "yesterday"}, {"query": "c", "start_time": "yesterday"}),
        (
            {"start_time": datetime(999, 1, 2, 3, 4, 5, 678, timezone(timedelta(hours=1)))},
            {"start_time": "0999-01-02T02:04:05Z"},
        ),
        (
            {"start_time": datetime.max.replace(tzinfo=timezone(-timedelta(hours=1)))},
            {"start_time": "9999-12-31 23:59:59.999999-01:00"},
        ),
        ({"user_fields": (each for each in ("id", "name"))}, {"user.fields": "id,name"}),
        (
            {"user_fields": {"id": 1, "name": 2}.keys(), "brand_new": range(3)},
            {"user.fields": "id,name", "brand_new": "0,1,2"},
        ),
    ],
)
def test_without_validation_anything_goes_out(arguments: dict[str, Any], query: dict[str, str]) -> None:
    assert sent_unchecked(RECENT, **arguments) == query


@pytest.mark.parametrize("arguments", [{"query": "\ud800"}, {"brand_new": "\ud800"}])
def test_without_validation_half_a_surrogate_pair_is_refused_too(arguments: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgument, match="half a surrogate pair"):
        sent_unchecked(RECENT, **arguments)


def test_without_validation_a_path_still_needs_its_parts() -> None:
    with pytest.raises(InvalidArgument, match="id is missing"):
        bind(op.POSTS_GET_BY_ID, {}, validate=False)


# The two vocabularies


@pytest.mark.parametrize(
    ("operation", "field", "expansion", "tweet_field"),
    [
        (RECENT, "author_id", "author_id", "author_id"),
        (RECENT, "referenced_posts", "referenced_posts", "referenced_tweets"),
        (RECENT, "referenced_tweets", "referenced_posts", "referenced_tweets"),
        (RECENT, "edit_history_post_ids", "edit_history_post_ids", "edit_history_tweet_ids"),
        (RECENT, "in_reply_to_user_id", "in_reply_to_user_id", "in_reply_to_user_id"),
        (RECENT, "username", "username", None),
        (op.USERS_GET_ME, "pinned_post_id", "pinned_post_id", None),
        (op.DIRECT_MESSAGES_GET_EVENTS, "sender_id", "sender_id", None),
    ],
)
def test_an_expansion_asked_for_as_a_post_field_is_refused_with_the_ways_out(
    operation: Operation[Any], field: str, expansion: str, tweet_field: str | None
) -> None:
    query = {"query": "cats"} if operation is RECENT else {}
    told = why_not(operation, post_fields=["id", field], **query)
    assert told.startswith(f"{operation.name}: {field!r} is an expansion, not one of post_fields")
    assert f"expansions=[{expansion!r}], which is billed" in told
    assert ("tweet_fields=" in told) == (tweet_field is not None)
    if tweet_field:
        assert f"tweet_fields=[{tweet_field!r}]" in told
        assert sent(operation, tweet_fields=[tweet_field], **query)["tweet.fields"] == tweet_field
    assert sent(operation, expansions=[expansion], **query)["expansions"] == expansion


def test_either_vocabulary_goes_out_as_it_is_typed() -> None:
    newer = sent(RECENT, query="cats", post_fields=["note_post", "created_at"], expansions=["referenced_posts"])
    assert newer == {"query": "cats", "post.fields": "note_post,created_at", "expansions": "referenced_posts"}
    older = sent(RECENT, query="cats", tweet_fields=["note_tweet", "author_id"], expansions=["referenced_tweets.id"])
    assert older == {"query": "cats", "tweet.fields": "note_tweet,author_id", "expansions": "referenced_tweets.id"}


@pytest.mark.parametrize("operation", STREAMS_OF_POSTS, ids=lambda each: each.name)
@pytest.mark.parametrize("keyword", ["post_fields", "tweet_fields"])
def test_a_stream_is_asked_in_the_older_vocabulary_whatever_is_typed(operation: Operation[Any], keyword: str) -> None:
    partition = {each.name: 1 for each in operation.params if each.name == "partition"}
    typed = {keyword: ["note_post", "note_tweet", "referenced_posts", "author_id"], "user_fields": "pinned_post_id"}
    query = sent(operation, **typed, **partition)
    assert query.pop("partition", "1") == "1"
    assert query == {"tweet.fields": "note_tweet,referenced_tweets,author_id", "user.fields": "pinned_tweet_id"}


def test_a_stream_is_asked_for_the_older_names_of_expansions_and_joins_by_them() -> None:
    call = bind(op.STREAM_POSTS, {"expansions": ["referenced_posts", "edit_history_post_ids", "author_id"]})
    assert call.target.endswith("?expansions=referenced_tweets.id%2Cedit_history_tweet_ids%2Cauthor_id")
    assert call.expansions == {"referenced_tweets.id", "edit_history_tweet_ids", "author_id"}


def test_a_call_joins_by_its_expansions_and_by_nothing_else() -> None:
    more = {"query": "cats", "post_fields": ["id"], "user_fields": ["name"], "media_fields": ["url"]}
    assert bind(RECENT, more | {"expansions": "author_id,geo.place_id"}).expansions == {"author_id", "geo.place_id"}
    assert bind(RECENT, more).expansions == frozenset()


def test_a_stream_takes_post_fields_or_tweet_fields_not_both() -> None:
    assert "post_fields and tweet_fields" in why_not(op.STREAM_POSTS, post_fields=["id"], tweet_fields=["id"])


# Values


@pytest.mark.parametrize(
    ("given_as", "wire"),
    [
        (datetime(2026, 1, 2, 3, 4, 5, 999_999, UTC), "2026-01-02T03:04:05Z"),
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=5, minutes=30))), "2026-01-01T21:34:05Z"),
        (datetime(999, 1, 2, tzinfo=UTC), "0999-01-02T00:00:00Z"),
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"),
        ("2026-01-02T03:04:05.678+02:00", "2026-01-02T01:04:05Z"),
        ("2026-01-02 03:04:05+00:00", "2026-01-02T03:04:05Z"),
    ],
)
def test_a_time_is_sent_as_whole_seconds_of_utc(given_as: datetime | str, wire: str) -> None:
    assert sent(RECENT, query="cats", start_time=given_as)["start_time"] == wire


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (datetime(2026, 1, 2, 3, 4, 5), "no time zone"),
        ("2026-01-02T03:04:05", "no time zone"),
        ("yesterday", "no ISO 8601 time"),
        (1_767_323_045, "datetime or an ISO 8601 string"),
        (datetime.max.replace(tzinfo=timezone(timedelta(hours=-1))), "no time in UTC"),
    ],
)
def test_a_time_that_could_mean_several_or_none_is_refused(value: object, said: str) -> None:
    told = why_not(RECENT, query="cats", start_time=value)
    assert told.startswith("posts.search_recent: start_time")
    assert said in told


class Field(enum.StrEnum):
    TEXT = "text"
    ID = "id"


@pytest.mark.parametrize(
    "value",
    [["id", "text"], ("id", "text"), "id,text", "id, text", ",id,,text,", ["id,text"], [Field.ID, "text"],
     (each for each in ("id", "text")), {"id": 1, "text": 2}, ["id", "text", "id"]],
)  # fmt: skip
def test_a_list_goes_out_comma_joined_however_it_is_given(value: object) -> None:
    assert sent(RECENT, query="cats", post_fields=value)["post.fields"] == "id,text"


def test_an_empty_list_of_fields_is_not_sent() -> None:
    assert sent(RECENT, query="cats", post_fields=[], expansions="", pagination_token="") == {"query": "cats"}


@pytest.mark.parametrize("value", [True, "true", "True"])
def test_a_truth_value_goes_out_in_lower_case(value: object) -> None:
    assert sent(op.COMMUNITY_NOTES_SEARCH_WRITTEN, test_mode=value) == {"test_mode": "true"}


def test_ids_are_taken_as_numbers_too() -> None:
    assert sent(RECENT, query="cats", since_id=20)["since_id"] == "20"
    assert sent(op.POSTS_GET_BY_IDS, ids=[20, "21"]) == {"ids": "20,21"}
    assert sent(op.POSTS_GET_BY_IDS, ids=20) == {"ids": "20"}
    assert sent(op.POSTS_GET_BY_IDS, ids=["20", 20]) == {"ids": "20,20"}
    assert bind(op.POSTS_DELETE, {"id": 20}).path == "/2/tweets/20"


def test_numbers_are_taken_as_strings_too() -> None:
    assert sent(RECENT, query="cats", max_results="020")["max_results"] == "20"
    assert bind(op.TRENDS_GET_BY_WOEID, {"woeid": "1"}).path == "/2/trends/by/woeid/1"


@given(st.text(min_size=1), st.text("aZ09_-.~%&=+/?#;:ü漢😀", min_size=1))
def test_any_text_comes_out_of_the_query_as_it_went_in(text: str, token: str) -> None:
    assert sent(RECENT, query=text, pagination_token=token) == {"query": text, "pagination_token": token}
    assert sent(op.USERS_GET_BY_USERNAMES, usernames=[token, "me"]) == {"usernames": f"{token},me"}
    assert bind(RECENT, {"query": text}).target.isascii()


@given(
    st.text(min_size=1).filter(lambda text: text not in (".", "..")), st.text(min_size=1).map(lambda text: f"_{text}")
)
def test_a_path_segment_never_leaves_its_place(first: str, second: str) -> None:
    call = bind(op.LISTS_REMOVE_MEMBER_BY_USER_ID, {"id": first, "user_id": second})
    request = httpx.Request("DELETE", httpx.URL("https://api.x.com").copy_with(raw_path=call.target.encode()))
    _, two, lists, id, members, user_id = request.url.raw_path.decode().split("/")
    assert (two, lists, members) == ("2", "lists", "members")
    assert (unquote(id), unquote(user_id)) == (first, second)
    assert request.url.query == b""


async def test_a_hostile_id_reaches_x_as_one_segment(x: Listener, client: AsyncClient) -> None:
    await client.users.get_by_id("../users/me?x=1#")
    assert x.requests[0].url.raw_path == b"/2/users/..%2Fusers%2Fme%3Fx%3D1%23"


@pytest.mark.parametrize("value", ["", ".", ".."])
async def test_a_segment_that_would_change_the_path_is_refused(x: Listener, client: AsyncClient, value: str) -> None:
    with pytest.raises(InvalidArgument, match=r"users\.get_by_id: id="):
        await client.users.get_by_id(value)
    assert x.requests == []


@pytest.mark.parametrize(
    ("operation", "arguments", "body"),
    [
        (RECENT, {"query": "\ud800"}, None),
        (op.USERS_GET_BY_ID, {"id": "\udfff"}, None),
        (op.POSTS_CREATE, {}, {"text": "\ud83d"}),
    ],
)
def test_half_a_surrogate_pair_is_refused_since_no_encoding_carries_it(
    operation: Operation[Any], arguments: dict[str, Any], body: object
) -> None:
    assert "surrogate" in why_not(operation, body, **arguments)


# Bodies


async def test_a_body_is_a_struct_a_dict_a_mixture_or_plain_keywords(x: Listener, client: AsyncClient) -> None:
    expected = {
        "text": "hi",
        "reply": {"in_reply_to_tweet_id": "7"},
        "poll": {"options": ["a", "b"], "duration_minutes": 5},
    }
    reply = models.CreatePostsReply(in_reply_to_tweet_id="7")
    poll = models.CreatePostsPoll(options=("a", "b"), duration_minutes=5)
    await client.posts.create(models.CreatePostsRequest(text="hi", reply=reply, poll=poll))
    await client.posts.create(
        {"text": "hi", "reply": {"in_reply_to_tweet_id": "7"}, "poll": {"options": ["a", "b"], "duration_minutes": 5}}
    )
    await client.posts.create(
        models.CreatePostsRequest(
            text="hi", reply={"in_reply_to_tweet_id": "7"}, poll={"options": ["a", "b"], "duration_minutes": 5}
        )
    )
    await client.posts.create({"text": "hi", "reply": reply, "poll": poll})
    await client.posts.create(text="hi", reply_to=7, poll_options=["a", "b"], poll_duration_minutes=5)
    assert [json.loads(each.content) for each in x.requests] == [expected] * 5
    assert {each.headers["content-type"] for each in x.requests} == {"application/json"}


async def test_a_body_and_plain_keywords_together_are_refused(x: Listener, client: AsyncClient) -> None:
    with pytest.raises(InvalidArgument, match=r"posts\.create: give a body or plain keywords, not both"):
        await client.posts.create({"text": "hi"}, community_id="7")
    with pytest.raises(InvalidArgument, match=r"posts\.create needs a body: .* text="):
        await client.posts.create()
    with pytest.raises(InvalidArgument, match=r"users\.like_post needs a body: what is to be sent goes by tweet_id=$"):
        await client.users.like_post("7")
    assert x.requests == []


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"txt": "hi"}, ["`txt`", "did you mean 'text'?"]),
        ({"poll": {"optons": ["a", "b"], "duration_minutes": 5}}, ["`optons`", "$.poll"]),
        ({"poll": {"options": ["a", "b"]}}, ["`duration_minutes`", "$.poll"]),
        ({"poll": {"options": ["a", "b"], "duration_minutes": 4}}, [">= 5", "$.poll.duration_minutes"]),
        ({"poll": {"options": ["a", "b"], "duration_minutes": 10081}}, ["<= 10080", "$.poll.duration_minutes"]),
        ({"reply_settings": "nobody"}, ["nobody", "$.reply_settings"]),
        ({"text": 5}, ["`str", "`int`", "$.text"]),
        (models.CreatePostsRequest(poll={"options": ["a"], "duration_minutes": 1}), ["$.poll.duration_minutes"]),
        ("hi", ["a bare str", "text="]),
        ([1], ["a bare list"]),
        (object(), ["object"]),
    ],
)
def test_a_body_that_x_would_refuse_is_refused_by_the_member(body: object, said: list[str]) -> None:
    told = why_not(op.POSTS_CREATE, body)
    assert told.startswith("posts.create: body: ")
    for part in said:
        assert part in told


async def test_without_validation_a_body_goes_out_as_it_is(x: Listener, client: AsyncClient) -> None:
    body: Any = {"txt": "hi", "poll": {"duration_minutes": 1}}
    await client.with_options(validate=False).posts.create(body)
    assert x.body == body
    with pytest.raises(InvalidArgument, match=r"posts\.create: body: "):
        bind(op.POSTS_CREATE, {}, {"text": object()}, validate=False)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"txt": "hi"}, "posts.create: body: Object contains unknown field `txt`; did you mean 'text'?"),
        ({"poll": {"optons": []}}, "posts.create: body: Object contains unknown field `optons` - at `$.poll`"),
    ],
)
def test_the_nearest_name_is_that_of_the_body_itself(body: object, told: str) -> None:
    assert why_not(op.POSTS_CREATE, body) == told


async def test_a_body_of_which_x_says_nothing_is_any_object(x: Listener, client: AsyncClient) -> None:
    await client.account_activity.create_subscription("7", {"anything": [1]})
    assert (x.requests[0].url.path, x.body) == (
        "/2/account_activity/webhooks/7/subscriptions/all", {"anything": [1]},
    )  # fmt: skip


def test_what_is_none_in_a_body_is_not_sent() -> None:
    assert bind(op.POSTS_CREATE, {}, {"text": "hi", "poll": None}).body == b'{"text":"hi"}'
    assert bind(op.POSTS_CREATE, {}, models.CreatePostsRequest(text="hi")).body == b'{"text":"hi"}'


async def test_a_delete_carries_its_body(x: Listener, client: AsyncClient) -> None:
    subtitles: models.DeleteMediaSubtitlesRequestDict = {
        "id": "7",
        "language_code": "EN",
        "media_category": "TweetVideo",
    }
    await client.media.delete_subtitles(subtitles)
    assert (x.requests[0].method, x.requests[0].url.path, x.body) == ("DELETE", "/2/media/subtitles", subtitles)
    await client.connections.delete_by_uuids(models.DeleteConnectionsByUuidsRequest(uuids=["a", "b"]))
    assert (x.requests[1].method, x.requests[1].url.path, x.body) == (
        "DELETE", "/2/connections", {"uuids": ["a", "b"]},
    )  # fmt: skip


# Multipart


def parts_of(request: httpx.Request) -> dict[str, tuple[str | None, bytes]]:
    """File name and bytes of each part, read by the standard library's mail parser."""
    head = b"Content-Type: " + request.headers["content-type"].encode() + b"\r\n\r\n"
    message = email.message_from_bytes(head + request.content, policy=email.policy.HTTP)
    assert message.is_multipart()
    found: dict[str, tuple[str | None, bytes]] = {}
    for part in message.iter_parts():
        assert part["content-disposition"].content_disposition == "form-data"
        data = part.get_payload(decode=True)
        assert isinstance(data, bytes)
        found[part["content-disposition"].params["name"]] = (part.get_filename(), data)
    return found


@pytest.mark.parametrize(
    "media", [b"", b"plain", bytes(range(33, 127)) * 9, b"--", b"a--b\r\n--c", b"--" + b"0" * 64 + b"--"]
)
async def test_a_multipart_body_is_read_back_as_the_same_bytes(x: Listener, client: AsyncClient, media: bytes) -> None:
    await client.media.append_upload("7", {"media": media, "segment_index": 999})
    await client.media.upload(models.MediaUploadRequest(media=media, media_category="tweet_image"))
    assert parts_of(x.requests[0]) == {"media": ("blob", media), "segment_index": (None, b"999")}
    assert parts_of(x.requests[1]) == {"media": ("blob", media), "media_category": (None, b"tweet_image")}


@given(st.binary(max_size=300), st.text(max_size=20))
def test_any_bytes_and_text_stand_in_a_form_as_they_are(media: bytes, text: str) -> None:
    call = bind(op.MEDIA_UPLOAD, {}, {"media": media, "media_category": "tweet_gif", "additional_owners": text})
    request = httpx.Request("POST", "https://api.x.com", content=call.body, headers={"content-type": call.content_type})
    owners = text.encode()
    assert parts_of(request) == {
        "media": ("blob", media), "media_category": (None, b"tweet_gif"), "additional_owners": (None, owners),
    }  # fmt: skip


def test_a_part_of_a_form_is_bytes_text_or_json() -> None:
    fields: Mapping[str, Any] = {"media": bytearray(b"ab"), "segment_index": 0, "shared": True, "owners": ["7", "8"]}
    call = bind(op.MEDIA_APPEND_UPLOAD, {"id": "7"}, fields, validate=False)
    request = httpx.Request("POST", "https://api.x.com", content=call.body, headers={"content-type": call.content_type})
    assert parts_of(request) == {
        "media": ("blob", b"ab"), "segment_index": (None, b"0"), "shared": (None, b"true"), "owners": (None, b"8"),
    }  # fmt: skip
    assert call.body is not None
    assert call.body.count(b'name="owners"') == 2
    with pytest.raises(InvalidArgument, match=r"media\.append_upload: body: "):
        bind(op.MEDIA_APPEND_UPLOAD, {"id": "7"}, b"ab", validate=False)


@pytest.mark.parametrize("media", [b"ab", bytearray(b"ab"), memoryview(b"xabx")[1:3]])
def test_media_is_any_kind_of_bytes(media: object) -> None:
    plain = bind(op.MEDIA_APPEND_UPLOAD, {"id": "7"}, {"media": b"ab", "segment_index": 0})
    assert bind(op.MEDIA_APPEND_UPLOAD, {"id": "7"}, {"media": media, "segment_index": 0}) == plain
