"""What expansions bring, joined to what refers to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from xdk_async import AsyncClient, InvalidArgument, models
from xdk_async._core.answer import Page
from xdk_async._core.includes import Includes
from xdk_async.api.models import Expansions

ALL = [
    "author_id", "attachments.media_keys", "attachments.poll_ids", "geo.place_id", "referenced_posts",
    "entities.mentions.username",
]  # fmt: skip

POST: dict[str, Any] = {
    "id": "1",
    "author_id": "10",
    "attachments": {"media_keys": ["3_2", "3_1"], "poll_ids": ["30"]},
    "geo": {"place_id": "40"},
    "entities": {"mentions": [{"start": 0, "end": 3, "username": "Bob"}, {"start": 4, "end": 7, "username": "gone"}]},
    "referenced_posts": [{"type": "quoted", "id": "2"}, {"type": "replied_to", "id": "3"}],
}
BARE: dict[str, Any] = {"id": "9"}
INCLUDES: dict[str, Any] = {
    "users": [{"id": "10", "username": "ann"}, {"id": "11", "username": "bob", "pinned_post_id": "2"}],
    "posts": [{"id": "3", "author_id": "11"}, {"id": "2", "author_id": "99"}],
    "media": [{"media_key": "3_1", "type": "photo"}, {"media_key": "3_2", "type": "video"}, {"media_key": "3_9"}],
    "polls": [{"id": "30", "voting_status": "open"}],
    "places": [{"id": "40", "full_name": "Paris"}],
    "topics": [{"id": "50", "name": "Cats"}],
}


async def page_of(
    expansions: list[str] | None = None, includes: object = INCLUDES, posts: list[dict[str, Any]] | None = None
) -> Page[models.Post]:
    """A page asked for with `expansions`, answered with `includes`."""

    def x(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"data": posts or [POST, BARE], "includes": includes})

    client = AsyncClient(bearer_token="x", transport=httpx.MockTransport(x))
    return await client.posts.search_recent("cats", expansions=expansions)


def ids(found: list[models.Post] | list[models.User]) -> list[str | None]:
    return [each.id for each in found]


async def test_each_kind_of_object_is_joined_to_its_post() -> None:
    page = await page_of(ALL)
    post, includes = page.data[0], page.includes
    assert includes.author(post) is includes.users[0]
    assert [each.media_key for each in includes.media(post)] == ["3_2", "3_1"]
    assert includes.poll(post) is includes.polls[0]
    assert includes.place(post) is includes.places[0]
    assert ids(includes.referenced(post)) == ["2", "3"]
    assert ids(includes.mentioned(post)) == ["11"]
    assert includes.user("11") is includes.users[1]
    assert includes.user("12") is None
    assert includes.topics[0].name == "Cats"


async def test_linked_posts_carry_what_their_page_holds_for_them() -> None:
    page = await page_of(ALL)
    linked, bare = page.linked()
    assert linked.post is linked.item is page.data[0]
    assert linked.author
    assert linked.author.username == "ann"
    assert [each.media_key for each in linked.media] == ["3_2", "3_1"]
    assert linked.poll
    assert linked.poll.voting_status == "open"
    assert linked.place
    assert linked.place.full_name == "Paris"
    assert ids(linked.referenced) == ["2", "3"]
    assert ids(linked.mentioned) == ["11"]
    assert (bare.author, bare.media, bare.poll, bare.place, bare.referenced, bare.mentioned) == (
        None,
        [],
        None,
        None,
        [],
        [],
    )


async def test_only_posts_are_linked() -> None:
    def x(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"data": [{"id": "10"}]})

    client = AsyncClient(bearer_token="x", transport=httpx.MockTransport(x))
    [linked] = (await client.users.get_followers("7")).linked()
    assert linked.item.id == "10"
    with pytest.raises(TypeError, match="User is not a post"):
        _ = linked.author


async def test_media_is_a_list_and_gives_those_of_a_post_when_called() -> None:
    includes = (await page_of(ALL)).includes
    assert isinstance(includes.media, list)
    assert [each.media_key for each in includes.media] == ["3_1", "3_2", "3_9"]
    assert len(includes.media) == 3
    assert includes.media[1].type == "video"
    assert includes.media is includes.media


LOOK_UPS: dict[str, tuple[Callable[[Includes, models.Post], object], str, object]] = {
    "author": (lambda includes, post: includes.author(post), "author_id", None),
    "media": (lambda includes, post: includes.media(post), "attachments.media_keys", []),
    "poll": (lambda includes, post: includes.poll(post), "attachments.poll_ids", None),
    "place": (lambda includes, post: includes.place(post), "geo.place_id", None),
    "referenced": (lambda includes, post: includes.referenced(post), "referenced_posts", []),
    "mentioned": (lambda includes, post: includes.mentioned(post), "entities.mentions.username", []),
}


@pytest.mark.parametrize("name", LOOK_UPS)
@pytest.mark.parametrize("post", [POST, BARE], ids=["that refers to something", "that says nothing of it"])
async def test_looking_up_what_was_never_asked_for_says_so(name: str, post: dict[str, Any]) -> None:
    look_up, expansion, _ = LOOK_UPS[name]
    others = [each for each in ALL if each != expansion]
    for expansions in (None, others):
        page = await page_of(expansions, includes={}, posts=[post])
        with pytest.raises(InvalidArgument, match=rf"includes\.{name}\(\) needs expansions=\['{expansion}'\]"):
            look_up(page.includes, page.data[0])


WITHOUT_ID: dict[str, Any] = {name: [{}] for name in ("users", "posts", "media", "polls", "places")}


@pytest.mark.parametrize("name", LOOK_UPS)
@pytest.mark.parametrize("includes", [{}, None, {"users": [], "posts": [], "media": []}, WITHOUT_ID])
async def test_what_was_asked_for_and_left_out_by_x_is_none(name: str, includes: object) -> None:
    look_up, expansion, nothing = LOOK_UPS[name]
    page = await page_of([expansion], includes, posts=[POST, BARE])
    assert [look_up(page.includes, post) for post in page] == [nothing, nothing]


async def test_what_is_there_is_found_whoever_asked_for_it() -> None:
    page = await page_of(["entities.mentions.username"])
    author = page.includes.author(page.data[0])
    assert author
    assert author.username == "ann"
    assert len(page.includes.media(page.data[0])) == 2


def test_includes_of_nobodys_request_never_say_that_it_lacked_something() -> None:
    includes = Includes(Expansions(posts=[models.Post()]))
    assert (includes.author(models.Post()), includes.media(models.Post())) == (None, [])
    assert includes.pinned(models.User()) is None


@pytest.mark.parametrize(
    ("expansion", "name"),
    [
        ("referenced_tweets.id", "referenced"),
        ("referenced_tweets.id.author_id", "referenced"),
        ("referenced_tweets.id.author_id", "author"),
        ("referenced_tweets.id.attachments.media_keys", "media"),
        ("entities.note.mentions.username", "mentioned"),
    ],
)
async def test_the_older_names_of_expansions_count_as_asked_for(expansion: str, name: str) -> None:
    look_up, _, nothing = LOOK_UPS[name]
    page = await page_of([expansion], {})
    assert look_up(page.includes, page.data[0]) == nothing


@pytest.mark.parametrize("expansion", ["pinned_post_id", "pinned_tweet_id"])
async def test_a_pinned_post_is_joined_to_its_user(expansion: str) -> None:
    def x(request: httpx.Request) -> httpx.Response:
        user = {"id": "11", request.url.params.get("expansions", "pinned_post_id"): "2"}
        return httpx.Response(200, json={"data": user, "includes": {"posts": [{"id": "2", "text": "pinned"}]}})

    client = AsyncClient(bearer_token="x", transport=httpx.MockTransport(x))
    answer = await client.users.get_by_id("11", expansions=[expansion])
    assert answer.data
    pinned = answer.includes.pinned(answer.data)
    assert pinned
    assert pinned.text == "pinned"
    assert answer.includes.pinned(models.User(id="12")) is None
    unasked = await client.users.get_by_id("11")
    with pytest.raises(InvalidArgument, match=r"includes\.pinned\(\) needs expansions=\['pinned_post_id'\]"):
        unasked.includes.pinned(models.User(id="12", pinned_post_id="3"))


async def test_the_older_name_of_the_included_posts_is_the_same_list() -> None:
    older = await page_of(ALL, {"tweets": INCLUDES["posts"]})
    newer = await page_of(ALL, {"posts": INCLUDES["posts"]})
    assert older.includes == newer.includes
    assert ids(older.includes.tweets) == ids(older.includes.posts) == ["3", "2"]


class Counted(list[Any]):
    """A list that counts how often it is gone through."""

    rounds = 0

    def __iter__(self) -> Iterator[Any]:
        self.rounds += 1
        return super().__iter__()


def test_joining_a_thousand_posts_goes_through_the_includes_once() -> None:
    count = 1000
    users = Counted(models.User(id=str(i), username=f"user{i}") for i in range(count))
    media = Counted(models.Media(media_key=f"3_{i}") for i in range(count))
    posts = Counted(models.Post(id=str(i)) for i in range(count))
    includes = Includes(Expansions(users=users, media=media, posts=posts))
    users.rounds = media.rounds = posts.rounds = 0
    for i in range(count):
        post = models.Post(
            author_id=str(i),
            attachments=models.PostAttachments(media_keys=[f"3_{i}"]),
            referenced_posts=[models.ReferencedPost(id=str(i))],
            entities=models.PostEntities(mentions=[models.MentionEntity(username=f"User{i}")]),
        )
        author = includes.author(post)
        assert author
        assert author.id == str(i)
        assert [each.media_key for each in includes.media(post)] == [f"3_{i}"]
        assert ids(includes.referenced(post)) == ids(includes.mentioned(post)) == [str(i)]
    assert (users.rounds, media.rounds, posts.rounds) == (2, 1, 1)  # users by id and by name


async def test_includes_are_false_if_empty_and_equal_by_what_they_hold() -> None:
    empty = (await page_of(ALL, {})).includes
    assert not empty
    assert [empty.users, empty.posts, empty.media, empty.polls, empty.places, empty.topics] == [[]] * 6
    assert (await page_of(ALL)).includes
    assert (await page_of(ALL)).includes == (await page_of(None)).includes
    assert (await page_of(ALL)).includes != empty
    assert empty not in ([], None, {})
    assert repr(empty) == "Expansions()"
