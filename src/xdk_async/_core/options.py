"""What a client, or a view of it, does with its calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from xdk_async._core.retry import Policy

CredentialName: TypeAlias = Literal["app", "user", "oauth1", "oauth2"]


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds that each phase of a request may take; None for no limit."""

    connect: float | None = 5.0
    """Connecting, TLS included."""
    read: float | None = 30.0
    """Waiting for the next bytes; any byte starts it anew."""
    write: float | None = 30.0
    """Waiting until the next bytes are taken."""
    pool: float | None = None
    """Waiting for a free connection; by default calls queue as long as it takes."""


@dataclass(frozen=True, slots=True)
class Options:
    """Settings of a view; made by `with_options`."""

    timeouts: Timeouts = field(default_factory=Timeouts)
    deadline: float | None = None
    policy: Policy = field(default_factory=Policy)
    credential: CredentialName | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    validate: bool = True
    keep_raw: bool = False
