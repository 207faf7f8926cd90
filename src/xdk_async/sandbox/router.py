"""Which operation of the table a method and a path mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from xdk_async._core.operation import Operation
from xdk_async.sandbox.problem import Refusal, blank


@dataclass(frozen=True, slots=True)
class Route:
    """A path of the table, cut into its parts; a part that is a parameter has a name."""

    operation: Operation[Any]
    parts: tuple[str, ...]
    names: tuple[str, ...]  # empty for a fixed part

    def match(self, parts: tuple[str, ...]) -> dict[str, str] | None:
        """The path parameters, if the path is of this form."""
        found: dict[str, str] = {}
        for part, own, name in zip(parts, self.parts, self.names, strict=True):
            if name and part:
                found[name] = part
            elif part != own:
                return None
        return found


def route(operation: Operation[Any]) -> Route:
    """The route to an operation."""
    parts = tuple(operation.path.split("/"))
    return Route(operation, parts, tuple(part[1:-1] if part.startswith("{") else "" for part in parts))


class Router:
    """Finds operations: a fixed path wins over one with parameters."""

    def __init__(self, operations: Iterable[Operation[Any]]) -> None:
        self._routes: dict[int, list[Route]] = {}
        for each in sorted(map(route, operations), key=lambda each: sum(map(bool, each.names))):
            self._routes.setdefault(len(each.parts), []).append(each)

    def find(self, method: str, path: str) -> tuple[Operation[Any], Mapping[str, str]]:
        """The operation and its path parameters; `path` is percent-encoded.

        Raises:
            Refusal: There is nothing there, or nothing for this method.
        """
        parts = tuple(map(unquote, path.split("/")))
        others: set[str] = set()
        for each in self._routes.get(len(parts), ()):
            found = each.match(parts)
            if found is not None:
                if each.operation.method == method:
                    return each.operation, found
                others.add(each.operation.method)
        raise self._nothing(method, path, others)

    def _nothing(self, method: str, path: str, others: set[str]) -> Refusal:
        if not others:
            return blank(404, "Not Found", f"The API has no path {path}.")
        allowed = ", ".join(sorted(others))
        refused = blank(405, "Method Not Allowed", f"{path} takes {allowed}, not {method}.")
        refused.headers = {"allow": allowed}
        return refused
