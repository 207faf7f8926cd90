"""aiohttp's errors as httpx's, by what matters: whether the request may have reached the server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from xdk_async._core.proxy import Proxy

if TYPE_CHECKING:
    import aiohttp


def unsent(error: Exception, request: aiohttp.ClientRequest, socks: Proxy | None) -> httpx.TransportError | None:
    """What to raise for an error met before the first byte of the request was sent; None if it is none of connecting."""
    import aiohttp

    if socks is not None and (found := refused_by(socks, error, request)) is not None:
        return found
    if not isinstance(error, aiohttp.ClientError | OSError | ValueError):
        return None
    hide_headers(error)
    message = str(error) or type(error).__name__
    if isinstance(error, aiohttp.InvalidURL):
        return httpx.UnsupportedProtocol(message)
    if isinstance(error, TimeoutError):
        return httpx.ConnectTimeout(f"no connection to {request.host}:{request.port} in time")
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return httpx.ProxyError(f"the proxy refused: {error.status} {error.message}")
    if request.proxy is None:
        return httpx.ConnectError(message)
    if isinstance(error, aiohttp.ClientConnectorError) and (error.host, error.port) == (request.host, request.port):
        return httpx.ConnectError(message)  # TLS with the server, through the proxy
    return httpx.ProxyError(message)


def refused_by(socks: Proxy, error: Exception, request: aiohttp.ClientRequest) -> httpx.TransportError | None:
    """What to raise for an error of the SOCKS proxy's; None if it is another."""
    from aiohttp_socks import ProxyConnectionError, ProxyError, ProxyTimeoutError

    if isinstance(error, ProxyTimeoutError):
        return httpx.ConnectTimeout(f"no connection to {request.host}:{request.port} through {socks.address} in time")
    if isinstance(error, ProxyConnectionError | ProxyError | EOFError):
        return httpx.ProxyError(f"{socks.address}: {error}")
    return None


def lost_error(error: Exception, request: httpx.Request, *, gone: bool = False) -> httpx.TransportError | None:
    """What to raise for an error met once bytes may have been sent; None if it is none of the connection's."""
    import aiohttp

    hide_headers(error)
    message = str(error) or type(error).__name__
    if isinstance(error, aiohttp.SocketTimeoutError):
        return httpx.ReadTimeout("the server sent nothing in time", request=request)
    if isinstance(error, aiohttp.InvalidURL):
        return httpx.UnsupportedProtocol(message, request=request)
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return httpx.RemoteProtocolError("the server hung up without an answer", request=request)
    if isinstance(error, aiohttp.ClientResponseError):
        return httpx.RemoteProtocolError(f"what the server sent is not HTTP: {error.message}", request=request)
    if gone or isinstance(error, aiohttp.ClientError | OSError):
        return httpx.ReadError(message, request=request)
    if isinstance(error, ValueError):  # a control character in a header
        return httpx.LocalProtocolError(message, request=request)
    return None


def hide_headers(error: Exception) -> None:
    """aiohttp's errors show the headers of the request, and so tokens and passwords, in their `repr`."""
    import aiohttp
    from multidict import CIMultiDict, CIMultiDictProxy

    if isinstance(error, aiohttp.ClientResponseError):
        error.request_info = error.request_info._replace(headers=CIMultiDictProxy(CIMultiDict[str]()))
        error.args = (error.request_info, error.history)
