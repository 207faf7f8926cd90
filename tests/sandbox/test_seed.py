"""What lives in a fresh sandbox."""

from __future__ import annotations

from xdk_async.sandbox import Sandbox
from xdk_async.sandbox.match import meaning
from xdk_async.sandbox.query import read
from xdk_async.sandbox.snowflake import EPOCH_MS, Ids, ms_of

NOW = 1_790_000_000.5
SIX_DAYS_MS = 6 * 24 * 60 * 60 * 1000


def sandbox(seed: int = 0) -> Sandbox:
    return Sandbox(seed=seed, clock=lambda: NOW)


def test_the_same_seed_and_time_make_the_same_world() -> None:
    one, two, other = sandbox(), sandbox(), sandbox(1)
    assert one.store == two.store
    assert one.store.posts != other.store.posts


def test_forty_people_wrote_five_hundred_posts_in_the_last_six_days() -> None:
    store = sandbox().store
    assert len(store.users) == 40
    assert len(store.posts) == 500
    now_ms = int(NOW * 1000)
    assert all(now_ms - SIX_DAYS_MS < post.ms < now_ms for post in store.posts.values())


def test_ids_tell_the_time_and_rise() -> None:
    posts = [*sandbox().store.posts.values()]
    assert all((int(post.id) >> 22) + 1288834974657 == post.ms for post in posts)
    assert [int(post.id) for post in posts] == sorted({int(post.id) for post in posts})


def test_ids_rise_while_the_clock_stands_still_or_goes_back() -> None:
    ids = Ids()
    given = [int(ids.next(EPOCH_MS + ms)) for ms in (5000, 5000, 4000, 6000)]
    assert given == sorted(set(given))
    assert [ms_of(id) - EPOCH_MS for id in given] == [5000, 5000, 5000, 6000]


def test_the_signed_in_user_is_the_first_and_takes_part() -> None:
    made = sandbox()
    assert (made.me.username, made.me.name) == ("sandbox", "Sandbox User")
    for query in ("from:sandbox", "@sandbox", "to:sandbox"):
        matches = meaning(read(query))
        assert sum(matches(made.store, post) for post in made.store.posts.values()) >= 10, query


def test_there_is_something_of_every_kind() -> None:
    store = sandbox().store
    posts = [*store.posts.values()]
    for query in (
        "is:reply",
        "is:quote",
        "is:retweet",
        "has:links",
        "has:images",
        "has:videos",
        "has:hashtags",
        "lang:ja",
    ):
        matches = meaning(read(query))
        assert any(matches(store, post) for post in posts), query
    assert sum(meaning(read("python"))(store, post) for post in posts) > 100
    assert any(post.poll_id for post in posts)
    assert any(post.place_id for post in posts)
    assert any(post.note for post in posts)
    assert any("\u2028" in post.text for post in posts), "the raw line separator that breaks naive readers"
    assert any("\u0085" in post.text for post in posts), "and the other one"


def test_references_hold_together() -> None:
    store = sandbox().store
    for post in store.posts.values():
        for kind, id in post.references:
            assert int(id) < int(post.id)
            assert not store.posts[id].refers("retweeted")
            if kind == "replied_to":
                assert post.in_reply_to_user_id == store.posts[id].author_id
                assert post.conversation_id == store.posts[id].conversation_id
            else:
                assert post.conversation_id == post.id


def test_entities_stand_where_they_say() -> None:
    for post in sandbox().store.posts.values():
        for text, entities in ((post.text, post.entities), (post.note or "", post.note_entities)):
            for each in entities.get("mentions", ()):
                assert text[each["start"] : each["end"]] == f"@{each['username']}"
            for each in entities.get("hashtags", ()):
                assert text[each["start"] : each["end"]] == f"#{each['tag']}"
            for each in entities.get("urls", ()):
                assert text[each["start"] : each["end"]] == each["url"]
