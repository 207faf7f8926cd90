"""Whom a user does not want to see or hear: mutes, blocks, and blocks of Direct Messages."""

from __future__ import annotations

from xdk_async.api import models
from xdk_async.sandbox.ask import Ask, Reply, handles
from xdk_async.sandbox.handlers.common import myself, target_user, users_page
from xdk_async.sandbox.problem import forbidden


@handles("users.get_muting")
def get_muting(ask: Ask) -> Reply:
    """Whom the signed-in user has muted, latest first."""
    return users_page(ask, ask.store.mutes.of(myself(ask)))


@handles("users.mute_user")
def mute(ask: Ask) -> Reply:
    """Mute somebody: their posts leave the timeline."""
    me = myself(ask)
    user = target_user(ask, "target_user_id", ask.body(models.MuteUserRequest).target_user_id)
    if user.id == me:
        raise forbidden("Nobody can mute themselves.")
    if not ask.store.mutes.has(me, user.id):
        ask.store.mutes.add(me, user.id)
        ask.sandbox.activity.between("mute.mute", me, user.id)
    return Reply({"muting": True})


@handles("users.unmute_user")
def unmute(ask: Ask) -> Reply:
    """Hear somebody again."""
    me = myself(ask, "source_user_id")
    user = target_user(ask, "target_user_id", ask.path["target_user_id"])
    if ask.store.mutes.has(me, user.id):
        ask.store.mutes.remove(me, user.id)
        ask.sandbox.activity.between("mute.unmute", me, user.id)
    return Reply({"muting": False})


@handles("users.get_blocking")
def get_blocking(ask: Ask) -> Reply:
    """Whom the signed-in user has blocked, latest first; no operation of the API blocks."""
    return users_page(ask, ask.store.blocks.of(myself(ask)))


@handles("users.block_dms")
def block_dms(ask: Ask) -> Reply:
    """Take no Direct Messages from somebody."""
    user = target_user(ask, "id", ask.path["id"])
    if user.id == ask.me:
        raise forbidden("Nobody can block themselves.")
    ask.store.dm_blocks.add(ask.me, user.id)
    return Reply({"blocked": True})


@handles("users.unblock_dms")
def unblock_dms(ask: Ask) -> Reply:
    """Take Direct Messages from somebody again."""
    user = target_user(ask, "id", ask.path["id"])
    ask.store.dm_blocks.remove(ask.me, user.id)
    return Reply({"blocked": False})
