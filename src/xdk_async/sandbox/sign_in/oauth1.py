"""The doors of OAuth 1.0a: request token, authorize, access token, invalidate."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from starlette.responses import JSONResponse, Response

from xdk_async.sandbox.presented import Presented
from xdk_async.sandbox.sign_in import consent
from xdk_async.sandbox.sign_in.answer import choices, said
from xdk_async.sandbox.sign_in.client import is_trusted
from xdk_async.sandbox.sign_in.door import legacy, single
from xdk_async.sandbox.sign_in.pair import LEVELS
from xdk_async.sandbox.sign_in.scope import LEVEL_WORDS
from xdk_async.sandbox.sign_in.signature import UNKNOWN, bad

if TYPE_CHECKING:
    from xdk_async.sandbox.world import Sandbox

FORM = "application/x-www-form-urlencoded"


def request_token(sandbox: Sandbox, shown: Presented) -> Response:
    """Begin a sign-in, signed as the app alone."""
    signed = sandbox.signatures.check(shown, lambda token: None if token else "")
    callback = signed.values.get("oauth_callback", "")
    if callback != "oob" and not is_trusted(callback, sandbox.redirect_uris):
        raise legacy(403, 415, "`oauth_callback` is missing, or is not registered for this app.")
    level = LEVELS.get(signed.values.get("x_auth_access_type", ""))
    if level is None:
        raise legacy(400, 214, "`x_auth_access_type` is `read` or `write`.")
    token = sandbox.pairs.begin(callback, level)
    secret = sandbox.pairs.temporary[token].secret
    return _form(oauth_token=token, oauth_token_secret=secret, oauth_callback_confirmed="true")


def authorize(sandbox: Sandbox, shown: Presented) -> Response:
    """Ask the user whether the app may, or do what the user said."""
    query, _ = single(shown.query)
    token = query.get("oauth_token", "")
    begun = sandbox.pairs.temporary.get(token)
    if begun is None or begun.user_id:
        return consent.trouble("This sign-in is unknown, or has ended: go back to the app and begin again.", 401)
    user, yes = said(sandbox, shown, query)
    if yes is None:
        users = choices(sandbox, user)
        return consent.ask(sandbox.app_name, LEVEL_WORDS[begun.level], users, user, begun.callback)
    if not yes:
        del sandbox.pairs.temporary[token]
        return consent.declined() if begun.callback == "oob" else consent.back(begun.callback, denied=token)
    verifier = sandbox.pairs.approve(token, user.id)
    if begun.callback == "oob":
        return consent.pin(verifier)
    return consent.back(begun.callback, oauth_token=token, oauth_verifier=verifier)


def access_token(sandbox: Sandbox, shown: Presented) -> Response:
    """End a sign-in: the user's token for the verifier, signed with the temporary token."""
    signed = sandbox.signatures.check(shown, lambda token: sandbox.pairs.temporary_secret(token) if token else None)
    begun = sandbox.pairs.temporary[signed.token]
    given = signed.values.get("oauth_verifier", "")
    if not begun.verifier or not hmac.compare_digest(given.encode(), begun.verifier.encode()):
        raise bad(UNKNOWN, "`oauth_verifier` is missing or wrong, or the user has not said yes.")
    token = sandbox.pairs.finish(signed.token)
    pair = sandbox.pairs.users[token]
    name = sandbox.store.users[pair.user_id].username
    return _form(oauth_token=token, oauth_token_secret=pair.secret, user_id=pair.user_id, screen_name=name)


def invalidate(sandbox: Sandbox, shown: Presented) -> Response:
    """Make the user's token that signed this useless."""
    signed = sandbox.signatures.check(shown, sandbox.pairs.user_secret)
    del sandbox.pairs.users[signed.token]
    return JSONResponse({"access_token": signed.token})


def _form(**values: str) -> Response:
    return Response(urlencode(values), headers={"content-type": FORM})
