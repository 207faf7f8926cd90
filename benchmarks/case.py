"""The cases: which workload, with which number, for whom. A group shares its processes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from benchmarks import start, workload
from benchmarks.workload import Workload

EVERYONE = (
    "floor", "xdk-async", "xdk-async, uvloop", "xdk-async over httpx", "aiohttp", "httpx", "tweepy",
    "tweepy, session kept", "xdk",
)  # fmt: skip
SDKS = ("xdk-async", "tweepy", "xdk")
LIBRARIES = ("floor", *SDKS)
STREAMS = ("floor", "xdk-async", "xdk-async, uvloop", "aiohttp", "httpx", "tweepy", "xdk")
Quantity = Literal["cpu", "wall", "p50_us", "p99_us", "held_kb", "user_kb", "core_percent", "grown_mb", "mb"]


@dataclass(frozen=True)
class Case:
    """One row group of the table."""

    name: str
    does: Workload | Mapping[str, str]  # what a peer does, or the program that it is, by its name
    at: int = 1
    quick_at: int | None = None  # where a quick run does with less
    peers: tuple[str, ...] = ()  # those of the group, if empty
    quantities: tuple[Quantity, ...] = ("cpu",)
    token: str = "plain"  # says what the server does; `{at}` is the number

    def number(self, quick: bool) -> int:
        """The number that goes to the workload."""
        return self.at if not quick or self.quick_at is None else self.quick_at


@dataclass(frozen=True)
class Group:
    """Cases that one process of each peer goes through, taking turns case by case."""

    name: str
    title: str
    peers: tuple[str, ...]
    cases: tuple[Case, ...]
    tls: bool = False
    rounds: int = 5
    quick_rounds: int = 3
    growth: str = ""  # what grows from case to case: drawn as a curve


GROUPS: tuple[Group, ...] = (
    Group("requests", "Calls", EVERYONE, (
        Case("small@1", workload.small, 1),
        Case("small@32", workload.small, 32),
        Case("small@256", workload.small, 256),
        Case("burst of 1000", workload.at_once, 1000),
        Case("page@1", workload.page, 1),
        Case("page@32", workload.page, 32),
        Case("create@32", workload.create, 32),
        Case("signed@32", workload.signed, 32, peers=LIBRARIES),
    )),
    Group("tls", "Calls over TLS", EVERYONE, (
        Case("TLS small@1", workload.small, 1),
        Case("TLS small@32", workload.small, 32),
        Case("TLS page@8", workload.page, 8),
    ), tls=True),
    Group("ways", "Other ways to the server", ("xdk-async", "xdk-async through a proxy"), (
        Case("small@32, no TLS", workload.small, 32),
    ), rounds=3),
    Group("http2", "HTTP/2", ("xdk-async", "xdk-async, HTTP/2"), (
        Case("small@1, HTTP/2", workload.small, 1),
        Case("small@32, HTTP/2", workload.small, 32),
    ), tls=True, rounds=3),
    Group("decode", "Decoding a page of 100 posts", LIBRARIES, (
        Case("decode", workload.decode, 1),
        Case("held pages", workload.held, 200, 60, quantities=("cpu", "held_kb")),
    )),
    Group("sign", "An OAuth 1.0a signature", (*LIBRARIES, "authlib"), (
        Case("sign, short address", workload.sign, 0),
        Case("sign, long address", workload.sign, 1),
    )),
    Group("stream", "The filtered stream", STREAMS, (
        Case("stream, a post a chunk", workload.stream, 20_000, 5_000, token="each-{at}"),
        Case("stream, 16 KB chunks", workload.stream, 20_000, 5_000, token="block-{at}"),
        Case("latency at 333 posts/s", workload.latency, 2_000, 500, token="rate-333-{at}",
             quantities=("p50_us", "p99_us", "cpu")),
    ), rounds=5),
    Group("start", "From nothing to the first call", (*SDKS, "httpx", "aiohttp"), (
        Case("import", start.IMPORTED, quantities=("cpu", "wall")),
        Case("client ready", start.READY, peers=SDKS, quantities=("cpu", "wall")),
        Case("first call", start.CALLED, peers=SDKS, quantities=("cpu", "wall")),
        Case("sign-in", start.SIGNED_IN, peers=SDKS, quantities=("cpu", "wall")),
    ), rounds=7, quick_rounds=3),
    Group("users", "One more user", ("xdk-async", "tweepy", "xdk", "httpx"), (
        Case("one more user", workload.users, 1000, 200, quantities=("cpu", "user_kb")),
    )),
    Group("pages", "200 pages from a server that takes 20 ms", SDKS, (
        Case("collect 200 pages", workload.collect, 200, 40, quantities=("cpu", "wall", "grown_mb", "mb"), token="delay-20"),
        Case("pages, 10 ms of work each", workload.worked_on, 100, 30, quantities=("wall",), token="delay-20"),
        Case("… and one ahead", workload.worked_on_ahead, 100, 30, quantities=("wall",), token="delay-20", peers=("xdk-async",)),
    ), rounds=2, quick_rounds=1),
    Group("follow", "A thousand posts a second", SDKS, (
        Case("1,000 posts/s", workload.follow, 60_000, 5_000, token="rate-1000-{at}",
             quantities=("core_percent", "cpu", "grown_mb", "mb")),
    ), rounds=1, quick_rounds=1),
    Group("connections", "Cost of a call beside idle connections", ("floor", "xdk-async", "aiohttp", "httpx"), tuple(
        Case(f"{count} idle", workload.connections, count) for count in (1, 10, 30, 100, 300)
    ), rounds=3, growth="idle connections"),
)  # fmt: skip
