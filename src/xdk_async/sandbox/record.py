"""What the sandbox stores. Names are those of the newer vocabulary; what follows from other records is not stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

Reference: TypeAlias = Literal["replied_to", "quoted", "retweeted"]
Entities: TypeAlias = dict[str, list[dict[str, Any]]]


@dataclass(slots=True)
class User:
    """An account."""

    id: str
    username: str
    name: str
    created_ms: int
    description: str = ""
    location: str = ""
    url: str = ""
    protected: bool = False
    verified_type: str = "none"
    subscription_type: str = "None"
    parody: bool = False
    pinned_post_id: str | None = None
    affiliation_id: str | None = None  # the organization's user id


@dataclass(slots=True)
class Post:
    """A post, a reply, a quote or a repost."""

    id: str
    ms: int
    author_id: str
    text: str
    conversation_id: str
    entities: Entities = field(default_factory=dict[str, list[dict[str, Any]]])
    note: str | None = None  # the whole text, where `text` had to be cut
    note_entities: Entities = field(default_factory=dict[str, list[dict[str, Any]]])
    lang: str = "en"
    in_reply_to_user_id: str | None = None
    references: tuple[tuple[Reference, str], ...] = ()
    media_keys: tuple[str, ...] = ()
    poll_id: str | None = None
    place_id: str | None = None
    community_id: str | None = None
    reply_settings: str = "everyone"
    source: str = "Sandbox"
    impressions: int = 0
    topic: str | None = None
    paid_partnership: bool = False
    hidden: bool = False
    history: tuple[str, ...] = ()  # ids of all versions, oldest first; this one is among them
    superseded: bool = False  # a newer version exists
    nullcast: bool = False  # shown to nobody who does not know its id
    card_uri: str | None = None
    article_id: str | None = None

    def refers(self, kind: Reference) -> str | None:
        """The id of the post it replies to, quotes or reposts."""
        return next((id for each, id in self.references if each == kind), None)


@dataclass(slots=True)
class Media:
    """A photo, video or GIF."""

    key: str
    type: Literal["photo", "video", "animated_gif"]
    width: int
    height: int
    alt_text: str | None = None
    duration_ms: int | None = None
    views: int = 0


@dataclass(slots=True)
class Poll:
    """A poll, with its votes."""

    id: str
    labels: tuple[str, ...]
    votes: list[int]
    duration_minutes: int
    end_ms: int


@dataclass(slots=True)
class Place:
    """A place that posts are tagged with."""

    id: str
    name: str
    full_name: str
    country: str
    country_code: str
    place_type: str
    bbox: tuple[float, float, float, float]


@dataclass(slots=True)
class List:
    """A List; who is on it stands in `Store.members`."""

    id: str
    name: str
    owner_id: str
    created_ms: int
    description: str = ""
    private: bool = False


@dataclass(slots=True)
class Rule:
    """A rule of the filtered stream."""

    id: str
    value: str
    tag: str | None


@dataclass(slots=True)
class Like:
    """A like, with its moment; that it holds stands in `Store.likes`."""

    id: str
    ms: int
    user_id: str
    post_id: str


@dataclass(slots=True)
class Folder:
    """A folder of bookmarks; what is in it stands in `Store.filed`."""

    id: str
    name: str
    owner_id: str


@dataclass(slots=True)
class Notice:
    """Something that a compliance stream tells: in both vocabularies alike, so it is kept as it is sent."""

    stream: str  # the stream's operation
    ms: int
    about: str  # the id of the post or user; it decides the partition
    data: dict[str, Any]


@dataclass(slots=True)
class Job:
    """A batch compliance job."""

    id: str
    type: Literal["tweets", "users"]
    created_ms: int
    secret: str  # part of the addresses to upload to and to download from
    name: str | None = None
    resumable: bool = False
    uploaded: str | None = None  # ids, one a line
    result: str | None = None  # one JSON object a line


@dataclass(slots=True)
class Session:
    """A connection to a stream, open or over."""

    id: str
    endpoint: str
    client_ip: str
    connected_ms: int
    disconnected_ms: int | None = None
    reason: str | None = None


Happening: TypeAlias = Post | Like | Notice
"""What streams tell of."""
