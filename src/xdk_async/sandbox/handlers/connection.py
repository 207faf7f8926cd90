"""Connections to streams: what is open and was, and closing what is open."""

from __future__ import annotations

from collections.abc import Iterable

from xdk_async.api import models
from xdk_async.sandbox.ask import Ask, Reply, handles
from xdk_async.sandbox.member_stream import ENDPOINTS
from xdk_async.sandbox.record import Session
from xdk_async.sandbox.shape import page

REASON = "Closed by a call of the connections API."


@handles("connections.get_connection_history")
def get_history(ask: Ask) -> Reply:
    """Connections that are open, or over, or both; latest first."""
    status, endpoints = ask.query.get("status", "active"), ask.names("endpoints")
    found = [
        session
        for session in reversed(ask.store.sessions.values())
        if status in ("all", "active" if session.disconnected_ms is None else "inactive")
        and (not endpoints or ENDPOINTS[session.endpoint] in endpoints)
    ]
    return page(ask, "connection", found, 10, previous=False)


@handles("connections.delete_all")
def close_all(ask: Ask) -> Reply:
    """Close every stream."""
    return _close(ask, (session.id for session in _open(ask)))


@handles("connections.delete_by_endpoint")
def close_endpoint(ask: Ask) -> Reply:
    """Close the streams of one endpoint."""
    return _close(ask, (each.id for each in _open(ask) if ENDPOINTS[each.endpoint] == ask.path["endpoint_id"]))


@handles("connections.delete_by_uuids")
def close_some(ask: Ask) -> Reply:
    """Close the streams with these ids."""
    return _close(ask, dict.fromkeys(ask.body(models.DeleteConnectionsByUuidsRequest).uuids))


def _open(ask: Ask) -> list[Session]:
    return [session for session in ask.store.sessions.values() if session.disconnected_ms is None]


def _close(ask: Ask, ids: Iterable[str]) -> Reply:
    asked = [*ids]
    closed = set(ask.sandbox.hub.cut(asked, REASON))
    results = [
        {"uuid": id, "success": True}
        if id in closed
        else {"uuid": id, "success": False, "error_message": "There is no open connection with this id."}
        for id in asked
    ]
    told = {"successful_kills": len(closed), "failed_kills": len(asked) - len(closed), "results": results}
    return Reply(told)
