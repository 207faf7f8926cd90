"""A stream's bytes become the same lines, however the network cuts them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xdk_async._core.frames import Frames, TooLong

# Everything that Python, or Unicode, or a terminal may take for a line end, and "\n" does not.
NEARLY_LINE_ENDS = "\u2028\u2029\x85\x0b\x0c\x1c\x1d\x1e\r é漢😀\ufeff\0"
LINES = st.lists(st.text(st.sampled_from("ab{}" + NEARLY_LINE_ENDS)).map(lambda text: text.rstrip("\r").encode()))
ENDS = st.sampled_from([b"\n", b"\r\n"])


def lines_of(chunks: Iterable[bytes], longest: int = 100_000) -> list[bytes]:
    frames = Frames(longest)
    return [line for chunk in chunks for line in frames.feed(chunk)]


def cut(text: bytes, places: Iterable[int]) -> list[bytes]:
    """`text` in pieces; a place given twice makes an empty one."""
    bounds = [0, *sorted(place % (len(text) + 1) for place in places), len(text)]
    return [text[start:end] for start, end in itertools.pairwise(bounds)]


@given(LINES, ENDS, st.lists(st.integers(min_value=0)))
def test_any_lines_in_any_chunks_come_out_as_they_are(lines: list[bytes], end: bytes, places: list[int]) -> None:
    text = b"".join(line + end for line in lines)
    assert lines_of(cut(text, places)) == lines
    assert lines_of(text[i : i + 1] for i in range(len(text))) == lines


@given(st.binary(max_size=200), st.lists(st.integers(min_value=0)))
def test_any_bytes_give_the_same_lines_and_rest_in_any_chunks(text: bytes, places: list[int]) -> None:
    whole, pieces = Frames(), Frames()
    expected = whole.feed(text)
    assert [line for chunk in cut(text, places) for line in pieces.feed(chunk)] == expected
    assert pieces.finish() == whole.finish() == text.rpartition(b"\n")[2]
    assert [line.removesuffix(b"\r") for line in text.split(b"\n")[:-1]] == expected


@given(LINES, st.integers(0, 12), st.lists(st.integers(min_value=0)))
def test_a_line_over_the_bound_is_passed_over_in_any_chunks(
    lines: list[bytes], longest: int, places: list[int]
) -> None:
    text = b"".join(line + b"\n" for line in lines)
    found = lines_of(cut(text, places), longest)
    assert [isinstance(line, TooLong) for line in found] == [len(line) > longest for line in lines]
    for line, whole in zip(found, lines, strict=True):
        assert line == whole  # so short that nothing of it is forgotten
        assert not isinstance(line, TooLong) or line.size == len(whole)


@pytest.mark.parametrize("size", [1, 1000, 4095, 4096, 4097, 100_000])
def test_of_a_line_that_is_too_long_the_beginning_is_kept(size: int) -> None:
    frames = Frames(longest=5000)
    chunk = b"x" * size
    count = 200_000 // size
    for _ in range(count):
        assert frames.feed(chunk) == []
    line, after = frames.feed(b"\nafter\n")
    assert after == b"after"
    assert isinstance(line, TooLong)
    assert line == b"x" * 4096
    assert line.size == size * count


def test_a_line_that_is_too_long_may_never_end() -> None:
    frames = Frames(longest=5)
    frames.feed(b"123456")
    rest = frames.finish()
    assert isinstance(rest, TooLong)
    assert frames.finish() == b""


def test_a_heartbeat_is_an_empty_line() -> None:
    assert lines_of([b"\r\n", b"\r", b"\n", b"\n"]) == [b"", b"", b""]


def test_a_carriage_return_inside_a_line_stays() -> None:
    assert lines_of([b"a\rb\r\r\n"]) == [b"a\rb\r"]


def test_a_line_separator_inside_a_post_ends_no_line() -> None:
    post = '{"text":"one\u2028two\u0085three"}'.encode()
    assert lines_of([post[:14], post[14:] + b"\r\n"]) == [post]


def test_what_stands_after_the_last_line_end_is_given_once() -> None:
    frames = Frames(longest=5)
    assert frames.feed(b"one\r\ntw") == [b"one"]
    assert frames.feed(b"o") == []
    assert frames.finish() == b"two"
    assert frames.finish() == b""
    assert [*frames.feed(b"three"), *frames.feed(b"\n")] == [b"three"]


def test_a_long_line_in_many_chunks_takes_time_in_proportion() -> None:
    frames = Frames()
    chunk = b"x" * 100
    for _ in range(100_000):  # if each chunk were joined to those before, this would copy 500 GB
        assert frames.feed(chunk) == []
    assert frames.feed(b"\n") == [chunk * 100_000]
