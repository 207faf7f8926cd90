"""A call's address as httpx has it."""

from __future__ import annotations

import re
from typing import Any

import httpx

from xdk_async._core.operation import Call
from xdk_async.errors import InvalidArgument

# What httpx leaves exactly as it is: unreserved characters and whole escapes, and no dots that stand for a way.
UNRESERVED = re.compile(r"/[\w\-.~%/]*(?:\?[\w\-.~%&=]*)?", re.ASCII)
CHANGED = re.compile(r"%(?![0-9A-F]{2})|/\.|//")
LONGEST = 30_000  # httpx refuses more than 65,536


class Addresses:
    """The addresses of calls under one base.

    httpx takes every URL apart into characters, 30 µs for a short and 150 for a long one. Nothing can happen to a target
    that is encoded as ours are, so that it is put into a copy of the base's parts: 3 µs.
    """

    def __init__(self, base: httpx.URL) -> None:
        self._base = base
        self._prefix = base.raw_path.rstrip(b"/").decode()
        self._parts: Any = getattr(base, "_uri_reference", None)  # httpx's own; without it all goes the slow way

    def of(self, call: Call[Any]) -> httpx.URL:
        """The address of a call.

        Raises:
            InvalidArgument: It cannot be one.
        """
        target = self._prefix + call.target
        if self._parts is not None and len(target) < LONGEST and is_final(target):
            path, mark, query = target.partition("?")
            url = httpx.URL.__new__(httpx.URL)
            vars(url)["_uri_reference"] = self._parts._replace(path=path, query=query if mark else None)
            return url
        try:
            return self._base.copy_with(raw_path=target.encode())
        except httpx.InvalidURL as error:
            raise InvalidArgument(f"{call.method} {call.path[:100]} cannot be sent: {error}") from None


def is_final(target: str) -> bool:
    """Whether httpx would have nothing to change in it."""
    return UNRESERVED.fullmatch(target) is not None and CHANGED.search(target) is None
