"""Subscriptions to activity, and the stream of it."""

from __future__ import annotations

from typing import Any

from xdk_async.api import models
from xdk_async.sandbox.activity import STREAM
from xdk_async.sandbox.ask import Ask, Reply, handles
from xdk_async.sandbox.clock import iso
from xdk_async.sandbox.handlers.common import part
from xdk_async.sandbox.handlers.webhook import found
from xdk_async.sandbox.hub import Connection, Flow
from xdk_async.sandbox.problem import Refusal, forbidden, refusal, wrong
from xdk_async.sandbox.record import Session
from xdk_async.sandbox.shape import part_of
from xdk_async.sandbox.webhook_record import Subscription

MOST = 1000
CONNECTIONS = 2
LONGEST_TAG = 200
OTHER_NAMES = {"chat.conversation_join": "chat.conversation.join"}
PRIVATE = ("dm.", "chat.", "mute.", "block.", "post.mention.", "broadcast.chat")


def told(subscription: Subscription) -> dict[str, Any]:
    """A subscription as it is answered."""
    shown = {
        "subscription_id": subscription.id,
        "event_type": subscription.event_type,
        "filter": subscription.filter,
        "created_at": iso(subscription.created_ms),
        "updated_at": iso(subscription.updated_ms),
        "tag": subscription.tag,
        "webhook_id": subscription.webhook_id,
    }
    return {name: value for name, value in shown.items() if value is not None}


@handles("activity.create_subscription")
def create(ask: Ask) -> Reply:
    """Subscribe to one kind of event."""
    body = ask.body(models.CreateActivitySubscriptionRequest)
    wanted = part(body.filter, models.CreateActivitySubscriptionFilter)
    assert wanted is not None
    event_type: str = OTHER_NAMES.get(body.event_type, body.event_type)
    needed = "keyword" if event_type.startswith("news.") else "user_id"
    if getattr(wanted, needed) is None:
        raise wrong(f"filter.{needed}", "", f"{event_type} needs `filter.{needed}`.")
    if event_type.startswith(PRIVATE) and ask.me != wanted.user_id:
        raise forbidden(f"{event_type} is private: it takes the token of the user whose events are wanted.")
    _check(ask, body.tag, body.webhook_id)
    made = Subscription(
        ask.store.ids.next(ask.now_ms),
        event_type,
        ask.now_ms,
        ask.now_ms,
        ask.me,
        wanted.user_id,
        wanted.keyword,
        wanted.direction,
        body.tag,
        body.webhook_id,
    )
    same = [each for each in ask.store.subscriptions.values() if _wish(each) == _wish(made)]
    if same:
        raise wrong("event_type", event_type, f"DuplicateSubscriptionFailed: [{same[0].id}] is the same already.")
    if len(ask.store.subscriptions) >= MOST:
        raise forbidden(f"SubscriptionLimitExceeded: this app has its {MOST} subscriptions.")
    ask.store.subscriptions[made.id] = made
    total = len(ask.store.subscriptions)
    data: dict[str, Any] = {"subscription": told(made)}
    if ask.selection.vocabulary == "2.166":
        data["total_subscriptions_for_instance_id"] = total
    return Reply(data, meta={"total_subscriptions": total})


def _wish(subscription: Subscription) -> tuple[Any, ...]:
    return (subscription.event_type, sorted(subscription.filter.items()), subscription.webhook_id, subscription.tag)


def _check(ask: Ask, tag: str | None, webhook_id: str | None) -> None:
    if tag is not None and not 0 < len(tag) <= LONGEST_TAG:
        raise wrong("tag", tag[:40], f"A tag has 1 to {LONGEST_TAG} characters.")
    if webhook_id is not None:
        found(ask, webhook_id)


@handles("activity.get_subscriptions")
def get(ask: Ask) -> Reply:
    """The subscriptions there are, oldest first: all of them to the app, to a user those made as that user."""
    mine = [each for each in ask.store.subscriptions.values() if not ask.me or each.owner_id == ask.me]
    cut = part_of(ask, mine, 100, lambda each: each.id)
    meta: dict[str, Any] = {"result_count": len(cut.items)}
    if cut.next_token:
        meta["next_token"] = cut.next_token
    return Reply(whole={"data": [told(each) for each in cut.items], "meta": meta})


@handles("activity.update_subscription")
def update(ask: Ask) -> Reply:
    """Change where events go, or their tag."""
    body = ask.body(models.UpdateActivitySubscriptionRequest)
    subscription = ask.store.subscriptions.get(ask.path["subscription_id"])
    if subscription is None:
        raise _unknown(ask.path["subscription_id"])
    _check(ask, body.tag, body.webhook_id)
    subscription.tag = body.tag or subscription.tag
    subscription.webhook_id = body.webhook_id or subscription.webhook_id
    subscription.updated_ms = ask.now_ms
    return Reply({"subscription": told(subscription), "total_subscriptions": len(ask.store.subscriptions)})


def _unknown(id: str) -> Refusal:
    return wrong("subscription_id", id, f"There is no subscription [{id}].")


@handles("activity.delete_subscription")
def delete(ask: Ask) -> Reply:
    """End a subscription."""
    if ask.store.subscriptions.pop(ask.path["subscription_id"], None) is None:
        raise _unknown(ask.path["subscription_id"])
    return Reply({"deleted": True}, meta={"total_subscriptions": len(ask.store.subscriptions)})


@handles("activity.delete_subscriptions_by_ids")
def delete_several(ask: Ask) -> Reply:
    """End several; what cannot be ended stands in `errors`."""
    done: list[dict[str, Any]] = []
    errors: list[dict[str, Any]] = []
    for id in ask.names("ids"):
        if ask.store.subscriptions.pop(id, None) is not None:
            done.append({"subscription_id": id, "deleted": True})
        else:
            reason = {"subscription_id": id, "reason": "NotFound", "message": f"There is no subscription [{id}]."}
            errors.append(reason)
    return Reply(done, errors=errors, meta={"total_subscriptions": len(ask.store.subscriptions)})


@handles(STREAM)
def stream(ask: Ask) -> Flow:
    """Events of all subscriptions, as they happen."""
    if ask.sandbox.hub.count(STREAM, ask.caller.token) >= CONNECTIONS:
        detail = f"This app has its {CONNECTIONS} connections to the stream open already."
        issue = "TooManyConnections"
        raise refusal(429, "streaming-connection", "ConnectionException", detail, connection_issue=issue)
    session = Session(ask.sandbox.uuid(), STREAM, ask.client_ip, ask.now_ms)
    ask.store.sessions[session.id] = session
    return Flow(ask.sandbox.hub, Connection(STREAM, ask.caller.token, session, lambda _: None))
