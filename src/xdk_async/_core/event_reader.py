"""Messages of webhooks and of the activity stream → typed events. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias, TypeVar

import msgspec

from xdk_async._core import activity as events
from xdk_async._core import activity_type as kinds
from xdk_async._core import lenient
from xdk_async._core.includes import Includes
from xdk_async._core.lenient import is_list, is_object
from xdk_async.api import models

M = TypeVar("M")
Build: TypeAlias = "Callable[[Mapping[str, Any], list[str]], dict[str, Any]]"


def read_message(message: Mapping[str, Any]) -> list[events.Event]:
    """What a webhook's message says; several events where Account Activity puts them into one."""
    data = message.get("data")
    if is_object(data) and "event_type" in data:
        return [activity_event(data)]
    if is_object(data) and "id" in data and ("matching_rules" in message or "text" in data):
        return [filtered_post(message, data)]
    status = message.get(kinds.REPLAY)
    if is_object(status):
        job, webhook, state = (text(status.get(name)) for name in ("job_id", "webhook_id", "job_state"))
        id = key(kinds.REPLAY, status)
        return [events.ReplayEvent(type=kinds.REPLAY, id=id, raw=message, job_id=job, webhook_id=webhook, state=state)]
    found = list(account_events(message))
    return found or [events.UnknownEvent(type=kinds.UNKNOWN, id=key(kinds.UNKNOWN, message), raw=message)]


def activity_event(data: Mapping[str, Any] | models.ActivityStreamResponseData) -> events.ActivityEvent:
    """An event of the X Activity API, from what a webhook or `client.stream.activity` got."""
    raw: Mapping[str, Any] = msgspec.to_builtins(data) if isinstance(data, msgspec.Struct) else data
    misfits: list[str] = []
    type = kinds.canonical(text(raw.get("event_type")) or kinds.UNKNOWN)
    given = raw.get("payload")
    payload: Mapping[str, Any] = unwrapped(given) if is_object(given) else {}
    uuid = text(raw.get("event_uuid"))
    about = [type, uuid, raw.get("filter"), raw.get("tag")]
    common: dict[str, Any] = {
        "type": type,
        "id": key(type, about if uuid else raw),
        "raw": raw,
        "event_uuid": uuid,
        "filter": part(raw.get("filter"), models.ActivitySubscriptionFilter, "filter", misfits),
        "tag": text(raw.get("tag")),
        "payload": payload,
        "includes": Includes(
            part(unwrapped(raw.get("includes")), models.Expansions, "includes", misfits) or models.Expansions()
        ),
    }
    kind, build = builder(type)
    return kind(**common, **build(payload, misfits), undecoded=tuple(misfits))


def builder(type: str) -> tuple[Callable[..., events.ActivityEvent], Build]:
    family = type.partition(".")[0]
    if type in kinds.POSTS:
        return events.PostEvent, lambda payload, misfits: {"post": whole(payload, models.Post, misfits)}
    if type == "like.create":
        return events.LikeEvent, lambda payload, misfits: {"like": whole(payload, models.LikeWithPostAuthor, misfits)}
    if type in kinds.RELATIONS:
        return events.RelationEvent, users("source", "target")
    if type in kinds.LIVE:
        return events.LiveEvent, both(users("user"), texts(broadcast_id="broadcast_id"))
    if type in ("dm.sent", "dm.received"):
        return events.DirectMessageEvent, direct_messages
    if type in TEXTS:
        return TEXTS[type]
    if family == "chat":
        return events.ChatEvent, texts(
            conversation_id="conversation_id", sender_id="sender_id", message_id="id", encoded_event="encoded_event"
        )
    if type.startswith("profile.update."):
        return events.ProfileUpdateEvent, texts(before="before", after="after")
    return events.ActivityEvent, lambda _payload, _misfits: {}


def texts(**names: str) -> Build:
    """Attributes that are text, each with the name it has in the payload."""

    def build(payload: Mapping[str, Any], misfits: list[str]) -> dict[str, Any]:
        given = {name: payload.get(name) for name in names.values()}
        misfits += [f"payload.{name}" for name, value in given.items() if value is not None and text(value) is None]
        return {attribute: text(payload.get(name)) for attribute, name in names.items()}

    return build


def users(*names: str) -> Build:
    """Attributes that are users."""
    return lambda payload, misfits: {
        name: part(payload.get(name), models.User, f"payload.{name}", misfits) for name in names
    }


def both(one: Build, other: Build) -> Build:
    return lambda payload, misfits: {**one(payload, misfits), **other(payload, misfits)}


def news(payload: Mapping[str, Any], misfits: list[str]) -> dict[str, Any]:
    """X's description says `headline`, its examples `name`."""
    found = texts(headline="headline", category="category", hook="hook", summary="summary")(payload, misfits)
    return {**found, "headline": found["headline"] or text(payload.get("name"))}


TEXTS: dict[str, tuple[Callable[..., events.ActivityEvent], Build]] = {
    "post.delete": (events.PostDeleteEvent, texts(post_id="id", author_id="author_id")),
    "oauth.revoke": (events.RevokeEvent, texts(user_id="user_id", app_id="app_id")),
    "news.new": (events.NewsEvent, news),
    "broadcast.chat": (
        events.BroadcastChatEvent,
        both(users("author"), texts(broadcast_id="broadcast_id", message_id="message_id", message="message")),
    ),
}


def direct_messages(payload: Mapping[str, Any], misfits: list[str]) -> dict[str, Any]:
    items, people = payload.get("direct_message_events"), payload.get("users")
    return {
        "messages": [direct_message(each) for each in items if is_object(each)] if is_list(items) else [],
        "users": {
            id: user
            for id, each in (people.items() if is_object(people) else ())
            if (user := part(each, models.User, f"payload.users.{id}", misfits)) is not None
        },
    }


def direct_message(raw: Mapping[str, Any]) -> events.DirectMessage:
    made = raw.get("message_create")
    created: Mapping[str, Any] = made if is_object(made) else {}
    target, data = created.get("target"), created.get("message_data")
    return events.DirectMessage(
        id=text(raw.get("id")),
        created_timestamp=text(raw.get("created_timestamp")),
        sender_id=text(created.get("sender_id")),
        recipient_id=text(target.get("recipient_id")) if is_object(target) else None,
        text=text(data.get("text")) if is_object(data) else None,
        raw=raw,
    )


def filtered_post(message: Mapping[str, Any], data: Mapping[str, Any]) -> events.FilteredPostEvent:
    misfits: list[str] = []
    return events.FilteredPostEvent(
        type=kinds.STREAM_POST,
        id=key(kinds.STREAM_POST, [data.get("id"), message.get("matching_rules")]),
        raw=message,
        post=part(data, models.Post, "data", misfits) or models.Post(),
        includes=Includes(part(message.get("includes"), models.Expansions, "includes", misfits) or models.Expansions()),
        matching_rules=part(message.get("matching_rules"), list[models.MatchingRule], "matching_rules", misfits) or [],
        undecoded=tuple(misfits),
    )


def account_events(message: Mapping[str, Any]) -> Iterator[events.Event]:
    user_id = text(message.get("for_user_id"))
    for name in kinds.ACCOUNT:
        given = message.get(name)
        for item in given if is_list(given) else [given]:
            if is_object(item):
                about = [user_id, item.get("id_str") or item.get("id") or item]
                yield events.AccountActivityEvent(
                    type=name, id=key(name, about), raw=message, for_user_id=user_id, item=item
                )


def whole(payload: Mapping[str, Any], kind: type[M], misfits: list[str]) -> M:
    return part(payload, kind, "payload", misfits) or kind()


def part(value: Any, kind: type[M], path: str, misfits: list[str]) -> M | None:
    """A decoded part as that type, as far as it goes."""
    if value is None:
        return None
    try:
        return msgspec.convert(value, kind)
    except (msgspec.ValidationError, UnicodeEncodeError):
        untyped: Any = kind
        found = lenient.fit(value, lenient.info(untyped), path, misfits)
    if found is lenient.MISFIT:
        misfits.append(path)
        return None
    fitted: M = found
    return fitted


def unwrapped(value: Any) -> Any:
    """X wraps users of some events in a `data` of their own; this takes it away, wherever it is."""
    if is_list(value):
        return [unwrapped(each) for each in value]
    if not is_object(value):
        return value
    if [*value] == ["data"] and is_object(value["data"]):
        return unwrapped(value["data"])
    return {name: unwrapped(each) for name, each in value.items()}


def text(value: Any) -> str | None:
    """Text, or a number in digits."""
    if isinstance(value, bool):
        return None
    return value if isinstance(value, str) else str(value) if isinstance(value, int) else None


def key(type: str, about: object) -> str:
    """A short name for an event, the same for each delivery of it."""
    return f"{type}:{hashlib.sha256(msgspec.json.encode(about, order='sorted')).hexdigest()[:32]}"
