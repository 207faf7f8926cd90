"""Recording and replaying, and that no secret gets into a file."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xdk_async import AsyncClient
from xdk_async.sandbox import Sandbox, serve
from xdk_async.testing import Cassette, CassetteError, LocalX
from xdk_async.testing.scrub import Scrub

MARK = "SECRET-"


@pytest.fixture
def marked() -> LocalX:
    secrets = ("app_token", "user_token", "client_secret", "api_secret", "oauth1_token_secret")
    return LocalX(mark=MARK, **{name: f"{MARK}{name}" for name in secrets})


async def tour(client: AsyncClient) -> list[object]:
    """Something of everything: an answer, pages, an error, a post."""
    me = await client.users.get_me()
    first = await client.posts.search_recent("python", max_results=10)
    missing = await client.users.get_by_username("nobody_here")
    made = await client.posts.create(text="Größe 🐍")
    return [me.data, [post.text for post in first.data], missing.errors, made.data]


async def test_what_was_recorded_is_replayed_without_x(tmp_path: Path, marked: LocalX) -> None:
    path = tmp_path / "tapes" / "tour.json"
    async with Cassette(path, transport=marked.transport) as cassette:
        assert cassette.is_recording
        asked = await tour(marked.client(transport=cassette))
    text = path.read_text(encoding="utf-8")
    assert MARK not in text
    assert "Größe 🐍" in text, "readable"
    with Cassette(path) as cassette:
        assert not cassette.is_recording
        client = AsyncClient(
            "http://x.sandbox", bearer_token="SECRET-other", access_token="SECRET-another", transport=cassette
        )
        assert await tour(client) == asked
        with pytest.raises(
            CassetteError, match="has no answer to GET http://x.sandbox/2/users/me .it was asked 1 times"
        ):
            await client.users.get_me()


async def test_signing_in_leaves_no_secret_in_the_file(
    tmp_path: Path, marked: LocalX, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("httpx"), "disabled", True)  # it logs whole addresses, and is not ours
    path = tmp_path / "signin.json"
    async with Cassette(path, "record", transport=marked.transport) as cassette:
        async with httpx.AsyncClient(transport=cassette, base_url="http://x.sandbox") as http:
            basic = (marked.client_id, marked.client_secret)
            verifier = f"{MARK}{'v' * 40}"
            asked = {
                "response_type": "code", "client_id": marked.client_id, "redirect_uri": "http://localhost/back",
                "scope": "tweet.read users.read offline.access", "state": f"{MARK}state", "auto_approve": "1",
                "code_challenge": verifier, "code_challenge_method": "plain",
            }  # fmt: skip
            back = await http.get("/i/oauth2/authorize", params=asked)
            code = httpx.URL(back.headers["location"]).params["code"]
            form = {
                "grant_type": "authorization_code", "code": code, "redirect_uri": "http://localhost/back",
                "code_verifier": verifier,
            }  # fmt: skip
            token = (await http.post("/2/oauth2/token", data=form, auth=basic)).json()
            form = {"grant_type": "refresh_token", "refresh_token": token["refresh_token"]}
            again = (await http.post("/2/oauth2/token", data=form, auth=basic)).json()
            await http.post("/2/oauth2/revoke", data={"token": again["access_token"]}, auth=basic)
            cookies = {"cookie": f"session={MARK}cookie; other=1", "proxy-authorization": f"Basic {MARK}"}
            await http.get("/2/users/me", headers={**cookies, "authorization": f"Bearer {again['access_token']}"})
            await http.get("/2/users/me", params={"access_token": f"{MARK}in-query"})
    text = path.read_text(encoding="utf-8")
    assert MARK not in text
    for secret in (code, token["access_token"], token["refresh_token"], again["access_token"], marked.client_secret):
        assert secret not in text
        assert quote(secret, safe="") not in text
    assert base64.b64encode(":".join(basic).encode()).decode() not in text
    assert text.count("[hidden]") > 5
    assert '"grant_type=refresh_token&refresh_token=%5Bhidden%5D"' in text
    replayed = Cassette(path)
    async with httpx.AsyncClient(transport=replayed, base_url="http://x.sandbox") as http:
        form = {"grant_type": "refresh_token", "refresh_token": "SECRET-quite-another"}
        answer = await http.post("/2/oauth2/token", data=form, auth=("SECRET-id", "SECRET-secret"))
        assert answer.json()["access_token"] == "[hidden]"


async def test_oauth1_leaves_no_secret_in_the_file(tmp_path: Path, marked: LocalX) -> None:
    path = tmp_path / "oauth1.json"
    async with Cassette(path, "record", transport=marked.transport) as cassette:
        client = AsyncClient(
            "http://x.sandbox", transport=cassette, api_key=marked.api_key, api_secret=marked.api_secret,
            access_token=marked.oauth1_token, access_token_secret=marked.oauth1_token_secret,
        )  # fmt: skip
        assert (await client.users.get_me()).data
    text = path.read_text(encoding="utf-8")
    assert MARK not in text
    assert marked.oauth1_token not in text
    assert "oauth_signature" not in text


async def test_streams_are_replayed_in_their_parts_and_with_their_end(tmp_path: Path, marked: LocalX) -> None:
    path = tmp_path / "stream.json"
    marked.faults.add("close", operation="stream.posts_sample", after=3, then="reset")

    async def follow(transport: httpx.AsyncBaseTransport) -> list[str]:
        got = b""
        async with httpx.AsyncClient(transport=transport, base_url="http://x.sandbox") as http:
            headers = {"authorization": f"Bearer {marked.app_token}"}
            async with http.stream("GET", "/2/tweets/sample/stream", headers=headers) as stream:
                for number in range(3):
                    marked.post(f"live {number} größer")
                with pytest.raises(httpx.ReadError):
                    async for chunk in stream.aiter_raw():
                        got += chunk
        return [json.loads(line)["data"]["text"] for line in got.split(b"\r\n") if line]

    async with Cassette(path, transport=marked.transport) as cassette:
        seen = await follow(cassette)
    assert seen[0] == "live 0 größer"
    tape = json.loads(path.read_text(encoding="utf-8"))
    [interaction] = tape["interactions"]
    assert len(interaction["response"]["chunks"]) >= len(seen)
    assert interaction["response"]["broken"] == "ReadError"
    assert await follow(Cassette(path)) == seen


async def test_uploads_are_recognized_whatever_their_boundary(tmp_path: Path) -> None:
    path = tmp_path / "upload.json"

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=request.content)

    async with (
        Cassette(path, transport=httpx.MockTransport(answer)) as cassette,
        httpx.AsyncClient(transport=cassette) as http,
    ):
        await http.post("https://api.x.com/2/media/upload", files={"media": b"\xff\x00\x01"})
    async with httpx.AsyncClient(transport=Cassette(path)) as http:
        got = await http.post("https://api.x.com/2/media/upload", files={"media": b"\xff\x00\x01"})
    assert b"\xff\x00\x01" in got.content, "bytes come back as they were"


def test_a_cassette_that_is_none_says_so(tmp_path: Path) -> None:
    path = tmp_path / "broken.json"
    path.write_text("{}")
    with pytest.raises(CassetteError, match="is no cassette"):
        Cassette(path)


async def test_a_cassette_that_is_not_there_says_how_to_make_it(tmp_path: Path) -> None:
    async with httpx.AsyncClient(transport=Cassette(tmp_path / "none.json", "replay")) as http:
        with pytest.raises(CassetteError, match="pytest --x-record"):
            await http.get("https://api.x.com/2/users/me")


async def test_a_recording_does_not_swallow_errors_or_keep_what_was_never_answered(tmp_path: Path) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no way", request=request)

    async with Cassette(tmp_path / "x.json", transport=httpx.MockTransport(fail)) as cassette:
        async with httpx.AsyncClient(transport=cassette) as http:
            with pytest.raises(httpx.ConnectError):
                await http.get("https://api.x.com/")
    assert cassette.interactions == []


SECRETS = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x2FF, exclude_characters="\\;,"), min_size=8, max_size=40
)


@given(SECRETS, SECRETS)
def test_whatever_a_secret_looks_like_it_is_found_again_elsewhere(secret: str, other: str) -> None:
    secret, other = f"{MARK}{secret}", f"{MARK}{other}"
    scrub = Scrub([other])
    scrub.learn_header("Authorization", f"Bearer {secret}")
    parts = [
        scrub.url(
            f"https://api.x.com/path/{quote(secret, safe='')}?token={quote(other, safe='')}&x={quote(secret, safe='')}"
        ),
        json.dumps(scrub.body(json.dumps({"a": [secret, {"refresh_token": other}]}).encode(), "application/json")),
        str(scrub.body(f"grant_type=x&code={quote(secret, safe='')}".encode(), "application/x-www-form-urlencoded")),
        scrub.header("x-echo", secret),
        scrub.text(f"<p>{secret}</p>"),
    ]
    for part in parts:
        assert MARK not in part


async def test_the_fixture_records_and_replays(tmp_path: Path) -> None:
    async with serve(Sandbox()) as served:
        (tmp_path / "test_tape.py").write_text(
            "from xdk_async import AsyncClient\n"
            "async def test_me(x_cassette):\n"
            f"    client = AsyncClient({served.url!r}, access_token='sandbox-user-token', transport=x_cassette)\n"
            "    assert (await client.users.get_me()).data.username == 'sandbox'\n"
            "    await x_cassette.aclose()\n"
        )
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "-o",
            "asyncio_mode=auto",
            str(tmp_path),
        ]

        async def run(*more: str) -> str:
            process = await asyncio.create_subprocess_exec(
                *command, *more, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
            )
            output, _ = await process.communicate()
            return output.decode()

        assert "record it first" in await run()
        assert "1 passed" in await run("--x-record")
        asked = len(served.sandbox.requests)
        assert "1 passed" in await run()
        assert len(served.sandbox.requests) == asked, "the second time nobody was asked"
    assert (tmp_path / "cassettes" / "test_tape.test_me.json").exists()
