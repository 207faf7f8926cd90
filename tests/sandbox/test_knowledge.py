"""Community Notes, articles, news, trends, analytics, media by key."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.api import Api
from xdk_async import AsyncClient
from xdk_async.sandbox.clock import iso

NOTE = {
    "classification": "misinformed_or_potentially_misleading",
    "misleading_tags": ["factual_error"],
    "text": "No: https://example.org/source",
    "trustworthy_sources": True,
}


async def test_a_note_is_written_once_listed_and_deleted(x: Api) -> None:
    path = "/2/notes/search/posts_eligible_for_notes"
    post = (await x.json(path, user=True, test_mode="true"))["data"][0]["id"]
    body = {"post_id": post, "test_mode": True, "info": NOTE}
    made = await x.do("POST", "/2/notes", body)
    assert (await x.call("POST", "/2/notes", body, user=True)).status_code == 403
    assert post not in {each["id"] for each in (await x.json(path, user=True, test_mode="true"))["data"]}
    written = "/2/notes/search/notes_written"
    [newest, *_] = (await x.json(written, user=True, test_mode="true", note_fields="info,test_result"))["data"]
    assert (newest["id"], newest["info"]["post_id"]) == (made["id"], post)
    assert newest["test_result"]["evaluation_outcome"]
    assert made["id"] not in str((await x.json(written, user=True, test_mode="false")).get("data"))
    assert await x.do("DELETE", f"/2/notes/{made['id']}") == {"deleted": True}
    assert (await x.call("DELETE", f"/2/notes/{made['id']}", user=True)).status_code == 404


@pytest.mark.parametrize(
    "changes",
    [
        {"text": "no source"},
        {"text": f"https://example.org/ {'x' * 280}"},
        {"misleading_tags": []},
        {"classification": "not_misleading"},
        {"classification": "odd"},
        {"misleading_tags": ["odd"]},
    ],
)
async def test_a_note_with_a_mistake_is_refused(x: Api, changes: dict[str, Any]) -> None:
    post = next(post.id for post in x.store.posts.values() if post.author_id != x.me)
    body = {"post_id": post, "test_mode": True, "info": {**NOTE, **changes}}
    assert (await x.call("POST", "/2/notes", body, user=True)).status_code == 400


async def test_the_same_words_are_judged_alike(x: Api) -> None:
    post = next(iter(x.store.posts))
    first, second, other = [
        (await x.do("POST", "/2/notes/evaluate", {"post_id": post, "note_text": text}))["claim_opinion_score"]
        for text in ("It is so.", "It is so.", "It is not so.")
    ]
    assert first == second != other
    assert 0 <= first <= 1


async def test_an_article_is_drafted_and_published_once(x: Api) -> None:
    state = {"blocks": [{"text": "Hello", "type": "unstyled"}], "entities": []}
    made = await x.do("POST", "/2/articles/draft", {"title": "On tests", "content_state": state})
    post = (await x.do("POST", f"/2/articles/{made['id']}/publish"))["post_id"]
    told = await x.json(f"/2/tweets/{post}", post_fields="article,entities")
    article = told["data"]["article"]
    assert article == {"id": made["id"], "title": "On tests", "plain_text": "Hello", "preview_text": "Hello"}
    assert told["data"]["entities"]["urls"][0]["expanded_url"].endswith(made["id"])
    assert (await x.call("POST", f"/2/articles/{made['id']}/publish", user=True)).status_code == 403
    assert (await x.call("POST", "/2/articles/1/publish", user=True)).status_code == 404
    assert (
        await x.call("POST", "/2/articles/draft", {"title": "", "content_state": state}, user=True)
    ).status_code == 400


async def test_news_are_about_what_people_post(x: Api) -> None:
    found = await x.json("/2/news/search", query="python", news_fields="cluster_posts_results,keywords")
    story = found["data"][0]
    posts = [each["post_id"] for each in story["cluster_posts_results"]]
    about = (await x.json("/2/tweets", ids=",".join(posts), post_fields="context_annotations"))["data"]
    assert {each["context_annotations"][0]["entity"]["name"] for each in about} == {"Python"}
    one = await x.json(f"/2/news/{story['id']}")
    assert one == {"data": {"id": story["id"], "name": story["name"]}}
    assert "data" not in await x.json("/2/news/search", query="python", max_age_hours=1)
    assert "data" not in await x.json("/2/news/search", query="xyzzy")


async def test_trends_are_the_hashtags_of_the_day(x: Api) -> None:
    for number in range(40):
        await x.say(f"number {number} #Xyzzy")
    trends = (await x.json("/2/trends/by/woeid/1", max_trends=2))["data"]
    assert trends[0] == {"trend_name": "#xyzzy", "tweet_count": 40}
    assert len(trends) == 2
    mine = (await x.json("/2/users/personalized_trends", user=True))["data"]
    assert mine[0]["trend_name"] == "#xyzzy"
    assert (await x.json("/2/trends/by/woeid/7"))["errors"][0]["value"] == "7"


async def test_analytics_count_what_happened_and_when(x: Api) -> None:
    id = await x.say("measure me")
    reply = await x.say("well", reply={"in_reply_to_tweet_id": id})
    await x.do("POST", f"/2/users/{x.me}/likes", {"tweet_id": id})
    now = x.sandbox.clock.ms()
    span = {"start_time": f"{iso(now - 3_600_000)[:19]}Z", "end_time": f"{iso(now + 3_600_000)[:19]}Z"}
    told = await x.json(
        "/2/tweets/analytics", user=True, ids=f"{id},{reply}", **span, analytics_fields="likes,replies,retweets"
    )
    assert told["data"][0] == {"id": id, **told["data"][0]}
    sums = {
        name: sum(each["metrics"][name] for each in told["data"][0]["timestamped_metrics"])
        for name in ("likes", "replies")
    }
    assert sums == {"likes": 1, "replies": 1}
    assert (told["data"][0]["likes"], told["data"][1]["likes"]) == (1, 0)
    hourly = await x.json("/2/tweets/analytics", user=True, ids=id, **span, granularity="hourly")
    assert len(hourly["data"][0]["timestamped_metrics"]) == 2
    foreign = next(post.id for post in x.store.posts.values() if post.author_id != x.me)
    refused = await x.json("/2/tweets/analytics", user=True, ids=f"{foreign},1", **span)
    kinds = [each["type"].rsplit("/", 1)[1] for each in refused["errors"]]
    assert kinds == ["not-authorized-for-resource", "resource-not-found"]
    endless = {"start_time": "2010-01-01T00:00:00Z", "end_time": "2020-01-01T00:00:00Z", "granularity": "hourly"}
    assert (await x.get("/2/tweets/analytics", user=True, ids=id, **endless)).status_code == 400
    backwards = {"start_time": span["end_time"], "end_time": span["start_time"]}
    assert (await x.get("/2/tweets/analytics", user=True, ids=id, **backwards)).status_code == 400


async def test_numbers_that_are_made_up_stay_the_same(x: Api) -> None:
    key = next(key for post in x.store.posts_by(x.me) for key in post.media_keys)
    now = x.sandbox.clock.ms()
    span = {"start_time": f"{iso(now - 7 * 86_400_000)[:19]}Z", "end_time": f"{iso(now - 1000)[:19]}Z"}
    first, second = [
        await x.json("/2/media/analytics", user=True, media_keys=key, granularity="daily", **span) for _ in range(2)
    ]
    assert first == second
    assert len(first["data"][0]["timestamped_metrics"]) == 7


async def test_media_are_found_by_key(x: Api) -> None:
    async with AsyncClient(base_url=x.url, bearer_token=x.sandbox.app_token) as client:
        key = next(key for key, media in x.store.media.items() if media.type == "video")
        one = (await client.media.get_by_key(key, media_fields=["duration_ms", "variants"])).data
        assert one
        assert one.duration_ms == x.store.media[key].duration_ms
        several = await client.media.get_by_keys([key, "3_1"])
        assert [media.media_key for media in several.data or ()] == [key]
        assert several.errors[0].value == "3_1"
