"""What a sandbox is doing, as JSON for people and programs."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from xdk_async._core.operation import Auth
from xdk_async.api.operations import OPERATIONS
from xdk_async.sandbox.handlers import HANDLERS
from xdk_async.sandbox.relation import Relation
from xdk_async.sandbox.store import Store
from xdk_async.sandbox.vocabulary import is_list, is_object

if TYPE_CHECKING:
    from xdk_async.sandbox.world import Sandbox

KINDS = ((Auth.APP, "app"), (Auth.OAUTH2, "oauth2"), (Auth.OAUTH1, "oauth1"))


def operations() -> list[dict[str, Any]]:
    """The operations there are."""
    return [
        {
            "name": each.name,
            "method": each.method,
            "path": each.path,
            "auth": [name for kind, name in KINDS if kind & each.auth],
            "scopes": each.scopes.split(),
            "stateful": each.name in HANDLERS,
            "streams": each.streams,
        }
        for each in OPERATIONS.values()
    ]


def overview(sandbox: Sandbox) -> dict[str, Any]:
    """Time, counts, rules, streams, faults."""
    meter = sandbox.meter
    return {
        "time": {"now": sandbox.clock.now(), "frozen": sandbox.clock.is_frozen, "offset": sandbox.clock.offset},
        "me": {"id": sandbox.me.id, "username": sandbox.me.username, "name": sandbox.me.name},
        "state": counts(sandbox.store),
        "requests": len(sandbox.requests),
        "rules": [{"id": each.id, "value": each.value, "tag": each.tag} for each in sandbox.store.rules.values()],
        "streams": [{"operation": each.operation, "waiting": each.waiting} for each in sandbox.hub.connections],
        "faults": [each.told() for each in sandbox.faults.active],
        "limits": sandbox.rate.limits,
        "account": {
            "post_cap": meter.post_cap,
            "reads": meter.reads_of_month(),
            "credits": meter.credits,
            "balance": meter.balance,
        },
    }


def counts(store: Store) -> dict[str, int]:
    """How many there are of whatever the store holds."""
    found: dict[str, int] = {}
    for each in fields(store):
        value = getattr(store, each.name)
        if isinstance(value, Relation):
            found[each.name] = value.count()
        elif is_object(value) or is_list(value):
            found[each.name] = len(value)
    return {name: count for name, count in found.items() if count}
