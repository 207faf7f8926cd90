"""Every schema of X's API by its name: `models.Post`, `models.CreatePostsRequest`, `models.SearchPostsRecentResponse`.

Modules load when one of their names is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xdk_async.api import models

if TYPE_CHECKING:
    from xdk_async.api.models.index import *  # noqa: F403


def __getattr__(name: str) -> Any:
    return getattr(models, name)


def __dir__() -> list[str]:
    return dir(models)
