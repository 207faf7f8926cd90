"""The doors of OAuth 2.0: authorize, token, revoke."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response

from xdk_async.sandbox.presented import Presented
from xdk_async.sandbox.sign_in import consent
from xdk_async.sandbox.sign_in.answer import choices, said
from xdk_async.sandbox.sign_in.client import client_of, is_trusted
from xdk_async.sandbox.sign_in.code import Wish
from xdk_async.sandbox.sign_in.door import oauth_error, single
from xdk_async.sandbox.sign_in.scope import SCOPES

if TYPE_CHECKING:
    from xdk_async.sandbox.world import Sandbox

STATE = 500  # characters at the most
CHALLENGE = {"S256": re.compile(r"[A-Za-z0-9_-]{43}"), "plain": re.compile(r"[A-Za-z0-9._~-]{1,128}")}


def authorize(sandbox: Sandbox, shown: Presented) -> Response:
    """Ask the user whether an app may, or do what the user said."""
    query, twice = single(shown.query)
    if query.get("client_id") != sandbox.client_id:
        return consent.trouble("`client_id` is not the id of an app here.")
    redirect_uri = query.get("redirect_uri", "")
    if not is_trusted(redirect_uri, sandbox.redirect_uris):
        return consent.trouble("`redirect_uri` is missing, or is not registered for this app.")
    state = query.get("state", "")
    error, description = ("invalid_request", f"`{twice}` came more than once.") if twice else _mistake(query, state)
    if error:
        return consent.back(redirect_uri, error=error, error_description=description, state=state[:STATE])
    scopes = tuple(dict.fromkeys(query["scope"].split()))
    method = query.get("code_challenge_method", "plain")
    wish = Wish(sandbox.client_id, redirect_uri, scopes, state, query["code_challenge"], method)
    user, yes = said(sandbox, shown, query)
    if yes is None:
        wishes = [SCOPES[scope] for scope in scopes]
        return consent.ask(sandbox.app_name, wishes, choices(sandbox, user), user, redirect_uri)
    if not yes:
        return consent.back(redirect_uri, error="access_denied", state=state)
    return consent.back(redirect_uri, state=state, code=sandbox.codes.issue(wish, user.id))


def _mistake(query: Mapping[str, str], state: str) -> tuple[str, str]:
    """What is wrong with a wish that came from a known app; twice nothing if it is right."""
    if query.get("response_type") != "code":
        return "unsupported_response_type", "`response_type` is `code`."
    unknown = [scope for scope in query.get("scope", "").split() if scope not in SCOPES]
    if unknown or not query.get("scope", "").split():
        return "invalid_scope", f"Unknown scopes: {' '.join(unknown)}." if unknown else "`scope` is missing."
    if len(state) > STATE:
        return "invalid_request", f"`state` has {len(state)} characters, and {STATE} at the most."
    form = CHALLENGE.get(query.get("code_challenge_method", "plain"))
    if form is None:
        return "invalid_request", "`code_challenge_method` is `S256` or `plain`."
    if not form.fullmatch(query.get("code_challenge", "")):
        return "invalid_request", "`code_challenge` is missing, or is none."
    return "", ""


def token(sandbox: Sandbox, shown: Presented) -> Response:
    """Hand out tokens for a code or a refresh token."""
    form, client_id = _asked(sandbox, shown)
    if form.get("grant_type") == "authorization_code":
        return _exchange(sandbox, form, client_id)
    if form.get("grant_type") == "refresh_token":
        answer = sandbox.families.renew(client_id, _needed(form, "refresh_token"))
        if answer is None:
            raise oauth_error(400, "invalid_request", "Value passed for the token was invalid.")
        return JSONResponse(answer)
    raise oauth_error(400, "unsupported_grant_type", "`grant_type` is `authorization_code` or `refresh_token`.")


def _exchange(sandbox: Sandbox, form: Mapping[str, str], client_id: str) -> Response:
    code, redirect_uri = _needed(form, "code"), _needed(form, "redirect_uri")
    found = sandbox.codes.take(code, client_id, redirect_uri, _needed(form, "code_verifier"))
    if isinstance(found, str):
        raise oauth_error(400, "invalid_request", found)
    answer = sandbox.families.begin(client_id, found.user_id, found.wish.scopes, sandbox.token_lifetime)
    return JSONResponse(answer)


def revoke(sandbox: Sandbox, shown: Presented) -> Response:
    """Make a token useless. One that is unknown is useless already (RFC 7009 §2.2)."""
    form, client_id = _asked(sandbox, shown)
    sandbox.families.revoke(client_id, _needed(form, "token"))
    return JSONResponse({"revoked": True})


def _asked(sandbox: Sandbox, shown: Presented) -> tuple[dict[str, str], str]:
    """The form, and the client that sent it."""
    form, twice = single(shown.form)
    client_id = client_of(shown, form, sandbox.client_id, sandbox.client_secret)
    if twice:
        raise oauth_error(400, "invalid_request", f"`{twice}` came more than once.")
    return form, client_id


def _needed(form: Mapping[str, str], name: str) -> str:
    if name not in form:
        raise oauth_error(400, "invalid_request", f"`{name}` is missing from the form.")
    return form[name]
