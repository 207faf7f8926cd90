"""A web app in which people log in with X. Any number of workers: sign-ins and tokens are in Redis.

    pip install "xdk-async[redis]" starlette uvicorn
    X_CLIENT_ID=… REDIS_URL=redis://localhost uvicorn --app-dir examples web_login:app --workers 2

Register http://127.0.0.1:8000/callback as a redirect URI of the app, or set PUBLIC_URL to where it is reached.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from html import escape
from typing import TypedDict
from urllib.parse import urlsplit

from redis.asyncio import Redis
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from xdk_async import AsyncClient, CredentialsError, InvalidArgument
from xdk_async.auth import PendingLogin, RedisStore
from xdk_async.oauth2_auth import OAuth2PKCEAuth

CLIENT_ID = os.environ.get("X_CLIENT_ID", "")
PUBLIC_URL = os.environ.get("PUBLIC_URL", "http://127.0.0.1:8000")
MINUTES = 10  # that a sign-in may take
COOKIE = "session"


class State(TypedDict):
    """What a worker holds: one client for all users."""

    client: AsyncClient
    redis: Redis
    store: RedisStore


@asynccontextmanager
async def lifespan(_: Starlette) -> AsyncGenerator[State]:
    address = urlsplit(os.environ.get("REDIS_URL", "redis://127.0.0.1:6379"))
    redis = Redis(host=address.hostname or "127.0.0.1", port=address.port or 6379)
    store = RedisStore(redis)
    async with AsyncClient(client_id=CLIENT_ID, token_store=store) as client:
        yield {"client": client, "redis": redis, "store": store}
    await redis.aclose()


def flow(request: Request, session: str, pending: PendingLogin | None = None) -> OAuth2PKCEAuth:
    """The sign-in of one browser session, whose token is stored under the session's id."""
    redirect_uri = f"{PUBLIC_URL}/callback"
    return OAuth2PKCEAuth(
        client_id=CLIENT_ID, redirect_uri=redirect_uri, store=request.state.store, subject=session, pending=pending
    )


async def home(request: Request) -> Response:
    session = request.cookies.get(COOKIE)
    if session is None or await request.state.store.load(flow(request, session).key) is None:
        return HTMLResponse('<h1>Welcome</h1><a id="login" href="/login">Log in with X</a>')
    try:
        me = await request.state.client.as_user(session).users.get_me()
    except CredentialsError:  # the user has taken the permission back
        return RedirectResponse("/logout")
    name = escape(me.data.name) if me.data else "somebody"
    return HTMLResponse(
        f'<h1>Hello, {name}</h1><p>Served by worker {os.getpid()}.</p><a id="logout" href="/logout">Log out</a>'
    )


async def login(request: Request) -> Response:
    session = secrets.token_urlsafe(32)
    auth = flow(request, session)
    answer = RedirectResponse(auth.get_authorization_url())
    assert auth.pending is not None
    await request.state.redis.set(f"pending:{session}", auth.pending.to_json(), ex=60 * MINUTES)
    answer.set_cookie(COOKIE, session, httponly=True, samesite="lax", secure=PUBLIC_URL.startswith("https"))
    return answer


async def callback(request: Request) -> Response:
    """Perhaps in another worker than `login`."""
    session = request.cookies.get(COOKIE, "")
    kept = await request.state.redis.getdel(f"pending:{session}")
    if kept is None:
        return HTMLResponse("<h1>This sign-in was not begun here, or took too long.</h1>", status_code=400)
    try:
        auth = flow(request, session, PendingLogin.from_json(kept.decode()))
        await auth.fetch_token(f"{PUBLIC_URL}/callback?{request.url.query}")
    except (CredentialsError, InvalidArgument) as error:
        return HTMLResponse(f"<h1>Not signed in</h1><p>{escape(str(error))}</p>", status_code=400)
    return RedirectResponse("/")


async def logout(request: Request) -> Response:
    session = request.cookies.get(COOKIE)
    if session is not None:
        await flow(request, session).revoke()
    answer = RedirectResponse("/")
    answer.delete_cookie(COOKIE)
    return answer


app = Starlette(
    routes=[Route("/", home), Route("/login", login), Route("/callback", callback), Route("/logout", logout)],
    lifespan=lifespan,
)
