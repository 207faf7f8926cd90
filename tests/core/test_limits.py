"""What the rate-limit headers of an answer say."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xdk_async import AsyncClient
from xdk_async._core.limits import NOTHING, RateLimit, Said, Told, rate_limit, rate_limits, retry_after, said

RESET = 1_767_323_045
AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def headers(prefix: str, limit: object = None, remaining: object = None, reset: object = None) -> dict[str, str]:
    given = {"limit": limit, "remaining": remaining, "reset": reset}
    return {f"{prefix}-{name}": str(value) for name, value in given.items() if value is not None}


WINDOW = headers("x-rate-limit", 300, 299, RESET)
USED_WINDOW = headers("x-rate-limit", 300, 0, RESET)
USER_DAY = headers("x-user-limit-24hour", 100, 99, RESET)
USED_USER_DAY = headers("x-user-limit-24hour", 100, 0, RESET)
APP_DAY = headers("x-app-limit-24hour", 1000, 999, RESET)
USED_APP_DAY = headers("x-app-limit-24hour", 1000, 0, RESET)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({}, None),
        ({"content-type": "application/json"}, None),
        (WINDOW, RateLimit(300, 299, AT, "15min")),
        (USER_DAY, RateLimit(100, 99, AT, "24h")),
        (WINDOW | USER_DAY | APP_DAY, RateLimit(300, 299, AT, "15min")),
        (WINDOW | USED_USER_DAY | APP_DAY, RateLimit(100, 0, AT, "24h")),
        (WINDOW | USER_DAY | USED_APP_DAY, RateLimit(1000, 0, AT, "24h")),
        (USED_WINDOW | USER_DAY | APP_DAY, RateLimit(300, 0, AT, "15min")),
        (USED_WINDOW | USED_USER_DAY, RateLimit(100, 0, AT, "24h")),
        (headers("x-rate-limit", remaining=7), RateLimit(None, 7, None, "15min")),
        (headers("x-rate-limit", reset=RESET), RateLimit(None, None, AT, "15min")),
    ],
)
def test_the_window_that_matters_is_the_used_up_one(told: dict[str, str], expected: RateLimit | None) -> None:
    assert rate_limit(told) == expected


def test_every_window_that_is_told_of_is_found() -> None:
    assert [each.limit for each in rate_limits(WINDOW | USER_DAY | APP_DAY)] == [300, 100, 1000]


@pytest.mark.parametrize(
    ("reset", "expected"),
    [
        ("0", datetime(1970, 1, 1, tzinfo=UTC)),
        ("-1", None),
        ("1767323045000", None),  # milliseconds: the year 57974
        ("99999999999999999999999", None),
        ("9" * 5000, None),
        ("soon", None),
        ("1e9", None),
        ("", None),
    ],
)
def test_an_absurd_reset_is_no_time(reset: str, expected: datetime | None) -> None:
    found = rate_limit({"x-rate-limit-limit": "300", "x-rate-limit-reset": reset})
    assert found is not None
    assert (found.limit, found.reset_at) == (300, expected)


@given(
    st.dictionaries(st.sampled_from([*USED_WINDOW, *USED_USER_DAY, *USED_APP_DAY]), st.text() | st.integers().map(str))
)
def test_no_header_can_make_it_fail_and_every_time_is_aware(told: dict[str, str]) -> None:
    for each in rate_limits(told):
        assert each.reset_at is None or each.reset_at.tzinfo is UTC


async def test_an_answer_and_a_page_tell_their_window() -> None:
    def x(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(
            200, json={"data": {"id": "7"}}, headers={"X-Rate-Limit-Remaining": "0", "x-transaction-id": "abc"}
        )

    client = AsyncClient(bearer_token="x", transport=httpx.MockTransport(x))
    answer = await client.users.get_by_id("7")
    assert answer.rate_limit == RateLimit(None, 0, None, "15min")
    assert answer.request_id == "abc"
    page = await client.posts.search_recent("cats")
    assert page.rate_limit == answer.rate_limit


# Raw headers, for those who keep the windows

NOW = 1_700_006_400.0  # 2023-11-15 00:00:00
LATER = "Wed, 15 Nov 2023 00:00:10 GMT"


def raw(told: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode("latin-1")) for name, value in told.items()]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({}, NOTHING),
        ({"content-type": "text/html", "date": LATER}, NOTHING),
        (WINDOW, Said((Told(300, 299, RESET), None, None))),
        ({name.title(): value for name, value in WINDOW.items()}, Said((Told(300, 299, RESET), None, None))),
        (WINDOW | APP_DAY, Said((Told(300, 299, RESET), None, Told(1000, 999, RESET)))),
        (USED_USER_DAY, Said((None, Told(100, 0, RESET), None))),
        ({"x-rate-limit-reset": "soon"}, Said((Told(None, None, None), None, None))),
        ({"retry-after": "7"}, Said(retry_after=7.0)),
        ({"Retry-After": LATER}, Said(retry_after=10.0)),
        ({"retry-after": LATER, "date": "Wed, 15 Nov 2023 00:00:04 GMT"}, Said(retry_after=6.0, date=NOW + 4)),
        ({"retry-after": "Wed, 15 Nov 1990 00:00:00 GMT"}, Said(retry_after=0.0)),
        ({"retry-after": "\xe9"}, Said()),
        ({"x-rate-limit-remaining": "1", "date": "nonsense"}, Said((Told(None, 1, None), None, None))),
    ],
)
def test_one_pass_over_raw_headers_tells_it_all(told: dict[str, str], expected: Said) -> None:
    assert said(raw(told), NOW) == expected
    assert said(raw(told), NOW) == expected  # names that were met before are known


def test_a_date_to_wait_for_needs_a_clock() -> None:
    assert retry_after({"retry-after": LATER}) is None
    assert retry_after({"retry-after": LATER}, NOW) == 10.0
    assert retry_after({}) is None


@given(
    st.lists(
        st.tuples(
            st.binary(max_size=30) | st.sampled_from([b"Date", b"Retry-After", b"X-Rate-Limit-Reset"]),
            st.binary(max_size=40),
        )
    )
)
def test_no_raw_header_can_make_it_fail(headers: list[tuple[bytes, bytes]]) -> None:
    found = said(headers, NOW)
    assert found.retry_after is None or found.retry_after >= 0
