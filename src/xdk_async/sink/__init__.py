"""Targets of `collect`, for those that need settings: `collect(pages, SQLite("x.db", table="mentions"))`."""

from __future__ import annotations

from xdk_async.sink.collecting import collect as collect
from xdk_async.sink.duckdb import DuckDB as DuckDB
from xdk_async.sink.jsonl import JSONL as JSONL
from xdk_async.sink.parquet import Parquet as Parquet
from xdk_async.sink.sqlite import SQLite as SQLite
from xdk_async.sink.summary import Summary as Summary
from xdk_async.sink.target import Sink as Sink

__all__ = ["JSONL", "DuckDB", "Parquet", "SQLite", "Sink", "Summary", "collect"]
