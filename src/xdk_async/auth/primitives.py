"""authlib's protocol layer, typed, and loaded on first use. Never its httpx integration, which may prefer httpx2."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from xdk_async.errors import CredentialsError


def s256_challenge(code_verifier: str) -> str:
    """The challenge of a verifier (RFC 7636 §4.2)."""
    from authlib.oauth2 import rfc7636

    untyped: Any = rfc7636
    return str(untyped.create_s256_code_challenge(code_verifier))


def authorization_url(endpoint: str, client_id: str, redirect_uri: str, scope: str, state: str, challenge: str) -> str:
    """Where a user signs in (RFC 6749 §4.1.1)."""
    from authlib.oauth2.rfc6749 import parameters

    untyped: Any = parameters
    more = {"code_challenge": challenge, "code_challenge_method": "S256"}
    return str(untyped.prepare_grant_uri(endpoint, client_id, "code", redirect_uri, scope, state, **more))


def callback_code(address: str, state: str) -> str:
    """The code that came back with the user.

    Raises:
        CredentialsError: There is none, or the state is another's.
    """
    from authlib.common.errors import AuthlibBaseError
    from authlib.oauth2.rfc6749 import parameters

    untyped: Any = parameters
    try:
        return str(untyped.parse_authorization_code_response(address, state)["code"])
    except AuthlibBaseError as error:
        raise CredentialsError(f"the answer does not belong to this sign-in ({error.error}): begin again") from None


def token_request(grant_type: str, redirect_uri: str | None = None, **more: str) -> str:
    """The body that asks for a token (RFC 6749 §4.1.3, §6)."""
    from authlib.oauth2.rfc6749 import parameters

    untyped: Any = parameters
    return str(untyped.prepare_token_request(grant_type, "", redirect_uri, **more))


def revoke_request(token: str, hint: str) -> str:
    """The body that revokes a token (RFC 7009 §2.1)."""
    from authlib.oauth2 import rfc7009

    untyped: Any = rfc7009
    return str(untyped.prepare_revoke_token_request(token, hint)[0])


def form(body: bytes) -> dict[str, str]:
    """A form-encoded answer."""
    return dict(parse_qsl(body.decode("utf-8", "replace")))
