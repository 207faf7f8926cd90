"""What a request is for, by its method and path, before anybody has looked at the rest of it."""

from __future__ import annotations

from starlette.types import Scope

from xdk_async.api.operations import OPERATIONS
from xdk_async.sandbox.presented import raw_path
from xdk_async.sandbox.problem import Refusal
from xdk_async.sandbox.router import Router
from xdk_async.sandbox.sign_in.route import DOORS

DOOR_NAMES: list[str] = [*dict.fromkeys(name for name, _, _, _ in DOORS)]
"""The endpoints of signing in."""


def is_door(name: str) -> bool:
    """Whether what is called so is an endpoint of signing in."""
    return name in DOOR_NAMES


class Names:
    """Names requests: operations as the table does, the endpoints of signing in as the sandbox does."""

    def __init__(self) -> None:
        self._router = Router(OPERATIONS.values())
        self._doors = {(method, path): name for name, methods, path, _ in DOORS for method in methods}

    def of(self, scope: Scope) -> tuple[str | None, bool]:
        """The name, None for what is not there; and whether it is a stream."""
        method, path = scope["method"], raw_path(scope)
        door = self._doors.get((method, path))
        if door is not None:
            return door, False
        try:
            operation, _ = self._router.find(method, path)
        except Refusal:
            return None, False
        return operation.name, operation.streams
