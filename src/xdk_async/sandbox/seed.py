"""The people of the sandbox, whom they follow and which Lists they keep: the same for every run with the same seed."""

from __future__ import annotations

import random
import unicodedata

from xdk_async.sandbox import words
from xdk_async.sandbox.author import Author
from xdk_async.sandbox.clock import DAY, MINUTE, Clock
from xdk_async.sandbox.record import Like, List, User
from xdk_async.sandbox.seed_show import show
from xdk_async.sandbox.seed_talk import talk
from xdk_async.sandbox.snowflake import snowflake
from xdk_async.sandbox.store import Store

FIRST_ACCOUNT_MS = 1_325_376_000_000  # 2012-01-01
POSTS = 500
DAYS = 6
ORGANIZATION = 5  # which of the users the others are affiliated with


def seeded(seed: int, clock: Clock) -> Store:
    """A store full of life, the first of its users being the one that is signed in."""
    rng = random.Random(seed)
    store = empty()
    _users(rng, store)
    _follows(rng, store)
    _posts(rng, store, clock)
    _liked(rng, store)
    _lists(rng, store, clock)
    _pinned(rng, store)
    # Numbers of their own: what is added to one part of the world changes no other.
    talk(random.Random(f"{seed} talk"), store, clock)
    show(random.Random(f"{seed} show"), store, clock)
    return store


def empty() -> Store:
    """A store with nobody but the user that is signed in."""
    store = Store()
    _me(store)
    for place in words.PLACES:
        store.places[place.id] = place
    return store


def _me(store: Store) -> None:
    store.add_user(
        User(
            id=str(snowflake(FIRST_ACCOUNT_MS)),
            username="sandbox",
            name="Sandbox User",
            created_ms=FIRST_ACCOUNT_MS,
            description="Signed in here. Tries things out.",
            location="localhost",
            verified_type="blue",
            subscription_type="Premium",
        )
    )


def _users(rng: random.Random, store: Store) -> None:
    trades = [rng.choice(words.TRADE) for _ in words.FIRST]
    for number, (first, trade) in enumerate(zip(words.FIRST, trades, strict=True), start=1):
        store.add_user(_user(rng, number, first, trade))
    organization = [*store.users.values()][ORGANIZATION]
    organization.verified_type = "business"
    for user in rng.sample([*store.users.values()][ORGANIZATION + 1 :], 4):
        user.affiliation_id = organization.id


def _user(rng: random.Random, number: int, first: str, trade: str) -> User:
    created_ms = FIRST_ACCOUNT_MS + number * 90 * DAY + rng.randrange(DAY)
    ascii_name = unicodedata.normalize("NFKD", first).encode("ascii", "ignore").decode()
    topic = rng.choice(words.TOPICS)
    return User(
        id=str(snowflake(created_ms)),
        username=f"{ascii_name.lower()}_{trade}",
        name=f"{first} {rng.choice(words.SECOND)}",
        created_ms=created_ms,
        description=f"{first} {trade}, mostly. #{topic.tags[0]}",
        location=rng.choice(words.TOWN),
        url=f"https://{ascii_name.lower()}.example.com" if rng.random() < 0.6 else "",
        protected=number == len(words.FIRST),
        verified_type="blue" if rng.random() < 0.3 else "none",
        parody=rng.random() < 0.05,
    )


def _follows(rng: random.Random, store: Store) -> None:
    everyone = [*store.users]
    for number, id in enumerate(everyone):
        others = [each for each in everyone if each != id]
        for other in rng.sample(others, 14 if number == 0 else rng.randint(4, 12)):
            store.follows.add(id, other)
    for id in rng.sample(everyone[1:], 16):
        store.follows.add(id, everyone[0])


def _posts(rng: random.Random, store: Store, clock: Clock) -> None:
    author = Author(store, rng)
    span = DAYS * DAY - 2 * MINUTE
    for ago in sorted((rng.randrange(span) for _ in range(POSTS)), reverse=True):
        store.add_post(author.post(clock.ms() - MINUTE - ago))


def _liked(rng: random.Random, store: Store) -> None:
    users = [*store.users]
    for post in store.posts.values():
        if post.refers("retweeted"):
            continue
        for user_id in rng.sample(users, min(int(rng.expovariate(0.25)), len(users))):
            store.add_like(Like(f"{user_id}_{post.id}", post.ms + MINUTE, user_id, post.id))
        if rng.random() < 0.1:
            store.bookmarks.add(rng.choice(users), post.id)
    for post in rng.sample([*store.posts.values()], 12):
        store.bookmarks.add(users[0], post.id)


def _lists(rng: random.Random, store: Store, clock: Clock) -> None:
    users = [*store.users]
    kept = (("Python people", users[0], False), ("Quiet ones", users[0], True), ("Early birds", users[3], False))
    for number, (name, owner_id, private) in enumerate(kept):
        created_ms = clock.ms() - (30 - number) * DAY
        made = List(str(snowflake(created_ms)), name, owner_id, created_ms, f"{name}, collected by hand", private)
        store.lists[made.id] = made
        for user_id in rng.sample(users[1:], 6 + 2 * number):
            store.members.add(made.id, user_id)
            if not private:
                store.list_followers.add(made.id, user_id)
    for made in store.lists.values():
        store.pinned_lists.add(users[0], made.id)
        if made.owner_id != users[0]:
            store.list_followers.add(made.id, users[0])
            store.members.add(made.id, users[0])


def _pinned(rng: random.Random, store: Store) -> None:
    for number, user in enumerate(store.users.values()):
        own = [post.id for post in store.posts_by(user.id) if not post.refers("retweeted")]
        if own and (number == 0 or rng.random() < 0.5):
            user.pinned_post_id = rng.choice(own)
