"""What the people of the sandbox write to each other, whom they do not want to hear, and what they keep in folders."""

from __future__ import annotations

import random

from xdk_async.sandbox import words
from xdk_async.sandbox.clock import HOUR, MINUTE, Clock
from xdk_async.sandbox.compose import write
from xdk_async.sandbox.record import Folder
from xdk_async.sandbox.record_talk import ChatConversation, ChatEvent, DmConversation, DmEvent, DmType, PublicKey
from xdk_async.sandbox.snowflake import snowflake
from xdk_async.sandbox.store import Store

PARTNERS = 4


def talk(rng: random.Random, store: Store, clock: Clock) -> None:
    """Fill in conversations and what belongs to them; posts and users are there."""
    me, *others = store.users
    *friends, deaf, blocker, blocked, muted, _ = others  # the last one is protected
    chosen = rng.sample(friends, PARTNERS)
    now = clock.ms()
    for number, other in enumerate(chosen):
        low, high = sorted((me, other), key=int)
        _dms(rng, store, DmConversation(f"{low}-{high}", [me, other]), now - (number + 1) * 5 * HOUR)
    group = DmConversation(str(snowflake(now - 30 * HOUR)), [me, *chosen[:3]], group=True)
    _dms(rng, store, group, now - 30 * HOUR)
    store.mutes.add(me, muted)
    store.blocks.add(me, blocked)
    store.blocks.add(blocker, me)
    store.dm_blocks.add(deaf, me)
    _folders(rng, store, me, now)
    _chat(rng, store, me, chosen[0], now)


def _dms(rng: random.Random, store: Store, conversation: DmConversation, start_ms: int) -> None:
    store.dm_conversations[conversation.id] = conversation
    first = conversation.participants[0]
    if conversation.group:
        _add(store, conversation, "", start_ms, first, conversation.participants)
    for number in range(rng.randint(3, 8)):
        text = rng.choice((*words.ANSWER, *words.COMMENT, "Did you see https://example.com/notes/7 yet?"))
        _add(store, conversation, text, start_ms + (number + 1) * 7 * MINUTE, rng.choice(conversation.participants))


def _add(
    store: Store, conversation: DmConversation, text: str, ms: int, sender_id: str, joined: list[str] | None = None
) -> None:
    id = str(snowflake(ms, len(store.dm_events)))
    done = write(store, text)
    kind: DmType = "ParticipantsJoin" if joined else "MessageCreate"
    event = DmEvent(id, ms, conversation.id, kind, sender_id, [*(joined or ())], done.text, done.entities)
    store.dm_events[id] = event
    conversation.events.append(id)


def _folders(rng: random.Random, store: Store, me: str, now: int) -> None:
    for number, name in enumerate(("To read", "Recipes")):
        folder = Folder(str(snowflake(now - (number + 1) * HOUR, number)), name, me)
        store.folders[folder.id] = folder
        for id in rng.sample(store.bookmarks.of(me), 3):
            store.filed.add(folder.id, id)


def _chat(rng: random.Random, store: Store, me: str, other: str, now: int) -> None:
    for user_id in (me, other):
        key = PublicKey("1", user_id, _bytes(rng), _bytes(rng), _bytes(rng))
        store.public_keys[f"{user_id} 1"] = key
    low, high = sorted((me, other), key=int)
    chat = ChatConversation(f"{low}-{high}", now - 9 * HOUR, now - 8 * HOUR, [me, other], key_version="1")
    store.chats[chat.id] = chat
    for number in range(4):
        id = str(snowflake(now - 9 * HOUR + number * MINUTE, number))
        previous = chat.events[-1] if chat.events else None
        sender_id = me if number % 2 else other
        event = ChatEvent(id, now - 9 * HOUR + number * MINUTE, chat.id, sender_id, _bytes(rng), previous_id=previous)
        event.key_change = number == 0
        store.chat_events[id] = event
        chat.events.append(id)


def _bytes(rng: random.Random) -> str:
    """What could be encrypted."""
    return f"{rng.getrandbits(256):064x}"
