"""The two sums alone, against the same sums done apart from the library, and against attackers."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.webhooks.conftest import SECRET, sign
from xdk_async import InvalidArgument
from xdk_async.webhooks import answer_challenge, is_genuine

EVENT = b'{"data":{"event_type":"post.create","event_uuid":"1"}}'


@pytest.mark.parametrize(
    "token", ["challenge_string", "MzA3NDk5NzgtZTUyNy00/+aa==", "9b4507b3-9040-4669-9ca3-6b94edb50553"]
)
def test_a_challenge_is_answered_with_the_sum_over_its_token(token: str) -> None:
    assert answer_challenge(token, SECRET) == {"response_token": sign(token.encode())}


@pytest.mark.parametrize(
    "token",
    [
        EVENT.decode(),
        " " + EVENT.decode(),
        quote(EVENT.decode()),  # still encoded: no token has a percent sign
        '["a"]',
        '"a"',
        "",
        "a b",
        "x" * 256,
        "a\n",
        "ünïcode",
        "\ufeff{}",
    ],
)
def test_what_may_be_an_event_is_never_signed(token: str) -> None:
    with pytest.raises(InvalidArgument, match="not of the shape"):
        answer_challenge(token, SECRET)


@given(st.text(alphabet="abcXYZ019_-+/=.~:", min_size=1, max_size=255))
def test_whatever_is_answered_as_a_challenge_is_refused_as_an_event(token: str) -> None:
    signature = answer_challenge(token, SECRET)["response_token"]
    assert not is_genuine(token.encode(), signature, SECRET)


@given(st.dictionaries(st.text(), st.integers() | st.text()))
def test_no_json_object_is_answered_as_a_challenge(event: dict[str, object]) -> None:
    for text in (json.dumps(event), json.dumps(event, ensure_ascii=False)):
        with pytest.raises(InvalidArgument):
            answer_challenge(text, SECRET)


def test_a_body_is_genuine_with_its_signature() -> None:
    assert is_genuine(EVENT, sign(EVENT), SECRET)
    assert is_genuine(b"\r\n " + EVENT, sign(b"\r\n " + EVENT), SECRET)


@given(st.integers(0, len(EVENT) * 8 - 1))
def test_one_flipped_bit_is_enough(place: int) -> None:
    changed = bytearray(EVENT)
    changed[place // 8] ^= 1 << place % 8
    assert not is_genuine(bytes(changed), sign(EVENT), SECRET)


@pytest.mark.parametrize(
    "signature",
    [
        None,
        "",
        "sha256=",
        "sha256=AAAA",
        "sha1=" + sign(EVENT)[7:],
        sign(EVENT)[7:],
        "SHA256=" + sign(EVENT)[7:],
        sign(EVENT) + "A",
        sign(EVENT)[:-2],
        sign(EVENT, "SECRET-other"),
        "sha256=" + "ü" * 44,
        "sha256=\x00",
    ],
)
def test_a_malformed_or_wrong_signature_is_refused_without_an_exception(signature: str | None) -> None:
    assert not is_genuine(EVENT, signature, SECRET)


def test_several_secrets_verify_while_one_is_changed() -> None:
    secrets = ["SECRET-new", "SECRET-old"]
    assert is_genuine(EVENT, sign(EVENT, "SECRET-new"), secrets)
    assert is_genuine(EVENT, sign(EVENT, "SECRET-old"), secrets)
    assert not is_genuine(EVENT, sign(EVENT, "SECRET-third"), secrets)
    assert not is_genuine(EVENT, sign(EVENT), [])
