"""A good call of every operation on webhooks, and on subscriptions to activity."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from tests.sandbox.example_world import Example, World, do
from xdk_async.sandbox.webhook_record import StreamLink, Subscription, Webhook

URL = "https://example.org/hook"


def _hook(world: World) -> dict[str, str]:
    world.store.webhooks["80"] = Webhook("80", URL, world.now_ms)
    return {"webhook_id": "80"}


def _account(world: World) -> Example:
    path = _hook(world)
    world.store.accounts.add("80", world.me)
    return do(None, {**path, "user_id": world.me})


def _link(world: World) -> Example:
    path = _hook(world)
    world.store.stream_links["80"] = StreamLink("80", world.now_ms, {"tweet.fields": "created_at"})
    return do(None, path)


def _subscribed(world: World) -> dict[str, str]:
    _hook(world)
    made = Subscription("81", "post.create", world.now_ms, world.now_ms, world.me, world.me, tag="t", webhook_id="80")
    world.store.subscriptions[made.id] = made
    return {"subscription_id": made.id}


def _subscription(world: World) -> Example:
    return do(None, _subscribed(world))


def _several(world: World) -> Example:
    return do(ids=_subscribed(world)["subscription_id"])


def _wish(world: World) -> Example:
    wanted = {"event_type": "post.create", "filter": {"user_id": world.me}, "tag": "new"}
    return do({**wanted, **_hook(world)})


def _replay(world: World) -> Example:
    minute = f"{datetime.fromtimestamp(world.now_ms / 1000, UTC):%Y%m%d%H%M}"
    return do({**_hook(world), "from_date": minute, "to_date": minute})


HOOKS: dict[str, Callable[[World], Example]] = {
    "account_activity.create_subscription": lambda w: do({}, _hook(w)),
    "account_activity.delete_subscription": _account,
    "account_activity.get_subscription_count": _account,
    "account_activity.get_subscriptions": _account,
    "account_activity.validate_subscription": _account,
    "activity.create_subscription": _wish,
    "activity.delete_subscription": _subscription,
    "activity.delete_subscriptions_by_ids": _several,
    "activity.get_subscriptions": _subscription,
    "activity.update_subscription": lambda w: do({"tag": "other"}, _subscribed(w)),
    "webhooks.create": lambda w: do({"url": URL}),
    "webhooks.create_stream_link": lambda w: do(None, _hook(w)),
    "webhooks.create_webhook_replay_job": _replay,
    "webhooks.delete": lambda w: do(None, _hook(w)),
    "webhooks.delete_stream_link": _link,
    "webhooks.get": lambda w: do(None, _hook(w)),
    "webhooks.get_stream_links": _link,
    "webhooks.validate": lambda w: do(None, _hook(w)),
}
