"""The sandbox calls a real app behind a real server: register, challenge, subscribe, post, arrive."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from tests.webhooks.conftest import served
from xdk_async import AsyncClient, InvalidArgument
from xdk_async.events import (
    AccountActivityEvent,
    Event,
    FilteredPostEvent,
    LikeEvent,
    PostDeleteEvent,
    PostEvent,
    ProfileUpdateEvent,
    RelationEvent,
    ReplayEvent,
    activity_event,
)
from xdk_async.sandbox import Sandbox, serve
from xdk_async.webhooks import WebhookApp


async def soon(condition: Any) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.002)


def collecting(sandbox: Sandbox) -> tuple[WebhookApp, list[Event]]:
    app, found = WebhookApp(sandbox.api_secret), list[Event]()

    @app.on("*")
    async def keep(event: Event) -> None:
        found.append(event)

    return app, found


async def test_what_a_subscribed_user_does_arrives_typed() -> None:
    sandbox = Sandbox()
    app, found = collecting(sandbox)
    me, other = sandbox.me.id, [*sandbox.store.users][3]
    async with (
        serve(sandbox) as x,
        served(app) as url,
        AsyncClient(x.url, bearer_token=sandbox.app_token, access_token=sandbox.user_token) as client,
    ):
        names = ("post.create", "post.delete", "like.create", "follow.follow", "profile.update.bio")
        wanted: Any = [{"event_type": name, "filter": {"user_id": me}, "tag": "mine"} for name in names]
        ensured = await client.webhooks.ensure(url, wanted)
        assert (ensured.created, len(ensured.subscriptions)) == (True, 5)
        posted = await client.posts.create(text="Hello from a test")
        assert posted.data is not None
        assert posted.data.id is not None
        await client.users.like_post(me, tweet_id=posted.data.id)
        sandbox.store.follows.remove(me, other)
        await client.users.follow_user(me, target_user_id=other)
        await client.posts.delete(posted.data.id)
        sandbox.activity.emit("profile.update.bio", {"before": "old", "after": "new"}, source=me)
        await soon(lambda: len(found) == 5)
    by_type = {event.type: event for event in found}
    post, like, follow = by_type["post.create"], by_type["like.create"], by_type["follow.follow"]
    assert isinstance(post, PostEvent)
    assert (post.post.text, post.post.edit_history_post_ids) == ("Hello from a test", [posted.data.id])
    assert post.author is not None
    assert (post.author.username, post.tag, post.undecoded) == ("sandbox", "mine", ())
    assert isinstance(like, LikeEvent)
    assert (like.like.liked_tweet_id, like.like.tweet_author_id) == (posted.data.id, me)
    assert isinstance(follow, RelationEvent)
    assert follow.source is not None
    assert follow.target is not None
    assert (follow.source.id, follow.target.id) == (me, other)
    assert isinstance(by_type["post.delete"], PostDeleteEvent)
    assert by_type["post.delete"].post_id == posted.data.id
    assert isinstance(by_type["profile.update.bio"], ProfileUpdateEvent)
    assert by_type["profile.update.bio"].after == "new"


async def test_the_activity_stream_tells_the_same_in_the_same_types() -> None:
    sandbox = Sandbox()
    async with (
        serve(sandbox) as x,
        AsyncClient(x.url, bearer_token=sandbox.app_token, access_token=sandbox.user_token) as client,
    ):
        await client.activity.create_subscription({"event_type": "post.create", "filter": {"user_id": sandbox.me.id}})
        async with client.stream.activity() as stream:
            await client.posts.create(text="streamed")
            event = activity_event((await anext(aiter(stream))).data)
    assert isinstance(event, PostEvent)
    assert event.post.text == "streamed"


async def test_ensuring_twice_changes_nothing_and_downtime_is_made_up_for() -> None:
    sandbox = Sandbox()
    me = sandbox.me.id
    wanted: Any = [{"event_type": "post.create", "filter": {"user_id": me}}]
    app, found = collecting(sandbox)
    async with (
        serve(sandbox) as x,
        AsyncClient(x.url, bearer_token=sandbox.app_token, access_token=sandbox.user_token) as client,
    ):
        async with served(app) as url:
            first = await client.webhooks.ensure(url, wanted)
            second = await client.webhooks.ensure(url, wanted, filtered_stream=True)
            await client.webhooks.ensure(url, wanted, filtered_stream=True)
            assert (second.created, second.id) == (False, first.id)
            assert second.subscriptions == first.subscriptions
            assert len(sandbox.store.subscriptions) == len(sandbox.store.stream_links) == 1
            await client.posts.create(text="taken")
            await soon(lambda: len(found) == 1)
        sandbox.store.webhooks[first.id].url = url  # the app is down: deliveries fail, then it counts as invalid
        sandbox.store.webhooks[first.id].valid = False
        await client.posts.create(text="missed")
        with pytest.raises(InvalidArgument, match="does not answer X's challenge"):
            await client.webhooks.ensure(url)
        app, again = collecting(sandbox)
        async with served(app) as new_url:
            sandbox.store.webhooks[first.id].url = new_url
            third = await client.webhooks.ensure(new_url, wanted, replay_since=timedelta(hours=1))
            assert third.replay_job_id
            await soon(lambda: len(again) == 3)
            await sandbox.courier.idle()
        assert {each.post.text for each in again if isinstance(each, PostEvent)} == {"taken", "missed"}
        assert [each.state for each in again if isinstance(each, ReplayEvent)] == ["Complete"]
        with pytest.raises(InvalidArgument, match="last 24 hours"):
            await client.webhooks.ensure(new_url, replay_since=timedelta(hours=25))


async def test_the_filtered_stream_and_account_activity_arrive_too() -> None:
    sandbox = Sandbox()
    app, found = collecting(sandbox)
    async with (
        serve(sandbox) as x,
        served(app) as url,
        AsyncClient(x.url, bearer_token=sandbox.app_token, access_token=sandbox.user_token) as client,
    ):
        webhook = await client.webhooks.ensure(url, filtered_stream=True)
        await client.stream.update_rules({"add": [{"value": "umbrella", "tag": "rain"}]})
        await client.account_activity.create_subscription(webhook.id, {})
        posted = await client.posts.create(text="Take an umbrella")
        await soon(lambda: len(found) == 2)
        assert posted.data is not None
        count = (await client.account_activity.get_subscription_count()).data
        listed = (await client.account_activity.get_subscriptions(webhook.id)).data
        assert count is not None
        assert listed is not None
        assert (count.subscriptions_count_all, listed.webhook_url) == ("1", url)
        await client.account_activity.delete_subscription(webhook.id, sandbox.me.id)
        checked = (await client.account_activity.validate_subscription(webhook.id)).data
        assert checked is not None
        assert checked.subscribed is False
        await client.webhooks.delete_stream_link(webhook.id)
        deleted = await client.webhooks.delete(webhook.id)
        assert deleted.data is not None
        assert (deleted.data.deleted, sandbox.store.webhooks) == (True, {})
    kinds = {type(event): event for event in found}
    filtered, account = kinds[FilteredPostEvent], kinds[AccountActivityEvent]
    assert isinstance(filtered, FilteredPostEvent)
    assert (filtered.post.text, [rule.tag for rule in filtered.matching_rules]) == ("Take an umbrella", ["rain"])
    assert isinstance(account, AccountActivityEvent)
    assert (account.type, account.for_user_id) == ("tweet_create_events", sandbox.me.id)
    assert account.item["id_str"] == posted.data.id


async def test_the_app_is_iterated_without_handlers() -> None:
    sandbox = Sandbox()
    app = WebhookApp(sandbox.api_secret)
    texts: list[str | None] = []
    async with (
        serve(sandbox) as x,
        served(app) as url,
        AsyncClient(x.url, bearer_token=sandbox.app_token, access_token=sandbox.user_token) as client,
    ):
        await client.webhooks.ensure(url, [{"event_type": "post.create", "filter": {"user_id": sandbox.me.id}}])
        for text in ("one", "two"):
            await client.posts.create(text=text)
        async for event in app.events():
            assert isinstance(event, PostEvent)
            texts.append(event.post.text)
            if len(texts) == 2:
                break
        await sandbox.courier.idle()
    assert sorted(map(str, texts)) == ["one", "two"]
