"""Broadcasts that are announced: made, changed, put on air, called off."""

from __future__ import annotations

from xdk_async.api import models
from xdk_async.sandbox.ask import Ask, Reply, handles
from xdk_async.sandbox.clock import DAY
from xdk_async.sandbox.compose import code
from xdk_async.sandbox.handlers.common import part
from xdk_async.sandbox.problem import forbidden, missing, unknown, wrong
from xdk_async.sandbox.record_show import Broadcast
from xdk_async.sandbox.shape import one, page

EVERY_MS = {"Daily": DAY, "Weekly": 7 * DAY}
TITLE = 280


@handles("broadcasts.create_scheduled_broadcast")
def create(ask: Ask) -> Reply:
    """Announce a broadcast, once or recurring."""
    body = ask.body(models.CreateScheduledBroadcastRequest)
    start, end = _span(ask, body.scheduled_start_ms, body.scheduled_end_ms)
    recurrence = part(body.recurrence, models.CreateScheduledBroadcastRecurrence)
    number = ask.store.ids.next(ask.now_ms)
    broadcast = Broadcast(
        id=code(f"broadcast {number}", 13),
        scheduled_id=code(f"schedule {number}", 13),
        owner_id=ask.me,
        title=_title(body.title or ""),
        source_id=body.source_id,
        created_ms=ask.now_ms,
        updated_ms=ask.now_ms,
        start_ms=start,
        end_ms=end,
        telecast_id=body.telecast_id,
    )
    _take_over(broadcast, body)
    if recurrence:
        broadcast.series_id = number
        broadcast.every_ms = EVERY_MS[recurrence.frequency]
        broadcast.repeats = _number("recurrence.repeats", recurrence.repeats)
    ask.store.broadcasts[broadcast.id] = broadcast
    return _told(ask, broadcast, 201)


@handles("broadcasts.list_scheduled")
def list_scheduled(ask: Ask) -> Reply:
    """Broadcasts of the signed-in user that have not begun, by the time of their start."""
    low = _number("oldest_start_time", ask.query.get("oldest_start_time", "0"))
    high = _number("newest_start_time", ask.query.get("newest_start_time", str(2**63)))
    found = [
        each
        for each in ask.store.broadcasts.values()
        if each.owner_id == ask.me and each.state == "NotStarted" and low <= each.start_ms <= high
    ]
    return page(ask, "scheduled_broadcast", sorted(found, key=lambda each: each.start_ms), 100, previous=False)


@handles("broadcasts.get_scheduled_broadcast")
def get_scheduled(ask: Ask) -> Reply:
    """An announced broadcast."""
    found = _scheduled(ask)
    if found is None:
        raise unknown("scheduled_broadcast", "id", ask.path["id"])
    return _told(ask, found)


@handles("broadcasts.update_scheduled_broadcast")
def update(ask: Ask) -> Reply:
    """Change an announced broadcast."""
    broadcast = _waiting(ask)
    body = ask.body(models.UpdateScheduledBroadcastRequest)
    if body.scheduled_broadcast_id != broadcast.scheduled_id:
        message = "`scheduled_broadcast_id` is not the id in the path."
        raise wrong("scheduled_broadcast_id", body.scheduled_broadcast_id, message)
    broadcast.start_ms, broadcast.end_ms = _span(ask, body.scheduled_start_ms, body.scheduled_end_ms)
    broadcast.title = _title(body.title) if body.title is not None else broadcast.title
    broadcast.source_id = body.source_id or broadcast.source_id
    _take_over(broadcast, body)
    if body.roll_forward:
        _roll(broadcast)
    broadcast.updated_ms = ask.now_ms
    return _told(ask, broadcast)


@handles("broadcasts.delete_scheduled_broadcast")
def delete(ask: Ask) -> Reply:
    """Call a broadcast off; of a recurring one the next time only, with `roll_forward`."""
    broadcast = _waiting(ask)
    if not (ask.flag("roll_forward") and _roll(broadcast)):
        del ask.store.broadcasts[broadcast.id]
    return Reply({"deleted": True})


@handles("broadcasts.go_live_scheduled_broadcast")
def go_live(ask: Ask) -> Reply:
    """Begin a broadcast now."""
    broadcast = _waiting(ask)
    broadcast.state, broadcast.started_ms, broadcast.updated_ms = "Running", ask.now_ms, ask.now_ms
    return _told(ask, broadcast)


def _told(ask: Ask, broadcast: Broadcast, status: int = 200) -> Reply:
    reply = one(ask, "scheduled_broadcast", broadcast, "id", broadcast.scheduled_id)
    reply.status = status
    return reply


def _scheduled(ask: Ask) -> Broadcast | None:
    found = (each for each in ask.store.broadcasts.values() if each.scheduled_id == ask.path["id"])
    return next((each for each in found if each.owner_id == ask.me), None)


def _waiting(ask: Ask) -> Broadcast:
    found = _scheduled(ask)
    if found is None:
        raise missing("scheduled_broadcast", "id", ask.path["id"])
    if found.state != "NotStarted":
        raise forbidden(f"The broadcast [{found.scheduled_id}] has begun already.")
    return found


def _roll(broadcast: Broadcast) -> bool:
    """Move a recurring broadcast to its next time; whether there is one."""
    if broadcast.repeats == 0:
        return False
    broadcast.repeats -= 1
    broadcast.start_ms += broadcast.every_ms
    broadcast.end_ms += broadcast.every_ms
    return True


def _take_over(
    broadcast: Broadcast, body: models.CreateScheduledBroadcastRequest | models.UpdateScheduledBroadcastRequest
) -> None:
    """What both requests can say of a broadcast; what they do not say stays as it is."""
    broadcast.description = body.description if body.description is not None else broadcast.description
    broadcast.chat_option = body.chat_option if body.chat_option is not None else broadcast.chat_option
    broadcast.locale = body.locale if body.locale is not None else broadcast.locale
    broadcast.replay = body.available_for_replay if body.available_for_replay is not None else broadcast.replay
    broadcast.manual = body.manual_publish if body.manual_publish is not None else broadcast.manual
    broadcast.thumbnail_media_id = body.thumbnail_media_id or broadcast.thumbnail_media_id


def _title(title: str) -> str:
    if len(title) > TITLE:
        raise wrong("title", title, f"A title has up to {TITLE} characters.")
    return title


def _span(ask: Ask, start: str, end: str) -> tuple[int, int]:
    start_ms, end_ms = _number("scheduled_start_ms", start), _number("scheduled_end_ms", end)
    if start_ms <= ask.now_ms:
        raise wrong("scheduled_start_ms", start, "The start lies in the past.")
    if end_ms <= start_ms:
        raise wrong("scheduled_end_ms", end, "The end is not after the start.")
    return start_ms, end_ms


def _number(name: str, value: str) -> int:
    if not value.isdecimal():
        raise wrong(name, value, f"The {name} [{value}] is not a whole number.")
    return int(value)
