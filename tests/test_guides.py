"""The pages on media and on webhooks: every sample runs, against the local X."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.media.files import png, video
from xdk_async import AsyncClient
from xdk_async.sandbox import Sandbox, serve

DOCS = Path(__file__).parents[1] / "docs"


def samples(page: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", (DOCS / page).read_text(encoding="utf-8"), re.DOTALL)


async def run(source: str, **names: Any) -> dict[str, Any]:
    """Samples as the body of one coroutine function; its variables in the end."""
    body = "\n".join(f"    {line}" for line in source.splitlines())
    scope: dict[str, Any] = {**names}
    exec(f"async def page():\n{body}\n    return locals()", scope)
    found: dict[str, Any] = await scope["page"]()
    return found


async def test_the_samples_on_media_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, content in (
        ("front.png", png()),
        ("back.png", png(9, 9)),
        ("talk.mp4", video(9_000_000)),
        ("talk.vtt", b"WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n"),
    ):
        Path(name).write_bytes(content)
    *blocks, download = samples("media.md")
    assert "download_media" in download
    async with serve(Sandbox(media_processing=0)) as x:
        other = next(id for id in x.sandbox.store.users if x.sandbox.store.takes_dms(id, x.sandbox.me.id))
        blocks += [
            'media = await client.media.upload_file("front.png", media_category="dm_image")',
            'there = [{"media_id": media.id}]',
            f'sent = await client.direct_messages.create_by_participant_id("{other}", attachments=there)',
            download.replace('"1234567890"', "sent.data.dm_event_id"),
        ]
        async with AsyncClient(x.url, access_token=x.sandbox.user_token) as client:
            found = await run("\n".join(blocks), client=client)
    assert found["upload"].media.size == 9_000_000
    assert (Path("photo.png").read_bytes(), Path("talk.upload").exists()) == (png(), False)
    assert len(next(iter(x.sandbox.store.newest_first())).media_keys) == 1


class Later(httpx.AsyncBaseTransport):
    """What the page's own site answers."""

    site: Any = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await httpx.ASGITransport(self.site).handle_async_request(request)


async def test_the_samples_on_webhooks_run(capsys: pytest.CaptureFixture[str]) -> None:
    later = Later()
    sandbox = Sandbox(webhook_transport=later, api_secret="...")
    async with serve(sandbox) as x:
        async with AsyncClient(x.url, bearer_token=sandbox.app_token, access_token=sandbox.user_token) as client:
            app, mount, *rest = [each.replace("1234567890", sandbox.me.id) for each in samples("webhooks.md")]
            source = "\n".join([app, mount, "later.site = site", *rest])
            found = await run(source, client=client, later=later)
            async with found["lifespan"](found["site"]):
                await client.posts.create(text="Seen by the page's own handler")
                await asyncio.wait_for(sandbox.courier.idle(), 5)
    assert "Seen by the page's own handler" in capsys.readouterr().out
    assert found["ensured"].created
    assert found["answer"]["response_token"].startswith("sha256=")
    assert found["genuine"] is False
