"""What the sandbox stores of Spaces, Communities, notes, articles, broadcasts and news."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

SpaceState: TypeAlias = Literal["live", "scheduled", "ended"]
BroadcastState: TypeAlias = Literal["NotStarted", "Running", "Ended"]


@dataclass(slots=True)
class Space:
    """A Space; what people post about it links to it."""

    id: str
    creator_id: str
    created_ms: int
    updated_ms: int
    title: str
    state: SpaceState
    lang: str = "en"
    host_ids: list[str] = field(default_factory=list[str])
    speaker_ids: list[str] = field(default_factory=list[str])
    invited_user_ids: list[str] = field(default_factory=list[str])
    buyer_ids: list[str] = field(default_factory=list[str])
    topic_ids: list[str] = field(default_factory=list[str])
    participants: int = 0
    subscribers: int = 0
    ticketed: bool = False
    scheduled_ms: int | None = None
    started_ms: int | None = None
    ended_ms: int | None = None


@dataclass(slots=True)
class Topic:
    """What a Space is about."""

    id: str
    name: str
    description: str


@dataclass(slots=True)
class Community:
    """A Community; who is in it stands in `Store.joined`."""

    id: str
    name: str
    description: str
    created_ms: int
    access: Literal["Public", "Closed"] = "Public"
    join_policy: Literal["Open", "RestrictedJoinRequestsRequireModeratorApproval"] = "Open"


@dataclass(slots=True)
class Note:
    """A Community Note."""

    id: str
    author_id: str
    post_id: str
    text: str
    classification: str
    misleading_tags: list[str]
    trustworthy_sources: bool
    created_ms: int
    media: bool = False
    test: bool = True
    score: str = "High"


@dataclass(slots=True)
class Article:
    """A long text with a title, as a draft or published with a post."""

    id: str
    author_id: str
    title: str
    content: dict[str, Any]
    media_id: str | None = None
    post_id: str | None = None


@dataclass(slots=True)
class Broadcast:
    """A live video: announced, on air or over."""

    id: str  # of 13 letters and digits
    scheduled_id: str  # decimal
    owner_id: str
    title: str
    source_id: str
    created_ms: int
    updated_ms: int
    start_ms: int  # when it is announced to begin
    end_ms: int
    state: BroadcastState = "NotStarted"
    started_ms: int | None = None
    ended_ms: int | None = None
    description: str | None = None
    locale: str | None = None
    chat_option: str | None = None
    replay: bool = True
    manual: bool = False
    thumbnail_media_id: str | None = None
    telecast_id: str | None = None
    series_id: str | None = None  # of a broadcast that recurs
    every_ms: int = 0  # after which it recurs
    repeats: int = 0  # how often it still does
    watched: int = 0
    watching: int = 0
    post_id: str | None = None
    muted: list[str] = field(default_factory=list[str])  # who may not write in its chat


@dataclass(slots=True)
class BroadcastMessage:
    """A message in the chat of a broadcast."""

    id: str
    broadcast_id: str
    author_id: str
    ms: int
    text: str
    reply_to: str | None = None


@dataclass(slots=True)
class News:
    """A story that many posts are about."""

    id: str
    name: str
    category: str
    hook: str
    summary: str
    updated_ms: int
    topic: str
    keywords: list[str]
    post_ids: list[str]
    people: list[str] = field(default_factory=list[str])
