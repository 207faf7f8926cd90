"""The official SDK's module `xdk.streaming`: settings of streams, their errors, and how they are."""

from __future__ import annotations

from xdk_async._core.stream_config import StreamConfig, StreamState
from xdk_async.errors import StreamError, StreamErrorType

__all__ = ["StreamConfig", "StreamError", "StreamErrorType", "StreamState"]
