"""xdk-async: the asyncio-native Python SDK for the X API v2."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from xdk_async._version import __version__ as __version__

if TYPE_CHECKING:
    from xdk_async import models as models
    from xdk_async._core.answer import Page as Page
    from xdk_async._core.answer import Response as Response
    from xdk_async._core.answer import Streamed as Streamed
    from xdk_async._core.backfill import Backfill as Backfill
    from xdk_async._core.budget import Budget as Budget
    from xdk_async._core.budget import BudgetStatus as BudgetStatus
    from xdk_async._core.checkpoint import CheckpointStore as CheckpointStore
    from xdk_async._core.costly import Costly as Costly
    from xdk_async._core.costly import CostWarning as CostWarning
    from xdk_async._core.cursor import Cursor as Cursor
    from xdk_async._core.cursor import cursor as cursor
    from xdk_async._core.event import Gap as Gap
    from xdk_async._core.event import InBandErrors as InBandErrors
    from xdk_async._core.event import StreamConnected as StreamConnected
    from xdk_async._core.event import StreamDisconnected as StreamDisconnected
    from xdk_async._core.event import StreamEvent as StreamEvent
    from xdk_async._core.event import StreamReconnecting as StreamReconnecting
    from xdk_async._core.event import UndecodableLine as UndecodableLine
    from xdk_async._core.event import UnknownMessage as UnknownMessage
    from xdk_async._core.includes import Includes as Includes
    from xdk_async._core.limits import RateLimit as RateLimit
    from xdk_async._core.linked import Linked as Linked
    from xdk_async._core.options import Timeouts as Timeouts
    from xdk_async._core.pages import Pages as Pages
    from xdk_async._core.place import BackfillProgress as BackfillProgress
    from xdk_async._core.price import Prices as Prices
    from xdk_async._core.redis_limits import RedisLimits as RedisLimits
    from xdk_async._core.rule_set import RuleChanges as RuleChanges
    from xdk_async._core.spending import Costs as Costs
    from xdk_async._core.spending import Spending as Spending
    from xdk_async._core.stream import Stream as Stream
    from xdk_async._core.stream_config import StreamConfig as StreamConfig
    from xdk_async._core.stream_config import StreamState as StreamState
    from xdk_async._core.stream_config import StreamStats as StreamStats
    from xdk_async._core.wait import Wait as Wait
    from xdk_async.api.prices import PRICES as PRICES
    from xdk_async.client import AsyncClient as AsyncClient
    from xdk_async.errors import (
        AnswerError as AnswerError,
    )
    from xdk_async.errors import (
        AuthenticationError as AuthenticationError,
    )
    from xdk_async.errors import (
        BadRequest as BadRequest,
    )
    from xdk_async.errors import (
        BudgetExceeded as BudgetExceeded,
    )
    from xdk_async.errors import (
        Conflict as Conflict,
    )
    from xdk_async.errors import (
        ConnectFailed as ConnectFailed,
    )
    from xdk_async.errors import (
        CredentialsError as CredentialsError,
    )
    from xdk_async.errors import (
        CreditsDepleted as CreditsDepleted,
    )
    from xdk_async.errors import (
        Disconnected as Disconnected,
    )
    from xdk_async.errors import (
        Forbidden as Forbidden,
    )
    from xdk_async.errors import (
        InvalidArgument as InvalidArgument,
    )
    from xdk_async.errors import (
        MediaProcessingFailed as MediaProcessingFailed,
    )
    from xdk_async.errors import (
        NotFound as NotFound,
    )
    from xdk_async.errors import (
        PaginationError as PaginationError,
    )
    from xdk_async.errors import (
        RateLimited as RateLimited,
    )
    from xdk_async.errors import (
        ServerError as ServerError,
    )
    from xdk_async.errors import (
        SessionLost as SessionLost,
    )
    from xdk_async.errors import (
        StoreFailed as StoreFailed,
    )
    from xdk_async.errors import (
        StreamEnded as StreamEnded,
    )
    from xdk_async.errors import (
        StreamError as StreamError,
    )
    from xdk_async.errors import (
        StreamErrorType as StreamErrorType,
    )
    from xdk_async.errors import (
        TimedOut as TimedOut,
    )
    from xdk_async.errors import (
        TooManyConnections as TooManyConnections,
    )
    from xdk_async.errors import (
        TransportError as TransportError,
    )
    from xdk_async.errors import (
        UsageCapExceeded as UsageCapExceeded,
    )
    from xdk_async.errors import (
        XError as XError,
    )
    from xdk_async.sink.collecting import collect as collect
    from xdk_async.telemetry import Telemetry as Telemetry

ERRORS = (
    "AnswerError", "AuthenticationError", "BadRequest", "BudgetExceeded", "Conflict", "ConnectFailed", "CredentialsError",
    "CreditsDepleted", "Disconnected", "Forbidden", "InvalidArgument", "MediaProcessingFailed", "NotFound",
    "PaginationError", "RateLimited", "ServerError", "SessionLost", "StoreFailed", "StreamEnded", "StreamError",
    "StreamErrorType", "TimedOut", "TooManyConnections", "TransportError",
    "UsageCapExceeded", "XError",
)  # fmt: skip
WHERE = {
    "AsyncClient": "xdk_async.client",
    "Backfill": "xdk_async._core.backfill",
    "BackfillProgress": "xdk_async._core.place",
    "Budget": "xdk_async._core.budget",
    "BudgetStatus": "xdk_async._core.budget",
    "CheckpointStore": "xdk_async._core.checkpoint",
    "Cursor": "xdk_async._core.cursor",
    "CostWarning": "xdk_async._core.costly",
    "Costly": "xdk_async._core.costly",
    "Costs": "xdk_async._core.spending",
    "Gap": "xdk_async._core.event",
    "InBandErrors": "xdk_async._core.event",
    "Includes": "xdk_async._core.includes",
    "Linked": "xdk_async._core.linked",
    "PRICES": "xdk_async.api.prices",
    "Page": "xdk_async._core.answer",
    "Pages": "xdk_async._core.pages",
    "Prices": "xdk_async._core.price",
    "RateLimit": "xdk_async._core.limits",
    "RedisLimits": "xdk_async._core.redis_limits",
    "Response": "xdk_async._core.answer",
    "RuleChanges": "xdk_async._core.rule_set",
    "Spending": "xdk_async._core.spending",
    "Stream": "xdk_async._core.stream",
    "StreamConfig": "xdk_async._core.stream_config",
    "StreamConnected": "xdk_async._core.event",
    "StreamDisconnected": "xdk_async._core.event",
    "StreamEvent": "xdk_async._core.event",
    "StreamReconnecting": "xdk_async._core.event",
    "StreamState": "xdk_async._core.stream_config",
    "StreamStats": "xdk_async._core.stream_config",
    "Streamed": "xdk_async._core.answer",
    "Telemetry": "xdk_async.telemetry",
    "Timeouts": "xdk_async._core.options",
    "UndecodableLine": "xdk_async._core.event",
    "UnknownMessage": "xdk_async._core.event",
    "Wait": "xdk_async._core.wait",
    "cursor": "xdk_async._core.cursor",
    "collect": "xdk_async.sink.collecting",
    **dict.fromkeys(ERRORS, "xdk_async.errors"),
}

__all__ = [
    "PRICES",
    "AnswerError",
    "AsyncClient",
    "AuthenticationError",
    "Backfill",
    "BackfillProgress",
    "BadRequest",
    "Budget",
    "BudgetExceeded",
    "BudgetStatus",
    "CheckpointStore",
    "Conflict",
    "ConnectFailed",
    "CostWarning",
    "Costly",
    "Costs",
    "CredentialsError",
    "CreditsDepleted",
    "Cursor",
    "Disconnected",
    "Forbidden",
    "Gap",
    "InBandErrors",
    "Includes",
    "InvalidArgument",
    "Linked",
    "MediaProcessingFailed",
    "NotFound",
    "Page",
    "Pages",
    "PaginationError",
    "Prices",
    "RateLimit",
    "RateLimited",
    "RedisLimits",
    "Response",
    "RuleChanges",
    "ServerError",
    "SessionLost",
    "Spending",
    "StoreFailed",
    "Stream",
    "StreamConfig",
    "StreamConnected",
    "StreamDisconnected",
    "StreamEnded",
    "StreamError",
    "StreamErrorType",
    "StreamEvent",
    "StreamReconnecting",
    "StreamState",
    "StreamStats",
    "Streamed",
    "Telemetry",
    "TimedOut",
    "Timeouts",
    "TooManyConnections",
    "TransportError",
    "UndecodableLine",
    "UnknownMessage",
    "UsageCapExceeded",
    "Wait",
    "XError",
    "__version__",
    "collect",
    "cursor",
    "models",
]


def __getattr__(name: str) -> Any:
    if name == "models":
        return importlib.import_module("xdk_async.models")
    if name not in WHERE:
        hint = "; the client is called AsyncClient" if name == "Client" else ""
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}{hint}")
    value = getattr(importlib.import_module(WHERE[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
