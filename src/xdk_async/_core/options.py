"""What a client, or a view of it, does with its calls."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from xdk_async._core.budget import Budget
from xdk_async._core.costly import OnCostly
from xdk_async._core.retry import Policy
from xdk_async._core.wait import OnWait
from xdk_async.errors import InvalidArgument

CredentialName: TypeAlias = Literal["app", "user", "oauth1", "oauth2"]
NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
UNSENDABLE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]")


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
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    validate: bool = True
    keep_raw: bool = False
    gapless: bool = False
    """Whether a page that is no JSON counts as no answer, since nothing may be left out."""
    on_wait: OnWait | None = None
    stale_pages: int = 3
    budgets: tuple[Budget, ...] = ()
    on_costly: OnCostly | None = None


def keyed(headers: Mapping[str, str]) -> dict[str, tuple[bytes, bytes]]:
    """Headers as they are sent, by their names in lower case: of two with the same name the later counts.

    Raises:
        InvalidArgument: A header cannot be sent.
    """
    for name, value in headers.items():
        if not NAME.fullmatch(name) or UNSENDABLE.search(value):
            raise InvalidArgument(
                f"the header {name!r} cannot be sent: its name or value holds what no header can carry"
            )
    return {name.lower(): (name.encode(), value.encode()) for name, value in headers.items()}
