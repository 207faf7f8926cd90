"""Lets respx catch the requests of our default transport: https://lundberg.github.io/respx/"""

from __future__ import annotations

from typing import Any, ClassVar

import httpx

_NAME = "xdk_async"
_POOL = "xdk_async._core.pool.Pool"


def register_respx() -> None:
    """From now on respx also catches what is sent through `Pool`; again, or without respx installed, this does nothing.

    A router that does not say `using=` catches requests of httpx and of `Pool` alike, and so does `using="xdk_async"`.
    `using="httpcore"` and `using="httpx"` stay what respx makes of them.
    """
    try:
        from respx import mocks
    except ImportError:
        return
    if _NAME in mocks.Mocker.registry:
        return

    class PoolMocker(mocks.HTTPCoreMocker):
        """respx's own default mocker, with one more transport: one that takes and gives httpx's objects itself."""

        name: ClassVar[str] = _NAME
        targets: ClassVar[list[str]] = [*mocks.HTTPCoreMocker.targets, _POOL]

        @classmethod
        def to_httpx_request(cls, **kwargs: object) -> httpx.Request:
            if isinstance(request := kwargs["request"], httpx.Request):
                return request
            untyped: Any = super()
            made: httpx.Request = untyped.to_httpx_request(**kwargs)
            return made

        @classmethod
        async def from_async_httpx_response(
            cls, httpx_response: httpx.Response, target: object, **kwargs: object
        ) -> Any:
            if isinstance(kwargs["request"], httpx.Request):
                return httpx_response
            untyped: Any = super()
            return await untyped.from_async_httpx_response(httpx_response, target, **kwargs)

    # Routers look the default up when they start, so this reaches those that were made before, respx.mock among them:
    # https://github.com/lundberg/respx/blob/master/respx/router.py
    mocks.DEFAULT_MOCKER = PoolMocker.name
