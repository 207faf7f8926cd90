"""What the sandbox stores of webhooks and of what is delivered to them."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Webhook:
    """An address that events are sent to."""

    id: str
    url: str
    created_ms: int
    valid: bool = True
    failing_since_ms: int | None = None  # deliveries have failed since then, without a success


@dataclass(slots=True)
class Subscription:
    """A standing wish for one kind of activity."""

    id: str
    event_type: str
    created_ms: int
    updated_ms: int
    owner_id: str = ""  # who made it; empty for the app
    user_id: str | None = None
    keyword: str | None = None
    direction: str | None = None
    tag: str | None = None
    webhook_id: str | None = None

    @property
    def filter(self) -> dict[str, str]:
        """What narrows it, as it was given."""
        parts = {"user_id": self.user_id, "keyword": self.keyword, "direction": self.direction}
        return {name: value for name, value in parts.items() if value is not None}


@dataclass(slots=True)
class StreamLink:
    """A webhook that gets what the filtered stream's rules match."""

    webhook_id: str
    created_ms: int
    query: dict[str, str] = field(default_factory=dict[str, str])  # field parameters that were asked for


@dataclass(slots=True)
class Delivery:
    """A message for a webhook, for when it has to be sent again."""

    webhook_id: str
    ms: int
    body: bytes
    delivered: bool = False
