"""What the sandbox stores of uploads; their bytes stand in files until they are whole."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Upload:
    """A file on its way in, or arrived."""

    id: str
    owner_id: str
    media_type: str
    media_category: str
    total_bytes: int
    created_ms: int
    additional_owners: tuple[str, ...] = ()
    shared: bool = False
    segments: dict[int, int] = field(default_factory=dict[int, int])  # index → bytes
    size: int = 0
    sha256: str = ""  # of the whole file, once it is finalized
    finalized_ms: int | None = None
    ready_ms: int = 0  # when processing ends
    failure: str = ""  # what X says of it when processing has failed
    width: int = 0
    height: int = 0
    subtitles: dict[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])  # language → id, name

    @property
    def key(self) -> str:
        """Its media key: the kind and the id."""
        kinds = {"gif": "16", "image": "3", "subtitles": "2"}
        return f"{kinds.get(self.media_category.rpartition('_')[2], '13')}_{self.id}"


@dataclass(slots=True)
class ChatUpload:
    """A file of an encrypted conversation."""

    id: str
    owner_id: str
    conversation_id: str
    hash_key: str
    total_bytes: int
    segments: dict[int, int] = field(default_factory=dict[int, int])
    finalized: bool = False
