"""The operators of search queries and filter rules: what each takes, whether it can stand alone, and what it finds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

from xdk_async.sandbox.record import Post, Reference, User
from xdk_async.sandbox.store import Store

Test: TypeAlias = Callable[[Store, Post, str], bool]
WORD = re.compile(r"\w+")
ANY = re.compile(r".+", re.DOTALL)
ID = re.compile(r"[0-9]{1,19}")
USER = re.compile(r"@?[A-Za-z0-9_]{1,19}")
RANGE = re.compile(r"(?P<low>[0-9]+)(?:\.\.(?P<high>[0-9]+))?")
TOPIC = re.compile(r"(?:[0-9]+|\*)\.(?:[0-9]+|\*)")
COUNTRY = re.compile(r"[A-Za-z]{2}")
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z]+)?")


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator. X answers no query that consists of operators which cannot stand alone."""

    test: Test  # is given the value in lower case
    takes: re.Pattern[str] = ANY
    alone: bool = True
    says: str = "any text"  # what it takes, in words


@lru_cache(maxsize=50_000)
def words(text: str) -> tuple[str, ...]:
    """The words of a text, in lower case."""
    return tuple(WORD.findall(text.casefold()))


def _occurs(text: str, value: str) -> bool:
    """Whole words, one after the other; what has no letters (an emoji) is found anywhere."""
    wanted = words(value)
    if not wanted:
        return value in text
    there = words(text)
    if wanted[0] not in there:
        return False
    return any(there[place : place + len(wanted)] == wanted for place in range(len(there) - len(wanted) + 1))


def _says(_: Store, post: Post, value: str) -> bool:
    return _occurs(post.note or post.text, value)


def _is_user(user: User | None, value: str) -> bool:
    value = value.removeprefix("@")
    return user is not None and value in (user.id, user.username.casefold())


def _to(store: Store, post: Post, value: str) -> bool:
    return _is_user(store.users.get(post.in_reply_to_user_id or ""), value)


def _retweets_of(store: Store, post: Post, value: str) -> bool:
    original = store.posts.get(post.refers("retweeted") or "")
    return original is not None and _is_user(store.users[original.author_id], value)


def found(post: Post, kind: str) -> list[dict[str, Any]]:
    """The entities of a post, those of the whole text where it had to be cut."""
    return (post.note_entities or post.entities).get(kind, [])


def _entity(kind: str, member: str) -> Test:
    return lambda _, post, value: any(each[member].casefold() == value for each in found(post, kind))


def _url(_: Store, post: Post, value: str) -> bool:
    places = ("url", "expanded_url", "unwound_url")
    return any(_occurs(each.get(place, ""), value) for each in found(post, "urls") for place in places)


def _of_link(member: str) -> Test:
    return lambda _, post, value: any(_occurs(each.get(member, ""), value) for each in found(post, "urls"))


def _refers(kind: Reference) -> Test:
    return lambda _, post, value: post.refers(kind) == value


def topic_id(topic: str) -> str:
    """The number that stands for a topic in context annotations."""
    return str(sum(topic.encode()))


def _context(_: Store, post: Post, value: str) -> bool:
    domain, _dot, entity = value.partition(".")
    return post.topic is not None and domain in ("*", "131") and entity in ("*", topic_id(post.topic))


def _list(store: Store, post: Post, value: str) -> bool:
    made = store.lists.get(value)
    return made is not None and not made.private and store.members.has(value, post.author_id)


def _place(store: Store, post: Post, value: str) -> bool:
    place = store.places.get(post.place_id or "")
    return place is not None and value in (place.id, place.name.casefold(), place.full_name.casefold())


def _place_country(store: Store, post: Post, value: str) -> bool:
    place = store.places.get(post.place_id or "")
    return place is not None and place.country_code.casefold() == value


def _of_author(member: str) -> Test:
    return lambda store, post, value: _occurs(getattr(store.users[post.author_id], member), value)


def _count(counted: Callable[[Store, str], int]) -> Test:
    def within(store: Store, post: Post, value: str) -> bool:
        match = RANGE.fullmatch(value)
        assert match is not None
        low, high = int(match["low"]), match["high"]
        return low <= counted(store, post.author_id) and (high is None or counted(store, post.author_id) <= int(high))

    return within


def _has(store: Store, post: Post, value: str) -> bool:
    if value in ("links", "mentions", "hashtags", "cashtags"):
        return bool(found(post, "urls" if value == "links" else value))
    if value == "geo":
        return post.place_id is not None
    kinds = {store.media[key].type for key in post.media_keys if key in store.media}
    return bool(kinds & MEDIA[value])


def _is(store: Store, post: Post, value: str) -> bool:
    if value == "verified":
        return store.users[post.author_id].verified_type != "none"
    return value != "nullcast" and any(IS[value] == kind for kind, _ in post.references)


def _either(names: Iterator[str]) -> re.Pattern[str]:
    return re.compile("|".join(names), re.IGNORECASE)


IS = {"reply": "replied_to", "retweet": "retweeted", "quote": "quoted"}
MEDIA = {
    "media": {"photo", "video", "animated_gif"},
    "images": {"photo"},
    "videos": {"video"},
    "video_link": {"video"},
}
ENTITIES = ("links", "mentions", "hashtags", "cashtags", "geo")
OPERATORS: Mapping[str, Operator] = {
    "word": Operator(_says),
    "phrase": Operator(_says),
    "#": Operator(_entity("hashtags", "tag")),
    "$": Operator(_entity("cashtags", "tag"), re.compile(r"[A-Za-z][A-Za-z_.]*"), says="a symbol of letters"),
    "@": Operator(_entity("mentions", "username"), USER, says="a handle"),
    "from": Operator(
        lambda store, post, value: _is_user(store.users[post.author_id], value), USER, says="a handle or a user id"
    ),
    "to": Operator(_to, USER, says="a handle or a user id"),
    "retweets_of": Operator(_retweets_of, USER, says="a handle or a user id"),
    "url": Operator(_url),
    "url_title": Operator(_of_link("title")),
    "url_description": Operator(_of_link("description")),
    "conversation_id": Operator(lambda _, post, value: post.conversation_id == value, ID, says="a post id"),
    "in_reply_to_tweet_id": Operator(_refers("replied_to"), ID, says="a post id"),
    "retweets_of_tweet_id": Operator(_refers("retweeted"), ID, says="a post id"),
    "quotes_of_tweet_id": Operator(_refers("quoted"), ID, says="a post id"),
    "context": Operator(_context, TOPIC, says="a domain id and an entity id, such as 131.626, or * for any"),
    "entity": Operator(lambda _, post, value: post.topic is not None and post.topic.casefold() == value),
    "list": Operator(_list, ID, says="a List id"),
    "place": Operator(_place),
    "place_country": Operator(_place_country, COUNTRY, says="a country code of two letters"),
    "bio": Operator(_of_author("description"), alone=False),
    "bio_name": Operator(_of_author("name"), alone=False),
    "bio_location": Operator(_of_author("location"), alone=False),
    "followers_count": Operator(
        _count(lambda store, user_id: store.follows.count_to(user_id)), RANGE, alone=False, says="5 or 5..10"
    ),
    "following_count": Operator(
        _count(lambda store, user_id: store.follows.count_of(user_id)), RANGE, alone=False, says="5 or 5..10"
    ),
    "tweets_count": Operator(_count(Store.count_posts_by), RANGE, alone=False, says="5 or 5..10"),
    "listed_count": Operator(
        _count(lambda store, user_id: store.members.count_to(user_id)), RANGE, alone=False, says="5 or 5..10"
    ),
    "lang": Operator(
        lambda _, post, value: post.lang == value, LANGUAGE, alone=False, says="a language code, such as en"
    ),
    "has": Operator(
        _has, _either(iter((*ENTITIES, *MEDIA))), alone=False, says=f"one of {', '.join((*ENTITIES, *MEDIA))}"
    ),
    "is": Operator(
        _is,
        _either(iter((*IS, "verified", "nullcast"))),
        alone=False,
        says=f"one of {', '.join(IS)}, verified, nullcast",
    ),
    "sample": Operator(
        lambda _, post, value: int(post.id) // 7 % 100 < int(value), re.compile(r"[1-9][0-9]?|100"), alone=False,
        says="a percentage",
    ),
}  # fmt: skip
