"""Broadcasts on air or over, and their chat."""

from __future__ import annotations

from xdk_async.api import models
from xdk_async.sandbox.ask import Ask, Reply, handles
from xdk_async.sandbox.handlers.common import target_user
from xdk_async.sandbox.problem import forbidden, missing, unknown, wrong
from xdk_async.sandbox.record_show import Broadcast, BroadcastMessage
from xdk_async.sandbox.shape import one, page

LONGEST = 280


@handles("broadcasts.list")
def list_broadcasts(ask: Ask) -> Reply:
    """Broadcasts of the signed-in user, or those that are named, newest first."""
    ids = ask.names("ids")
    broadcasts = reversed(ask.store.broadcasts.values())
    found = [each for each in broadcasts if (each.id in ids if ids else each.owner_id == ask.me)]
    return page(ask, "broadcast", found, 100, previous=False)


@handles("broadcasts.get_broadcast")
def get_broadcast(ask: Ask) -> Reply:
    """A broadcast by id."""
    return one(ask, "broadcast", ask.store.broadcasts.get(ask.path["id"]), "id", ask.path["id"])


@handles("broadcasts.get_broadcast_chat")
def get_chat(ask: Ask) -> Reply:
    """The chat of a broadcast, newest message first."""
    broadcast = ask.store.broadcasts.get(ask.path["id"])
    if broadcast is None:
        raise unknown("broadcast", "id", ask.path["id"])
    messages = reversed(ask.store.broadcast_messages.values())
    found = [each for each in messages if each.broadcast_id == broadcast.id]
    return page(ask, "broadcast_chat_message", found, 100, previous=False)


@handles("broadcasts.send_broadcast_chat")
def send_chat(ask: Ask) -> Reply:
    """Write in the chat of a broadcast that is on air."""
    broadcast = _target(ask)
    body = ask.body(models.SendBroadcastChatRequest)
    if not 1 <= len(body.text) <= LONGEST:
        raise wrong("text", body.text, f"A message has 1 to {LONGEST} characters.")
    if broadcast.state != "Running":
        raise forbidden(f"The broadcast [{broadcast.id}] is not on air.")
    if ask.me in broadcast.muted:
        raise forbidden("The signed-in user was muted in this chat.")
    if body.reply_to is not None:
        _message(ask, broadcast, body.reply_to, "reply_to")
    id = ask.store.ids.next(ask.now_ms)
    ask.store.broadcast_messages[id] = BroadcastMessage(id, broadcast.id, ask.me, ask.now_ms, body.text, body.reply_to)
    return Reply({"success": True, "timestamp": str(ask.now_ms)})


@handles("broadcasts.delete_broadcast_chat_message")
def delete_message(ask: Ask) -> Reply:
    """Delete a message: an own one, or any in an own broadcast."""
    broadcast = _target(ask)
    message = _message(ask, broadcast, ask.path["message_id"], "message_id")
    if ask.me not in (message.author_id, broadcast.owner_id):
        raise forbidden(f"The message [{message.id}] is somebody else's, and so is the broadcast.")
    del ask.store.broadcast_messages[message.id]
    return Reply({"deleted": True})


@handles("broadcasts.mute_broadcast_chat_user")
def mute(ask: Ask) -> Reply:
    """Let a user write no more in the chat of an own broadcast."""
    broadcast = _own(ask)
    user = target_user(ask, "user_id", ask.body(models.MuteBroadcastChatUserRequest).user_id)
    if user.id not in broadcast.muted:
        broadcast.muted.append(user.id)
    return Reply({"muted": True})


@handles("broadcasts.unmute_broadcast_chat_user")
def unmute(ask: Ask) -> Reply:
    """Let a user write again."""
    broadcast = _own(ask)
    user = target_user(ask, "user_id", ask.path["user_id"])
    if user.id in broadcast.muted:
        broadcast.muted.remove(user.id)
    return Reply({"muted": False})


def _target(ask: Ask) -> Broadcast:
    broadcast = ask.store.broadcasts.get(ask.path["id"])
    if broadcast is None:
        raise missing("broadcast", "id", ask.path["id"])
    return broadcast


def _own(ask: Ask) -> Broadcast:
    broadcast = _target(ask)
    if broadcast.owner_id != ask.me:
        raise forbidden(f"The broadcast [{broadcast.id}] is somebody else's.")
    return broadcast


def _message(ask: Ask, broadcast: Broadcast, id: str, parameter: str) -> BroadcastMessage:
    message = ask.store.broadcast_messages.get(id)
    if message is None or message.broadcast_id != broadcast.id:
        raise missing("broadcast_chat_message", parameter, id)
    return message
