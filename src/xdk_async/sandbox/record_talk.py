"""What the sandbox stores of conversations: Direct Messages, and encrypted chat."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from xdk_async.sandbox.record import Entities

DmType: TypeAlias = Literal["MessageCreate", "ParticipantsJoin", "ParticipantsLeave"]


@dataclass(slots=True)
class DmConversation:
    """A conversation of two, whose id is made of theirs, or of a group; a group is never told apart by who is in it."""

    id: str
    participants: list[str]
    group: bool = False
    events: list[str] = field(default_factory=list[str])


@dataclass(slots=True)
class DmEvent:
    """A message, or that somebody came or left."""

    id: str
    ms: int
    conversation_id: str
    type: DmType
    sender_id: str
    participant_ids: list[str] = field(default_factory=list[str])  # who came or left
    text: str = ""
    entities: Entities = field(default_factory=dict[str, list[dict[str, Any]]])
    media_keys: list[str] = field(default_factory=list[str])
    post_ids: list[str] = field(default_factory=list[str])  # posts that the text links to
    hidden_from: list[str] = field(default_factory=list[str])  # who deleted it, each for themselves


@dataclass(slots=True)
class ChatConversation:
    """An encrypted conversation; the sandbox keeps what it is sent and reads none of it."""

    id: str
    created_ms: int
    updated_ms: int
    members: list[str]
    admins: list[str] = field(default_factory=list[str])
    group: bool = False
    name: str | None = None
    avatar_url: str | None = None
    ttl_ms: int | None = None
    key_version: str = "0"
    events: list[str] = field(default_factory=list[str])
    read: dict[str, str] = field(default_factory=dict[str, str])  # user → the last event they have seen
    typing_ms: dict[str, int] = field(default_factory=dict[str, int])  # user → when they typed


@dataclass(slots=True)
class ChatEvent:
    """A message of an encrypted conversation, or a change of its keys or members; its id is its sequence id."""

    id: str
    ms: int
    conversation_id: str
    sender_id: str
    encoded: str
    message_id: str = ""
    previous_id: str | None = None
    token: str | None = None
    signature: str | None = None
    key_change: bool = False
    hidden_from: list[str] = field(default_factory=list[str])


@dataclass(slots=True)
class PublicKey:
    """A user's public keys for encrypted conversations."""

    version: str
    user_id: str
    public_key: str | None = None
    signing_public_key: str | None = None
    identity_public_key_signature: str | None = None
