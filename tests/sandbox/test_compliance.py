"""Batch compliance: jobs, their upload and download, and when they expire."""

from __future__ import annotations

import json
from typing import Any

from tests.sandbox.api import Api, Serve
from tests.sandbox.sign_in import Time
from xdk_async import AsyncClient
from xdk_async.sandbox import Sandbox

JOBS = "/2/compliance/jobs"


async def job(x: Api, **body: Any) -> dict[str, Any]:
    answer = await x.call("POST", JOBS, body)
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()["data"]
    return made


async def fetched(x: Api, made: dict[str, Any], ids: list[str]) -> dict[str, dict[str, Any]]:
    """Upload the ids and download what is told of them."""
    assert (await x.client.get(made["download_url"])).status_code == 403
    assert (await x.client.put(made["upload_url"], content="\n".join(ids))).status_code == 200
    assert (await x.json(f"{JOBS}/{made['id']}"))["data"]["status"] == "complete"
    answer = await x.client.get(made["download_url"])
    assert answer.status_code == 200
    return {each["id"]: each for each in map(json.loads, answer.text.splitlines())}


async def test_deleted_and_protected_posts_are_told(x: Api) -> None:
    made = await job(x, type="tweets", name="mine")
    assert (made["status"], made["name"], made["type"]) == ("created", "mine", "tweets")
    kept, deleted = await x.say("kept"), await x.say("deleted")
    await x.do("DELETE", f"/2/tweets/{deleted}")
    secret = next(post.id for post in x.store.posts.values() if x.store.users[post.author_id].protected)
    told = await fetched(x, made, [kept, deleted, secret, "1"])
    assert {id: each["reason"] for id, each in told.items()} == {
        deleted: "deleted",
        secret: "protected",
        "1": "deleted",
    }
    assert {each["action"] for each in told.values()} == {"delete"}
    assert "redacted_at" in told[deleted]


async def test_users_are_told_too(x: Api) -> None:
    other = [*x.store.users][3]
    x.sandbox.update_user(other, protected=True)
    told = await fetched(x, await job(x, type="users"), [x.me, other, "1"])
    assert {id: each["reason"] for id, each in told.items()} == {other: "protected", "1": "deleted"}


async def test_a_resumable_upload_begins_with_its_location(x: Api) -> None:
    made = await job(x, type="tweets", resumable=True)
    started = await x.client.post(made["upload_url"], headers={"x-goog-resumable": "start"})
    assert started.status_code == 201
    assert (await x.client.put(started.headers["location"], content="1\n2\n")).status_code == 200


async def test_only_ids_are_taken_and_only_at_the_right_address(x: Api) -> None:
    made = await job(x, type="tweets")
    assert (await x.client.put(made["upload_url"], content="not an id")).status_code == 400
    assert (await x.client.put(f"{x.url}/compliance/{made['id']}/guess/upload", content="1")).status_code == 404
    assert (await x.client.put(f"{x.url}/compliance/1/guess/upload", content="1")).status_code == 404
    assert (await x.client.put(made["upload_url"], content="1")).status_code == 200
    assert (await x.client.put(made["upload_url"], content="2")).status_code == 403


async def test_jobs_are_listed_by_type_and_status_and_expire(served: Serve) -> None:
    time = Time()
    async with served(Sandbox(clock=time)) as x:
        first, second = await job(x, type="tweets"), await job(x, type="tweets")
        await job(x, type="users")
        await x.client.put(second["upload_url"], content="1")
        async with AsyncClient(base_url=x.url, bearer_token=x.sandbox.app_token) as client:
            listed = (await client.compliance.get_jobs("tweets")).data or []
            assert [(each.id, each.status) for each in listed] == [(second["id"], "complete"), (first["id"], "created")]
            done = (await client.compliance.get_jobs("tweets", status="complete")).data or []
            assert [each.id for each in done] == [second["id"]]
        time.now += 16 * 60
        assert (await x.json(f"{JOBS}/{first['id']}"))["data"]["status"] == "expired"
        assert (await x.client.put(first["upload_url"], content="1")).status_code == 403
        time.now += 7 * 86_400
        assert (await x.client.get(second["download_url"])).status_code == 403
