"""Where compliance jobs are uploaded to and downloaded from: addresses outside the API, opened by what they hold.

X gives addresses of a storage that takes a plain PUT of ids, one a line; for a resumable job, a POST first, whose answer
names in `location` where to PUT.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from xdk_async.sandbox.clock import iso
from xdk_async.sandbox.member import Scene
from xdk_async.sandbox.member_stream import status
from xdk_async.sandbox.record import Job
from xdk_async.sandbox.store import Store

if TYPE_CHECKING:
    from xdk_async.sandbox.world import Sandbox

PATH = "/compliance/{id}/{secret}"


def routes(sandbox: Sandbox) -> list[Route]:
    """The addresses of all jobs."""

    def found(request: Request) -> Job | None:
        job = sandbox.store.jobs.get(request.path_params["id"])
        return job if job and job.secret == request.path_params["secret"] else None

    def state(job: Job) -> str:
        return status(Scene(sandbox.store, sandbox.clock.ms(), None), job)

    async def upload(request: Request) -> Response:
        job = found(request)
        if job is None or state(job) != "created":
            return PlainTextResponse("Nothing can be uploaded here.", 404 if job is None else 403)
        if request.method == "POST":
            return Response(status_code=201, headers={"location": str(request.url)})
        text = (await request.body()).decode("utf-8", "replace")
        ids = [line.strip() for line in text.splitlines() if line.strip()]
        if strange := [id for id in ids if not id.isdecimal()]:
            return PlainTextResponse(f"One id a line is wanted; [{strange[0]}] is none.", 400)
        job.uploaded = "\n".join(ids)
        job.result = result(sandbox.store, job.type, ids)
        return Response(status_code=200)

    async def download(request: Request) -> Response:
        job = found(request)
        if job is None or job.result is None or state(job) != "complete":
            return PlainTextResponse("There is nothing to download here.", 404 if job is None else 403)
        return PlainTextResponse(job.result, media_type="application/x-ndjson")

    return [
        Route(f"{PATH}/upload", upload, methods=["PUT", "POST"]),
        Route(f"{PATH}/download", download, methods=["GET"]),
    ]


def result(store: Store, type: str, ids: list[str]) -> str:
    """What has to be done with stored copies: a JSON object a line, none for what is as it was."""
    found = (_post(store, id) if type == "tweets" else _user(store, id) for id in ids)
    return "".join(f"{msgspec.json.encode(each).decode()}\n" for each in found if each)


def _post(store: Store, id: str) -> dict[str, Any] | None:
    post = store.posts.get(id)
    if post is None:
        return _line(store, id, "deleted")
    return _line(store, id, "protected") if store.users[post.author_id].protected else None


def _user(store: Store, id: str) -> dict[str, Any] | None:
    user = store.users.get(id)
    if user is None:
        return _line(store, id, "deleted")
    return _line(store, id, "protected") if user.protected else None


def _line(store: Store, id: str, reason: str) -> dict[str, Any]:
    told = next((notice.ms for notice in reversed(store.notices) if notice.about == id), None)
    redacted = {"redacted_at": iso(told)} if told is not None else {}
    return {"id": id, "action": "delete", "reason": reason, **redacted}
