"""The official SDK's module `xdk.paginator`: pages by way of a `Cursor`.

`async for post in Cursor(client.posts.search_recent, "python").items(250)`; calls give the same without it:
`client.posts.search_recent("python").items(250)`.
"""

from __future__ import annotations

from xdk_async._core.cursor import Cursor, cursor
from xdk_async.errors import PaginationError

__all__ = ["Cursor", "PaginationError", "cursor"]
