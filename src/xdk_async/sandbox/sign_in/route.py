"""All doors of signing in, by their paths."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from xdk_async.sandbox.sign_in import app_only, oauth1, oauth2
from xdk_async.sandbox.sign_in.door import Behind, door

if TYPE_CHECKING:
    from xdk_async.sandbox.world import Sandbox

READ, WRITE = ["GET", "POST"], ["POST"]
DOORS: tuple[tuple[str, list[str], str, Behind], ...] = (
    ("oauth2.authorize", READ, "/i/oauth2/authorize", oauth2.authorize),
    ("oauth2.authorize", READ, "/2/oauth2/authorize", oauth2.authorize),
    ("oauth2.token", WRITE, "/2/oauth2/token", oauth2.token),
    ("oauth2.revoke", WRITE, "/2/oauth2/revoke", oauth2.revoke),
    ("oauth2.app_token", WRITE, "/oauth2/token", app_only.token),
    ("oauth2.invalidate", WRITE, "/oauth2/invalidate_token", app_only.invalidate),
    ("oauth1.request_token", WRITE, "/oauth/request_token", oauth1.request_token),
    ("oauth1.authorize", READ, "/oauth/authorize", oauth1.authorize),
    ("oauth1.authorize", READ, "/oauth/authenticate", oauth1.authorize),
    ("oauth1.access_token", WRITE, "/oauth/access_token", oauth1.access_token),
    ("oauth1.invalidate", WRITE, "/1.1/oauth/invalidate_token.json", oauth1.invalidate),
    ("oauth1.invalidate", WRITE, "/1.1/oauth/invalidate_token", oauth1.invalidate),
)


def routes(sandbox: Sandbox) -> list[Route]:
    """The routes to them."""
    return [door(sandbox, methods, path, behind) for _, methods, path, behind in DOORS]
