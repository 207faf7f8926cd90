"""Error statuses become exceptions whose class and attributes say what happened, whatever the body looks like."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xdk_async import AsyncClient, errors, models
from xdk_async._core.bind import bind
from xdk_async._core.operation import Call
from xdk_async._core.refusal import KEPT, refusal
from xdk_async.api import operations as op

TOKEN = "SECRET-AAAA%2Ftoken%3D"
CALL = bind(op.USERS_GET_BY_ID, {"id": "7"})
JSON = {"content-type": "application/problem+json"}
RESET = {"x-rate-limit-limit": "300", "x-rate-limit-remaining": "0", "x-rate-limit-reset": "1767323045"}
AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class Refusing:
    """An X that always gives the same answer, and counts the requests."""

    def __init__(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.answer = status, headers or {}, body
        self.requests = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        status, headers, body = self.answer
        return httpx.Response(status, headers=headers, content=body)


async def refused(status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> errors.AnswerError:
    """What a public call raises."""
    client = AsyncClient(bearer_token=TOKEN, transport=httpx.MockTransport(Refusing(status, body, headers)))
    with pytest.raises(errors.AnswerError) as raised:
        await client.with_options(retries=0).users.get_by_id("7")
    return raised.value


def problem(segment: str = "", host: str = "api.x.com", **members: object) -> bytes:
    kind = {"type": f"https://{host}/2/problems/{segment}"} if segment else {}
    return json.dumps({**kind, **members}).encode()


def class_of(status: int) -> type[errors.AnswerError]:
    special = {
        401: errors.AuthenticationError, 402: errors.CreditsDepleted, 403: errors.Forbidden, 404: errors.NotFound,
        409: errors.Conflict, 429: errors.RateLimited,
    }  # fmt: skip
    by_hundred = {3: errors.AnswerError, 4: errors.BadRequest, 5: errors.ServerError}
    return special.get(status, by_hundred[status // 100])


BODIES = {
    "problem JSON": problem("invalid-request", title="Invalid Request", detail="One thing was wrong."),
    "about:blank": b'{"type":"about:blank","title":"Service Unavailable","status":503,"detail":"Service Unavailable"}',
    "legacy": b'{"errors":[{"code":88,"message":"Too much."}]}',
    "OAuth": b'{"error":"invalid_request","error_description":"Value passed for the token was invalid."}',
    "HTML": b"<!DOCTYPE html><html><body>It broke.</body></html>",
    "empty": b"",
    "truncated": b'{"title":"Unauthori',
    "list": b'["no"]',
    "number": b"5",
    "null": b"null",
    "text": b'"no"',
    "wrong types": b'{"title":{"a":[1]},"detail":[],"type":7,"status":"x","errors":{"a":1}}',
    "errors of wrong types": b'{"errors":["no",5,null,{"code":"x","message":{}}]}',
    "nested without end": b'{"errors":' + b"[" * 100_000,
    "not UTF-8": b'{"title":"\xff\xfe"}',
    "half a surrogate pair": b'{"title":"\\ud800"}',
    "NaN": b'{"title":NaN,"code":Infinity}',
    "a long number": b'{"code":' + b"9" * 5000 + b"}",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_every_error_status_has_its_class_whatever_the_body(body: bytes) -> None:
    for status in range(300, 600):
        error = refusal(CALL, status, {}, body)
        assert type(error) is class_of(status)
        assert (error.status, error.method, error.path, error.body) == (status, "GET", "/2/users/7", body[:KEPT])
        assert str(error).startswith(f"{status} GET /2/users/7: ")
        assert "\n" not in str(error)
        assert str(error).encode()
        assert ("redirects are not followed" in str(error)) == (status < 400)


@given(st.binary() | st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["title", "type", "errors"]), inner),
).map(lambda value: json.dumps(value).encode()), st.integers(300, 599))  # fmt: skip
def test_no_body_keeps_an_error_from_being_told(body: bytes, status: int) -> None:
    error = refusal(CALL, status, {}, body)
    assert (error.status, error.body) == (status, body[:KEPT])
    assert str(error).startswith(f"{status} GET /2/users/7: ")


@pytest.mark.parametrize(
    ("body", "title", "detail", "said"),
    [
        (BODIES["problem JSON"], "Invalid Request", "One thing was wrong.", "400 GET /2/users/7: One thing was wrong"),
        (BODIES["legacy"], None, "Too much.", "400 GET /2/users/7: Too much"),
        (BODIES["OAuth"], "invalid_request", "Value passed for the token was invalid.",
         "400 GET /2/users/7: Value passed for the token was invalid"),
        (BODIES["HTML"], None, None, "400 GET /2/users/7: Bad Request"),
        (BODIES["empty"], None, None, "400 GET /2/users/7: Bad Request"),
        (BODIES["list"], None, None, "400 GET /2/users/7: Bad Request"),
        (b'{"title":"Nope"}', "Nope", None, "400 GET /2/users/7: Nope"),
        (b'{"title":"Nope","errors":[{"title":"inner"}]}', "Nope", None, "400 GET /2/users/7: Nope"),
        (b'{"detail":"No.","errors":[{"title":"inner"}]}', None, "No.", "400 GET /2/users/7: No"),
        (b'{"type":"https://x/new","errors":[{"title":"inner"}]}', None, None, "400 GET /2/users/7: Bad Request"),
        (b'{"title":"Nope","errors":[{"message":"inner"}]}', "Nope", None, "400 GET /2/users/7: Nope"),
        (b'{"status":400,"errors":[{"title":"inner"}]}', "inner", None, "400 GET /2/users/7: inner"),
        (b'{"detail":" "}', None, " ", "400 GET /2/users/7: Bad Request"),
        (b'{"detail":"one\\n  two."}', None, "one\n  two.", "400 GET /2/users/7: one two"),
        (b'{"title":"Invalid Request","detail":"Invalid.","errors":[{"parameters":{"id":["x"]},"message":"id is no number"}]}',
         "Invalid Request", "Invalid: id is no number", "400 GET /2/users/7: Invalid: id is no number"),
    ],
)  # fmt: skip
async def test_the_message_is_one_sentence_of_what_and_where(
    body: bytes, title: str | None, detail: str | None, said: str
) -> None:
    error = await refused(400, body)
    assert (error.title, error.detail, str(error)) == (title, detail, said)


def test_a_message_stays_short_and_the_whole_detail_is_kept() -> None:
    error = refusal(CALL, 400, {}, json.dumps({"detail": "no " * 10_000}).encode())
    assert len(str(error)) < 600
    assert error.detail == "no " * 10_000
    assert len(error.body) == KEPT


async def test_single_errors_are_listed_each_of_its_class() -> None:
    body = json.dumps(
        {"title": "Invalid Request", "errors": [
            {"type": "https://api.twitter.com/2/problems/resource-not-found", "resource_id": 7, "value": "7"},
            {"code": "88", "message": "Rate limit exceeded"},
            "not a problem",
        ]}
    ).encode()  # fmt: skip
    error = await refused(400, body, JSON)
    found, legacy = error.problems
    assert isinstance(found, models.ResourceNotFoundProblem)
    assert (found.resource_id, found.value) == ("7", "7")
    assert (type(legacy), legacy.code, legacy.message) == (models.Problem, 88, "Rate limit exceeded")


async def test_the_status_decides_and_not_what_the_body_claims() -> None:
    error = await refused(404, problem("resource-not-found", title="Not Found Error", status=200))
    assert (type(error), error.status) == (errors.NotFound, 404)
    assert error.problem is not None
    assert error.problem.status == 200


@pytest.mark.parametrize("host", ["api.x.com", "api.twitter.com", "somewhere.else"])
async def test_a_problem_is_told_by_the_last_part_of_its_type_whatever_the_host(host: str) -> None:
    error = await refused(400, problem("invalid-request", host, title="Invalid Request"))
    assert error.type == "invalid-request"
    assert isinstance(error.problem, models.InvalidRequestProblem)


# 429 and its kinds


@pytest.mark.parametrize(
    ("status", "body", "headers", "kind", "window"),
    [
        (429, b"", RESET, errors.RateLimited, "15min"),
        (429, BODIES["legacy"], RESET, errors.RateLimited, "15min"),
        (429, problem("rate-limit-exceeded"), RESET, errors.RateLimited, "15min"),
        (429, b"", {**RESET, "x-rate-limit-remaining": "7", "x-user-limit-24hour-limit": "100",
                    "x-user-limit-24hour-remaining": "0", "x-user-limit-24hour-reset": "1767323045"},
         errors.RateLimited, "24h"),
        (429, b"", {**RESET, "x-app-limit-24hour-limit": "100", "x-app-limit-24hour-remaining": "0",
                    "x-app-limit-24hour-reset": "1767323045"}, errors.RateLimited, "24h"),
        (429, problem("usage-capped", title="UsageCapExceeded", period="Monthly", scope="Account"), RESET,
         errors.UsageCapExceeded, None),
        (429, problem("usage-capped", "api.twitter.com"), {}, errors.UsageCapExceeded, None),
        (429, b'{"title":"UsageCapExceeded","period":"Monthly"}', {}, errors.UsageCapExceeded, None),
        (403, problem("usage-capped"), {}, errors.UsageCapExceeded, None),
        (403, b'{"title":"UsageCapExceeded"}', {}, errors.UsageCapExceeded, None),
        (429, problem("streaming-connection"), {}, errors.TooManyConnections, None),
        (429, problem("streaming-connection", title="ConnectionException", connection_issue="TooManyConnections"), {},
         errors.TooManyConnections, None),
        (429, b'{"title":"ConnectionException","detail":"This stream is currently at the maximum."}', {},
         errors.TooManyConnections, None),
        (402, b'{"title":"Payment Required","detail":"credits depleted","status":402}', {},
         errors.CreditsDepleted, None),
        (403, problem("credits-depleted"), {}, errors.CreditsDepleted, None),
        (503, problem("usage-capped"), {}, errors.ServerError, None),
    ],
)  # fmt: skip
async def test_a_used_up_window_cap_or_account_is_told_apart(
    status: int, body: bytes, headers: dict[str, str], kind: type[errors.AnswerError], window: str | None
) -> None:
    error = await refused(status, body, headers)
    assert type(error) is kind
    if isinstance(error, errors.RateLimited):
        assert error.window == window


async def test_a_used_up_window_says_all_the_headers_say() -> None:
    error = await refused(429, b"", {**RESET, "Retry-After": "17", "x-transaction-id": "abc"})
    assert isinstance(error, errors.RateLimited)
    assert (error.limit, error.remaining, error.reset_at, error.window) == (300, 0, AT, "15min")
    assert (error.retry_after, error.request_id) == (17.0, "abc")
    assert str(error) == ("429 GET /2/users/7: Too Many Requests; the window of 15min opens at 2026-01-02 03:04:05 UTC")


@pytest.mark.parametrize(
    ("after", "seconds", "said"),
    [
        (None, None, "X does not say when to try again"),
        ("5", 5.0, "X asks to wait 5 s"),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0, "X asks to wait 0 s"),
        ("Wed, 99 Oct 2026 07:28:00 GMT", None, "X does not say when to try again"),
        ("-5", None, "X does not say when to try again"),
        ("9" * 5000, None, "X does not say when to try again"),
    ],
)
async def test_a_used_up_window_may_say_nothing(after: str | None, seconds: float | None, said: str) -> None:
    error = await refused(429, b"", {"retry-after": after} if after else {})
    assert isinstance(error, errors.RateLimited)
    assert (error.limit, error.remaining, error.reset_at, error.window) == (None, None, None, "15min")
    assert error.retry_after == seconds
    assert str(error).endswith(said)


async def test_a_used_up_cap_says_whose_and_which() -> None:
    body = problem("usage-capped", title="UsageCapExceeded", period="Monthly", scope="Account", account_id=7)
    error = await refused(429, body, {"x-rate-limit-remaining": "39999"})
    assert isinstance(error, errors.UsageCapExceeded)
    assert (error.period, error.scope) == ("Monthly", "Account")
    assert error.problem is not None
    assert error.problem.account_id == "7"
    assert "waiting for a window does not help" in str(error)


async def test_a_second_stream_connection_says_what_to_do() -> None:
    body = problem("streaming-connection", title="ConnectionException", connection_issue="TooManyConnections")
    error = await refused(429, body)
    assert isinstance(error, errors.TooManyConnections)
    assert error.connection_issue == "TooManyConnections"
    assert str(error) == (
        "429 GET /2/users/7: ConnectionException; another connection still counts as open; close it, or wait"
    )


async def test_a_stream_without_rules_is_a_conflict_and_not_too_many_connections() -> None:
    body = problem(
        "streaming-connection",
        title="ConnectionException",
        detail="Rules must be configured before connecting.",
        connection_issue="RuleConfigurationIssue",
    )
    error = await refused(409, body)
    assert type(error) is errors.Conflict
    assert str(error) == "409 GET /2/users/7: Rules must be configured before connecting"


# What to do about it


async def test_an_app_that_is_not_enrolled_learns_where_to_enroll() -> None:
    body = problem(
        "client-forbidden",
        title="Client Forbidden",
        detail="This app is not enrolled.",
        reason="client-not-enrolled",
        registration_url="https://developer.x.com/en/docs/projects/overview",
        required_enrollment="Appropriate Level of API Access",
    )
    error = await refused(403, body, JSON)
    assert isinstance(error, errors.Forbidden)
    assert (error.type, error.reason) == ("client-forbidden", "client-not-enrolled")
    assert error.registration_url == "https://developer.x.com/en/docs/projects/overview"
    assert error.required_enrollment == "Appropriate Level of API Access"
    assert str(error).endswith("enrolled; enroll at https://developer.x.com/en/docs/projects/overview")


@pytest.mark.parametrize(
    ("status", "headers", "said"),
    [
        (401, {}, "Unauthorized; the credential is wrong, expired, revoked, or of a kind this operation does not take"),
        (402, {}, "Payment Required; buy credits in X's developer console"),
        (403, {}, "Forbidden; an OAuth 2.0 token needs the scopes tweet.read users.read"),
        (301, {"location": "https://x.com/2"}, "Moved Permanently; redirects are not followed (to 'https://x.com/2'): "
                                               "set base_url to where X answers"),
        (302, {}, "Found; redirects are not followed (to 'nowhere'): set base_url to where X answers"),
        (599, {}, "an unknown status"),
    ],
)  # fmt: skip
async def test_the_message_says_what_to_do(status: int, headers: dict[str, str], said: str) -> None:
    assert str(await refused(status, b"", headers)) == f"{status} GET /2/users/7: {said}"


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (CALL, "Not permitted; an OAuth 2.0 token needs the scopes tweet.read users.read"),
        (bind(op.USAGE_GET, {}), "Not permitted"),  # an operation of apps: scopes do not apply
    ],
)
def test_a_refused_right_names_the_scopes_if_there_are_any(call: Call[Any], said: str) -> None:
    assert str(refusal(call, 403, {}, b'{"detail":"Not permitted."}')) == f"403 GET {call.path}: {said}"


@pytest.mark.parametrize(
    ("body", "about_rights"),
    [
        (b"", True),
        (b'{"title":"Forbidden"}', True),
        (b'{"title":"Forbidden","detail":"Forbidden."}', True),
        (b'{"detail":"You are not allowed to do this."}', True),
        (b'{"detail":"Your client is missing the scope media.write."}', True),
        (b'{"detail":"You have already liked this post."}', False),
        (b'{"detail":"You are not able to reply to this post."}', False),
        (b'{"message":"Status is a duplicate.","code":187}', False),
        (b'{"detail":"You are not allowed to create a Tweet with duplicate content."}', False),
    ],
)
def test_scopes_are_not_blamed_for_what_x_explains_otherwise(body: bytes, about_rights: bool) -> None:
    assert ("needs the scopes" in str(refusal(CALL, 403, {}, body))) is about_rights


async def test_no_token_stands_in_the_error() -> None:
    error = await refused(401, b'{"title":"Unauthorized"}', JSON)
    shown = [str(error), repr(error), repr(error.__dict__), repr(error.__cause__), repr(error.__context__)]
    assert not [text for text in shown if TOKEN in text]


@pytest.mark.parametrize("retries", [0, 1, 3])
async def test_the_error_says_which_attempt_it_was(retries: int) -> None:
    x = Refusing(429, headers={"retry-after": "0"})
    client = AsyncClient(bearer_token=TOKEN, transport=httpx.MockTransport(x)).with_options(retries=retries)
    with pytest.raises(errors.RateLimited) as raised:
        await client.posts.create(text="hi")
    assert (raised.value.attempt, x.requests) == (retries + 1, retries + 1)
    assert (raised.value.method, raised.value.path) == ("POST", "/2/tweets")


async def test_an_error_names_the_path_and_not_the_query() -> None:
    client = AsyncClient(bearer_token=TOKEN, transport=httpx.MockTransport(Refusing(400)))
    with pytest.raises(errors.BadRequest) as raised:
        await client.posts.search_recent("from:me secret")
    assert raised.value.path == "/2/tweets/search/recent"
    assert "secret" not in str(raised.value)
