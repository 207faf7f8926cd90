"""Files out of conversations: to disk as they come, with the credential they need, and to nobody else."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.client.fakes import Clock, sender_over
from tests.media.conftest import Client, World
from tests.media.files import png
from xdk_async import AnswerError, Disconnected, Forbidden, InvalidArgument, NotFound
from xdk_async._core.operation import Auth
from xdk_async.auth.bearer import Bearer
from xdk_async.auth.choice import Credentials
from xdk_async.groups.chat import ChatClient
from xdk_async.sandbox.record_talk import DmConversation, DmEvent


def sent(world: World, media_id: str, *participants: str) -> str:
    """A Direct Message that holds the file; its id."""
    store, me = world.sandbox.store, world.sandbox.me.id
    store.dm_conversations["g"] = DmConversation("g", [*(participants or (me,))], group=True)
    store.dm_events["123"] = DmEvent("123", 0, "g", "MessageCreate", me, media_keys=[store.uploads[media_id].key])
    return "123"


async def test_a_file_of_a_direct_message_arrives_byte_for_byte(world: World, client: Client, tmp_path: Path) -> None:
    media = await client.media.upload_file(png(7, 7), media_category="dm_image")
    sent(world, str(media.id))
    path = tmp_path / "got.png"
    count = await client.direct_messages.download_media("123", str(media.id), "file.png", to=path)
    assert (count, path.read_bytes()) == (len(png(7, 7)), png(7, 7))
    assert await client.direct_messages.dm_conversations_media_download("123", str(media.id), "f") == png(7, 7)
    target = io.BytesIO(b"before")
    target.seek(0, 2)
    await client.direct_messages.download_media(123, str(media.id), "file.png", to=target)
    assert target.getvalue() == b"before" + png(7, 7)


async def test_a_file_of_a_chat_goes_up_in_segments_and_comes_down_whole(client: Client, tmp_path: Path) -> None:
    begun = (await client.chat.media_upload_initialize({"conversation_id": "1-2", "total_bytes": 9})).data
    assert begun is not None
    key = str(begun.media_hash_key)
    for index, part in enumerate((b"encr", b"ypted")):
        segment: Any = {"conversation_id": "1-2", "media_hash_key": key, "segment_index": index, "media": part}
        await client.chat.media_upload_append(str(begun.session_id), segment)
    done: Any = {"conversation_id": "1-2", "media_hash_key": key, "num_parts": "2"}
    assert (await client.chat.media_upload_finalize(str(begun.session_id), done)).data
    await client.chat.download_media("1-2", key, to=tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == b"encrypted"
    with pytest.raises(NotFound):
        await client.chat.download_media("1-3", key, to=tmp_path / "other")
    assert not (tmp_path / "other").exists()


async def test_somebody_elses_file_is_refused(world: World, client: Client, tmp_path: Path) -> None:
    media = await client.media.upload_file(png(), media_category="dm_image")
    sent(world, str(media.id), "1", "2")
    with pytest.raises(Forbidden):
        await client.direct_messages.download_media("123", str(media.id), "file.png", to=tmp_path / "file")
    assert [*tmp_path.iterdir()] == []


class Torn(httpx.AsyncByteStream):
    """A body that breaks in the middle."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"half of "
        raise httpx.ReadError("reset")


class Answers(httpx.AsyncBaseTransport):
    def __init__(self, *answers: httpx.Response) -> None:
        self.answers = list(answers)
        self.hosts: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.hosts.append(request.url.host)
        return self.answers.pop(0)


def chat(transport: Answers, **options: Any) -> ChatClient:
    credentials = Credentials(oauth2=Bearer("SECRET-token", Auth.OAUTH2))
    return ChatClient(sender_over(transport, Clock(), credentials=credentials, **options))


async def test_a_torn_download_begins_anew(tmp_path: Path) -> None:
    transport = Answers(
        httpx.Response(200, stream=Torn()), httpx.Response(503, content=b""), httpx.Response(200, content=b"whole")
    )
    assert await chat(transport).download_media("1-2", "k", to=tmp_path / "file") == 5
    assert (tmp_path / "file").read_bytes() == b"whole"


async def test_what_cannot_be_taken_back_is_not_tried_again(tmp_path: Path) -> None:
    transport = Answers(httpx.Response(200, stream=Torn()), httpx.Response(200, content=b"whole"))
    path = tmp_path / "file"
    path.write_bytes(b"as it was")
    with pytest.raises(Disconnected):
        await chat(transport, retries=0).download_media("1-2", "k", to=path)
    assert (path.read_bytes(), [*tmp_path.iterdir()]) == (b"as it was", [path])


async def test_a_redirect_takes_the_credential_nowhere(tmp_path: Path) -> None:
    transport = Answers(httpx.Response(302, headers={"location": "https://evil.example/file"}))
    with pytest.raises(AnswerError, match="redirects are not followed"):
        await chat(transport).download_media("1-2", "k", to=tmp_path / "file")
    assert transport.hosts == ["api.x.com"]


async def test_a_place_that_cannot_be_written_costs_no_request(tmp_path: Path) -> None:
    transport = Answers()
    with pytest.raises(InvalidArgument, match="cannot be written"):
        await chat(transport).download_media("1-2", "k", to=tmp_path / "no" / "file")
    assert transport.hosts == []
