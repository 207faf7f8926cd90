"""Webhooks of the sandbox, which really calls: an address that is not ours answers, well or badly."""

from __future__ import annotations

from typing import Any

import httpx
import msgspec
import pytest

from tests.sandbox.api import Api, opened, whole
from tests.sandbox.hook import Hook
from xdk_async.api import models
from xdk_async.sandbox import Sandbox
from xdk_async.sandbox.clock import Clock


class Instant(Clock):
    """A clock whose sleeping moves it, and takes no time."""

    def __init__(self) -> None:
        self.moment = 1_800_000_000.0
        super().__init__(lambda: self.moment)

    async def sleep(self, seconds: float) -> None:
        self.moment += seconds


URL = "https://example.com/hook"


def sandbox(hook: Hook) -> Sandbox:
    return Sandbox(webhook_transport=hook, clock=Instant())


async def register(x: Api, url: str = URL) -> str:
    made = whole(
        await x.call("POST", "/2/webhooks", {"url": url}), models.Envelope[models.CreateWebhooksResponseData]
    ).data
    assert made is not None
    assert (made.url, made.valid) == (url, True)
    return str(made.id)


async def subscribe(x: Api, event_type: str, *, user: bool = True, **more: Any) -> httpx.Response:
    body = {"event_type": event_type, "filter": {"user_id": x.me}, **more}
    return await x.call("POST", "/2/activity/subscriptions", body, user=user)


async def refused(x: Api, method: str, path: str, json: Any = None, *, user: bool = False) -> str:
    answer = await x.call(method, path, json, user=user)
    assert answer.status_code == 400, answer.text
    return str(answer.json()["errors"][0]["message"])


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (httpx.Response(200, json={"response_token": "sha256=AAAA"}), "the response_token is wrong"),
        (httpx.Response(200, json=["a"]), "the response_token is wrong"),
        (httpx.Response(200, text="hello"), "the answer is not JSON"),
        (httpx.Response(302, headers={"location": "/x"}), "the status 302"),
        (httpx.Response(500), "the status 500"),
    ],
)
async def test_an_address_that_fails_its_challenge_is_not_registered(answer: httpx.Response, why: str) -> None:
    hook = Hook()
    hook.challenge = lambda _: answer
    async with opened(sandbox(hook)) as x:
        said = await refused(x, "POST", "/2/webhooks", {"url": URL})
        assert said.startswith("CrcValidationFailed: ")
        assert why in said
        assert x.store.webhooks == {}


async def test_the_wrong_secret_fails_the_challenge() -> None:
    async with opened(sandbox(Hook("another secret"))) as x:
        assert "CrcValidationFailed" in await refused(x, "POST", "/2/webhooks", {"url": URL})


@pytest.mark.parametrize(
    "url",
    ["http://example.com/hook", "https://example.com:8443/hook", "example.com", "https://", "https://[", "x" * 201],
)
async def test_an_address_that_x_cannot_call_is_refused(url: str) -> None:
    async with opened(sandbox(Hook())) as x:
        assert (await refused(x, "POST", "/2/webhooks", {"url": url})).startswith("UrlValidationFailed")


async def test_webhooks_are_listed_validated_and_deleted() -> None:
    hook = Hook()
    async with opened(sandbox(hook)) as x:
        id = await register(x)
        assert (await refused(x, "POST", "/2/webhooks", {"url": URL})).startswith("DuplicateUrlFailed")
        for number in range(4):
            await register(x, f"{URL}/{number}")
        assert (await refused(x, "POST", "/2/webhooks", {"url": URL + "/5"})).startswith("WebhookLimitExceeded")
        listed = whole(await x.get("/2/webhooks"), models.Envelope[list[models.WebhookConfig]]).data
        assert listed is not None
        assert (len(listed), listed[0].id) == (5, id)
        hook.challenge = lambda _: httpx.Response(500)
        validated = await x.call("PUT", f"/2/webhooks/{id}")
        assert whole(validated, models.Envelope[models.ValidateWebhooksResponseData]).data
        assert validated.json()["data"]["valid"] is False
        hook.challenge = hook.good
        assert (await x.call("PUT", f"/2/webhooks/{id}")).json()["data"]["valid"] is True
        deleted = await x.call("DELETE", f"/2/webhooks/{id}")
        assert whole(deleted, models.Envelope[models.DeleteWebhooksResponseData]).data
        assert "WebhookIdInvalid" in await refused(x, "DELETE", f"/2/webhooks/{id}")


async def test_a_delivery_comes_again_until_it_is_taken() -> None:
    hook = Hook()
    async with opened(sandbox(hook)) as x:
        id = await register(x)
        await subscribe(x, "post.create", webhook_id=id)
        hook.statuses = [503, 500]
        await x.say("hello")
        await x.sandbox.courier.idle()
        assert [each["data"]["payload"]["text"] for each in hook.received] == ["hello"] * 3
        assert len({msgspec.json.encode(each) for each in hook.received}) == 1
        assert x.store.webhooks[id].valid
        hook.statuses = [302]
        await x.say("gone")
        await x.sandbox.courier.idle()
        assert not x.store.webhooks[id].valid
        count = len(hook.received)
        await x.say("nobody hears")
        await x.sandbox.courier.idle()
        assert len(hook.received) == count


async def test_what_was_missed_is_replayed() -> None:
    hook = Hook()
    async with opened(sandbox(hook)) as x:
        id = await register(x)
        await subscribe(x, "post.create", webhook_id=id)
        x.store.webhooks[id].valid = False
        await x.say("missed")
        assert hook.received == []
        span = {"webhook_id": id, "from_date": "202701150700", "to_date": "202701150800"}
        answer = await x.call("POST", "/2/webhooks/replay", span)
        job = whole(answer, models.Envelope[models.CreateWebhookReplayJobResponseData]).data
        assert job is not None
        await x.sandbox.courier.idle()
        texts = [each["data"]["payload"]["text"] for each in hook.received if "data" in each]
        states = [each["replay_job_status"] for each in hook.received if "replay_job_status" in each]
        assert (texts, [each["job_id"] for each in states]) == (["missed"], [job.job_id])
        for wrong in ({"from_date": "202701130000"}, {"to_date": "20270115"}, {"from_date": "202701150801"}):
            said = await refused(x, "POST", "/2/webhooks/replay", {**span, **wrong})
            assert said.startswith("QueryParamInvalid")


async def test_subscriptions_are_made_changed_listed_and_ended() -> None:
    async with opened(sandbox(Hook())) as x:
        hook_id = await register(x)
        answer = await subscribe(x, "follow.follow", tag="mine")
        made = whole(answer, models.Envelope[models.CreateActivitySubscriptionResponseData]).data
        assert made is not None
        assert made.subscription is not None
        id = str(made.subscription.subscription_id)
        assert (await subscribe(x, "follow.follow", tag="mine")).status_code == 400
        changed = await x.call("PUT", f"/2/activity/subscriptions/{id}", {"webhook_id": hook_id})
        told = whole(changed, models.Envelope[models.UpdateActivitySubscriptionResponseData]).data
        assert told is not None
        assert told.subscription is not None
        assert (told.subscription.webhook_id, told.subscription.tag) == (hook_id, "mine")
        for _ in range(2):
            await subscribe(x, "like.create", tag=str(_))
        pages: list[str] = []
        token: dict[str, Any] = {}
        while True:
            answer = await x.get("/2/activity/subscriptions", max_results=2, **token)
            page = whole(answer, models.Envelope[list[models.ActivitySubscription]])
            pages += [str(each.subscription_id) for each in page.data or ()]
            if page.meta is None or page.meta.next_token is None:
                break
            token = {"pagination_token": page.meta.next_token}
        assert (pages[0], len(pages)) == (id, 3)
        ended = await x.call("DELETE", f"/2/activity/subscriptions/{id}")
        assert whole(ended, models.Envelope[models.DeleteActivitySubscriptionResponseData]).data
        assert ended.json()["meta"] == {"total_subscriptions": 2}
        both = await x.call("DELETE", "/2/activity/subscriptions", ids=f"{pages[1]},{id}")
        assert [each["subscription_id"] for each in both.json()["data"]] == [pages[1]]
        assert both.json()["errors"][0]["subscription_id"] == id


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"event_type": "post.create", "filter": {}}, 400),
        ({"event_type": "news.new", "filter": {"user_id": "1"}}, 400),
        ({"event_type": "post.invented", "filter": {"user_id": "1"}}, 400),
        ({"event_type": "post.create", "filter": {"user_id": "1"}, "tag": ""}, 400),
        ({"event_type": "post.create", "filter": {"user_id": "1"}, "webhook_id": "9"}, 400),
        ({"event_type": "dm.received", "filter": {"user_id": "1"}}, 403),
        ({"event_type": "news.new", "filter": {"keyword": "rain"}}, 200),
    ],
)
async def test_wishes_that_x_does_not_grant_are_refused(body: dict[str, Any], status: int) -> None:
    async with opened(sandbox(Hook())) as x:
        assert (await x.call("POST", "/2/activity/subscriptions", body)).status_code == status


async def test_directions_and_keywords_narrow_what_is_told() -> None:
    hook = Hook()
    async with opened(sandbox(hook)) as x:
        id, other = await register(x), [*x.store.users][3]
        await subscribe(x, "follow.follow", webhook_id=id, filter={"user_id": x.me, "direction": "inbound"})
        await subscribe(x, "post.mention.create", webhook_id=id)
        await subscribe(x, "news.new", webhook_id=id, filter={"keyword": "Rain"})
        x.store.follows.remove(x.me, other)
        await x.do("POST", f"/2/users/{x.me}/following", {"target_user_id": other})
        x.sandbox.activity.emit("news.new", {"headline": "Sunshine"})
        x.sandbox.activity.emit("news.new", {"headline": "More rain"})
        await x.say("talking to @sandbox")
        await x.sandbox.courier.idle()
    told = sorted((each["data"]["event_type"], each["data"]["filter"]) for each in hook.received)
    assert told == [("news.new", {"keyword": "Rain"}), ("post.mention.create", {"user_id": x.me})]


async def test_links_to_the_filtered_stream_show_what_was_asked_for() -> None:
    hook = Hook()
    async with opened(sandbox(hook)) as x:
        id = await register(x)
        await x.rules("umbrella")
        made = await x.call("POST", f"/2/tweets/search/webhooks/{id}")
        assert whole(made, models.Envelope[models.CreateWebhooksStreamLinkResponseData]).data
        listed = await x.get("/2/tweets/search/webhooks")
        assert whole(listed, models.Envelope[list[models.GetWebhooksStreamLinksResponseData]]).data
        await x.say("an umbrella")
        await x.say("no shelter")
        await x.sandbox.courier.idle()
        ended = await x.call("DELETE", f"/2/tweets/search/webhooks/{id}")
        assert whole(ended, models.Envelope[models.DeleteWebhooksStreamLinkResponseData]).data
        assert (await x.call("DELETE", f"/2/tweets/search/webhooks/{id}")).status_code == 400
    assert [each["data"]["text"] for each in hook.received] == ["an umbrella"]
    assert hook.received[0]["matching_rules"]


async def test_account_activity_is_told_in_the_old_words() -> None:
    hook = Hook()
    async with opened(sandbox(hook)) as x:
        id, other = await register(x), [*x.store.users][3]
        path = f"/2/account_activity/webhooks/{id}/subscriptions/all"
        assert (await x.call("POST", path, {}, user=True)).json() == {"data": {"subscribed": True}}
        assert "DuplicateSubscriptionFailed" in await refused(x, "POST", path, {}, user=True)
        assert (await x.get(path, user=True)).json() == {"data": {"subscribed": True}}
        x.store.follows.remove(x.me, other)
        post = await x.say("hello")
        await x.do("POST", f"/2/users/{x.me}/likes", {"tweet_id": post})
        await x.do("POST", f"/2/users/{x.me}/following", {"target_user_id": other})
        await x.do("DELETE", f"/2/tweets/{post}")
        await x.sandbox.courier.idle()
        listed = (await x.get(f"{path}/list")).json()["data"]
        assert listed["subscriptions"] == [{"user_id": x.me}]
        ended = await x.call("DELETE", f"/2/account_activity/webhooks/{id}/subscriptions/{x.me}/all")
        assert ended.json() == {"data": {"subscribed": False}}
    kinds = sorted(next(name for name in each if name.endswith("_events")) for each in hook.received)
    assert kinds == ["favorite_events", "follow_events", "tweet_create_events", "tweet_delete_events"]
    assert {each["for_user_id"] for each in hook.received} == {x.me}
