"""Credentials: hooks that sign a request, the choice between them, and where users' tokens are kept."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xdk_async.auth.login import PendingLogin as PendingLogin
    from xdk_async.auth.redis_store import RedisStore as RedisStore
    from xdk_async.auth.sqlite_store import SQLiteStore as SQLiteStore
    from xdk_async.auth.store import MemoryStore as MemoryStore
    from xdk_async.auth.store import TokenStore as TokenStore
    from xdk_async.auth.token import Stored as Stored
    from xdk_async.auth.token import Token as Token
    from xdk_async.auth.token import TokenKey as TokenKey

WHERE: dict[str, str] = {
    "MemoryStore": "store",
    "PendingLogin": "login",
    "RedisStore": "redis_store",
    "SQLiteStore": "sqlite_store",
    "Stored": "token",
    "Token": "token",
    "TokenKey": "token",
    "TokenStore": "store",
}


def __getattr__(name: str) -> Any:
    if name not in WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{WHERE[name]}"), name)
