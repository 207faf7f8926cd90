"""How TLS is done: whom to trust, and what to show."""

from __future__ import annotations

import functools
import os
import ssl
from pathlib import Path
from typing import Any, TypeAlias

import httpx

from xdk_async.errors import InvalidArgument

Verify: TypeAlias = bool | str | os.PathLike[str] | ssl.SSLContext
Cert: TypeAlias = str | os.PathLike[str] | tuple[str, str] | tuple[str, str, str | None]


@functools.cache
def default_ssl_context(trust_env: bool = True) -> ssl.SSLContext:
    """The TLS settings that all pools of this process share, with httpx's trusted roots."""
    context = httpx.create_ssl_context(trust_env=trust_env)
    context.set_alpn_protocols(["http/1.1"])
    return context


def ssl_context(verify: Verify = True, cert: Cert | None = None, *, trust_env: bool = True) -> ssl.SSLContext:
    """Settings of their own for one pool.

    Args:
        verify: Whether servers must prove who they are; or a file or directory of the certificates to trust, in place of
            httpx's; or settings that are ready.
        cert: What this client shows: a PEM file of a certificate and its key, or two files, and the key's password.
        trust_env: Whether `SSL_CERT_FILE` and `SSL_CERT_DIR` name the certificates to trust.

    Raises:
        InvalidArgument: A file cannot be used.
    """
    if isinstance(verify, ssl.SSLContext):
        if cert is not None:
            raise InvalidArgument(
                "verify= is an SSLContext: load the certificate of cert= into that, by load_cert_chain()"
            )
        return verify
    context = httpx.create_ssl_context(verify, trust_env=trust_env) if isinstance(verify, bool) else trusting(verify)
    if cert is not None:
        file, key = (cert[0], cert[1]) if isinstance(cert, tuple) else (cert, None)
        password = cert[2] if isinstance(cert, tuple) and len(cert) == 3 else None
        try:
            context.load_cert_chain(file, key, password)
        except (OSError, TypeError, ValueError) as error:  # ssl.SSLError, a wrong password included, is an OSError
            raise InvalidArgument(f"cert={file!r} cannot be used: {error}") from None
    return context


def trusting(path: str | os.PathLike[str]) -> ssl.SSLContext:
    """Trust the certificates in a file or directory."""
    try:
        if Path(path).is_dir():
            return ssl.create_default_context(capath=path)
        return ssl.create_default_context(cafile=path)
    except (OSError, TypeError, ValueError) as error:
        raise InvalidArgument(f"verify={path!r} is no file of certificates that can be used: {error}") from None


class Http1Context(ssl.SSLContext):
    """Somebody's settings, used to speak HTTP/1.1, while httpx uses them to speak HTTP/2.

    What to speak is set on the settings themselves, and read when a connection is opened.
    """

    _settings: ssl.SSLContext

    def __new__(cls, settings: ssl.SSLContext) -> Http1Context:
        """Settings that stand for `settings`."""
        self = super().__new__(cls, ssl.PROTOCOL_TLS_CLIENT)
        self._settings = settings
        return self

    def wrap_bio(self, *arguments: Any, **more: Any) -> ssl.SSLObject:
        """The TLS of one connection."""
        self._settings.set_alpn_protocols(["http/1.1"])
        return self._settings.wrap_bio(*arguments, **more)
