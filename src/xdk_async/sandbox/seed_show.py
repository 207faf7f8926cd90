"""Spaces, Communities, broadcasts, notes and news of the sandbox."""

from __future__ import annotations

import random

from xdk_async.sandbox import words
from xdk_async.sandbox.clock import DAY, HOUR, MINUTE, Clock
from xdk_async.sandbox.compose import code
from xdk_async.sandbox.record_show import (
    Broadcast,
    BroadcastMessage,
    BroadcastState,
    Community,
    News,
    Note,
    Space,
    SpaceState,
    Topic,
)
from xdk_async.sandbox.snowflake import snowflake
from xdk_async.sandbox.store import Store


def show(rng: random.Random, store: Store, clock: Clock) -> None:
    """Fill in what people come together for; posts and users are there."""
    now = clock.ms()
    for number, topic in enumerate(words.TOPICS):
        id = str(848920371311001600 + number)
        store.topics[id] = Topic(id, topic.name, f"All about {topic.name.lower()}")
    _spaces(rng, store, now)
    _communities(rng, store, now)
    _broadcasts(rng, store, now)
    _notes(store, now)
    _news(rng, store, now)


def _spaces(rng: random.Random, store: Store, now: int) -> None:
    me, *others = store.users
    states: tuple[SpaceState, ...] = ("live", "scheduled", "ended", "live", "scheduled")
    for number, state in enumerate(states):
        topic = words.TOPICS[number % len(words.TOPICS)]
        created = now - (number + 2) * HOUR
        creator, *guests = (me if number == 0 else rng.choice(others), *rng.sample(others, 5))
        space = Space(
            id=code(f"space {number}", 13),
            creator_id=creator,
            created_ms=created,
            updated_ms=created + MINUTE,
            title=f"{topic.name} hour",
            state=state,
            host_ids=[creator],
            speaker_ids=[creator, *guests[:2]],
            invited_user_ids=guests[2:],
            buyer_ids=guests[:3] if number == 0 else [],
            topic_ids=[[*store.topics][number % len(store.topics)]],
            participants=0 if state == "scheduled" else rng.randrange(5, 500),
            subscribers=rng.randrange(50),
            ticketed=number == 0,
        )
        if state == "scheduled":
            space.scheduled_ms = now + (number + 1) * HOUR
        else:
            space.started_ms = created + MINUTE
        space.ended_ms = created + HOUR if state == "ended" else None
        store.spaces[space.id] = space


def _communities(rng: random.Random, store: Store, now: int) -> None:
    me, *others = store.users
    for number, topic in enumerate(words.TOPICS):
        created = now - (number + 1) * 40 * DAY
        id = str(snowflake(created, number))
        closed = number == 1
        community = Community(id, f"{topic.name} people", f"For all who like {topic.name.lower()}", created)
        community.access = "Closed" if closed else "Public"
        store.communities[id] = community
        for user_id in (*((me,) if number < 2 else ()), *rng.sample(others, 12)):
            store.joined.add(id, user_id)


def _broadcasts(rng: random.Random, store: Store, now: int) -> None:
    me = next(iter(store.users))
    states: tuple[BroadcastState, ...] = ("Running", "Ended", "NotStarted")
    for number, state in enumerate(states):
        start = now + (DAY if state == "NotStarted" else -(number + 1) * HOUR)
        broadcast = Broadcast(
            id=code(f"seeded broadcast {number}", 13),
            scheduled_id=code(f"seeded schedule {number}", 13),
            owner_id=me,
            title=f"Live from the desk, part {number + 1}",
            source_id=f"source-{number}",
            created_ms=now - 2 * DAY,
            updated_ms=now - 2 * DAY,
            start_ms=start,
            end_ms=start + HOUR,
            state=state,
            locale="en",
            watched=0 if state == "NotStarted" else rng.randrange(900),
            watching=rng.randrange(90) if state == "Running" else 0,
        )
        if state != "NotStarted":
            broadcast.started_ms = start
        broadcast.ended_ms = start + HOUR if state == "Ended" else None
        store.broadcasts[broadcast.id] = broadcast
        for each in range(4 if state != "NotStarted" else 0):
            id = str(snowflake(start + each * MINUTE, number))
            text = rng.choice(words.ANSWER)
            writer = rng.choice([*store.users])
            store.broadcast_messages[id] = BroadcastMessage(id, broadcast.id, writer, start + each * MINUTE, text)


def _notes(store: Store, now: int) -> None:
    me = next(iter(store.users))
    seen = [post for post in store.posts.values() if post.author_id != me and not post.references]
    for number, post in enumerate(seen[:2]):
        ms = now - (number + 1) * HOUR
        id = str(snowflake(ms, number))
        text = f"The numbers are older than that: https://example.org/articles/{number}"
        tags = ["outdated_information"]
        store.notes[id] = Note(id, me, post.id, text, "misinformed_or_potentially_misleading", tags, True, ms)


def _news(rng: random.Random, store: Store, now: int) -> None:
    for number, topic in enumerate(words.TOPICS):
        about = [post for post in store.posts.values() if post.topic == topic.name and not post.refers("retweeted")]
        ms = now - (number + 1) * 3 * HOUR
        id = str(snowflake(ms, number))
        people = [store.users[post.author_id].name for post in about[-2:]]
        store.news[id] = News(
            id=id,
            name=f"{topic.name} is what people talk about",
            category="Lifestyle" if number else "Technology",
            hook=f"{len(about)} posts, and counting",
            summary=f"{topic.name}: {rng.choice(topic.said)}. {len(about)} posts of the last days agree, or do not.",
            updated_ms=ms,
            topic=topic.name,
            keywords=[*topic.tags],
            post_ids=[post.id for post in about[-8:]],
            people=people,
        )
