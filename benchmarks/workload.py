"""What is measured. Each function does it with one peer, once, and gives a `Sample`."""

from __future__ import annotations

import asyncio
import statistics
import time
import tracemalloc
from collections.abc import Awaitable, Callable

from benchmarks import content
from benchmarks.measure import Meter, Sample, burst, called, repeated, resident
from benchmarks.peer import Peer

LONG_URL = "https://api.x.com/2/tweets/search/recent?" + "&".join(
    f"{name}={value}"
    for name, value in (
        ("query", "%28python%20OR%20asyncio%20OR%20msgspec%29%20lang%3Aen%20-is%3Aretweet%20has%3Amedia"),
        ("max_results", "100"),
        ("tweet.fields", "%2C".join(content.POST_FIELDS)),
        ("user.fields", "%2C".join(content.USER_FIELDS)),
        ("media.fields", "%2C".join(content.MEDIA_FIELDS)),
        ("expansions", "%2C".join(content.EXPANSIONS)),
    )
)
Workload = Callable[[Peer, int, float], Awaitable[Sample]]
"""Gets the peer, a number that the case gives (of calls at once, posts, pages, …), and seconds of CPU to spend about."""


async def small(peer: Peer, at_once: int, seconds: float) -> Sample:
    """`GET /2/users/me`."""
    return await called(peer.small, at_once, seconds)


async def page(peer: Peer, at_once: int, seconds: float) -> Sample:
    """A page of 100 posts."""
    return await called(peer.page, at_once, seconds)


async def create(peer: Peer, at_once: int, seconds: float) -> Sample:
    """`POST /2/tweets`."""
    return await called(peer.create, at_once, seconds)


async def signed(peer: Peer, at_once: int, seconds: float) -> Sample:
    """`GET /2/users/me`, OAuth 1.0a."""
    return await called(peer.signed, at_once, seconds)


async def at_once(peer: Peer, count: int, seconds: float) -> Sample:
    """A thousand calls begun at the same moment, after as many before it."""
    await burst(peer.small, count)
    with Meter() as meter:
        await burst(peer.small, count)
    return meter.sample(count)


async def decode(peer: Peer, pages: int, seconds: float) -> Sample:
    """The body of a page, made what users get."""
    bodies = [content.page(number) for number in range(8)]
    for body in bodies:
        peer.decode(body)
    rounds = 0
    with Meter() as meter:
        ends = time.process_time() + seconds
        while time.process_time() < ends:
            for body in bodies:
                peer.decode(body)
            rounds += 1
    return meter.sample(rounds * len(bodies))


async def held(peer: Peer, pages: int, seconds: float) -> Sample:
    """Pages decoded and kept: CPU and memory of each."""
    bodies = [content.page(number) for number in range(pages)]
    first = peer.decode(bodies[0])
    before = resident()
    with Meter() as meter:
        kept = [peer.decode(body) for body in bodies]
    sample = meter.sample(pages, held_kb=(resident() - before) / pages)
    del kept, first
    return sample


async def sign(peer: Peer, kind: int, seconds: float) -> Sample:
    """An OAuth 1.0a signature: 0 for a short address, 1 for one with 700 bytes of query."""
    url = LONG_URL if kind else "https://api.x.com/2/users/me"
    for _ in range(200):
        peer.sign(url)
    count = 0
    with Meter() as meter:
        ends = time.process_time() + seconds
        while time.process_time() < ends:
            for _ in range(100):
                peer.sign(url)
            count += 100
    return meter.sample(count)


async def users(peer: Peer, count: int, seconds: float) -> Sample:
    """What one more user costs."""
    kept: list[object] = [peer.another_user() for _ in range(20)]
    with Meter() as meter:
        kept += [peer.another_user() for _ in range(count)]
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    kept += [peer.another_user() for _ in range(count)]
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return meter.sample(count, user_kb=(after - before) / 1024 / count)


async def stream(peer: Peer, count: int, seconds: float) -> Sample:
    """Posts as fast as they can be taken; the first tenth warms up."""
    warm, seen = count // 10, 0
    started, cpu = 0.0, 0.0

    def note(_: str) -> None:
        nonlocal seen, started, cpu
        seen += 1
        if seen == warm:
            started, cpu = time.perf_counter(), time.process_time()

    await peer.follow(count, note)
    left = count - warm
    wall, used = time.perf_counter() - started, time.process_time() - cpu
    return Sample(used * 1e6 / left, wall * 1e6 / left)


async def latency(peer: Peer, count: int, seconds: float) -> Sample:
    """From the server's write to the consumer, at a modest rate."""
    took: list[int] = []

    def note(text: str) -> None:
        took.append(time.monotonic_ns() - content.sent_at(text))

    with Meter() as meter:
        await peer.follow(count, note)
    took = sorted(took[count // 10 :])
    return meter.sample(count, p50_us=statistics.median(took) / 1e3, p99_us=took[len(took) * 99 // 100] / 1e3)


async def follow(peer: Peer, count: int, seconds: float) -> Sample:
    """A thousand posts a second, which a program counts and lets go."""
    before = resident()
    with Meter() as meter:
        await peer.follow(count, lambda _: None)
    return meter.sample(
        count, core_percent=100 * meter.cpu / meter.wall, grown_mb=(resident() - before) / 1024, mb=resident() / 1024
    )


async def collect(peer: Peer, pages: int, seconds: float) -> Sample:
    """Pages one after the other from a server that takes 20 ms for each, kept."""
    before = resident()
    with Meter() as meter:
        kept = await peer.collect(pages, 0.0, False)
    assert len(kept) == pages
    return meter.sample(pages, seconds=meter.wall, grown_mb=(resident() - before) / 1024, mb=resident() / 1024)


async def worked_on(peer: Peer, pages: int, seconds: float) -> Sample:
    """The same with a consumer that is busy elsewhere for 10 ms after each page."""
    await peer.collect(3, 0.0, False)
    with Meter() as meter:
        await peer.collect(pages, 0.01, False)
    return meter.sample(pages)


async def worked_on_ahead(peer: Peer, pages: int, seconds: float) -> Sample:
    """And with the next page on its way meanwhile, where the client can do that."""
    await peer.collect(3, 0.0, True)
    with Meter() as meter:
        await peer.collect(pages, 0.01, True)
    return meter.sample(pages)


async def connections(peer: Peer, count: int, seconds: float) -> Sample:
    """One call after the other, while so many idle connections are in the pool."""
    await burst(peer.small, count)
    await asyncio.sleep(0)
    await repeated(peer.small, 1, 20)
    with Meter() as meter:
        await repeated(peer.small, 1, 200)
    return meter.sample(200)
