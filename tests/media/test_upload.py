"""Whole uploads over a socket to the sandbox, which hashes what it puts together."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.client.fakes import other_tasks
from tests.media.conftest import Breaking, Client, World
from tests.media.files import gif, png, sha256, video, write_video
from xdk_async import AsyncClient, BadRequest, Forbidden, InvalidArgument, MediaProcessingFailed, TimedOut
from xdk_async._core.operation import Auth
from xdk_async.media import Subtitle, UploadProgress, UploadState
from xdk_async.sandbox import Sandbox, serve

SRT = b"1\n00:00:01,000 --> 00:00:02,000\nHello\n"


class Crash(Exception):
    """Stands for the end of a process."""


def operations(world: World) -> list[str]:
    return [each.operation or "" for each in world.sandbox.requests]


async def test_a_small_image_goes_in_one_request(world: World, client: Client, tmp_path: Path) -> None:
    path = tmp_path / "picture.dat"  # the name tells nothing
    path.write_bytes(png(5, 4))
    media = await client.media.upload_file(path)
    assert (operations(world), world.only_upload()) == (["media.upload"], sha256(png(5, 4)))
    assert media.image is not None
    assert (media.image.image_type, media.image.w, media.image.h) == ("image/png", 5, 4)


async def test_a_video_goes_in_segments_and_is_waited_for(world: World, client: Client) -> None:
    content = video(1_000_001)
    media = await client.media.upload_file(content, segment_size=100_000)
    assert world.only_upload() == sha256(content)
    assert operations(world).count("media.append_upload") == 11
    assert media.processing_info is not None
    assert media.processing_info.state == "succeeded"
    assert world.slept == [2.0]
    posted = await client.posts.create(text="watch", media_ids=[str(media.id)])
    assert posted.data is not None


async def chunks(content: bytes, size: int = 1000) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


class Pipe(io.RawIOBase):
    """A file that cannot be rewound."""

    def __init__(self, content: bytes) -> None:
        self._rest = io.BytesIO(content)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        return self._rest.read(min(size, 1000) if size >= 0 else size)


@pytest.mark.parametrize("size", [100, 3_000_000])
@pytest.mark.parametrize("given", ["path", "str", "bytes", "bytearray", "file", "iterator", "pipe", "middle of a file"])
async def test_every_kind_of_file_arrives_whole(
    world: World, client: Client, tmp_path: Path, given: str, size: int
) -> None:
    content = video(size)
    path = tmp_path / "clip.mp4"
    path.write_bytes(content)
    if given == "file":
        with path.open("rb") as file:
            await client.media.upload_file(file, segment_size=999_999)
            assert not file.closed
    elif given == "middle of a file":
        file_in_memory = io.BytesIO(b"before" + content)
        file_in_memory.seek(6)
        await client.media.upload_file(file_in_memory, segment_size=999_999)
    else:
        forms: dict[str, Any] = {
            "path": path,
            "str": str(path),
            "bytes": content,
            "bytearray": bytearray(content),
            "iterator": chunks(content),
            "pipe": Pipe(content),
        }
        await client.media.upload_file(forms[given], segment_size=999_999)
    assert world.only_upload() == sha256(content)


async def test_alt_text_subtitles_and_owners_come_with_the_same_call(
    world: World, client: Client, tmp_path: Path
) -> None:
    captions = tmp_path / "de.vtt"
    captions.write_bytes(b"WEBVTT\n\n00:01.000 --> 00:02.000\nHallo\n")
    media = await client.media.upload_file(
        video(5000),
        alt_text="A talk",
        subtitles={"en": Subtitle(io.BytesIO(SRT), "English"), "DE": captions},
        additional_owners=[12, "34"],
    )
    uploads = world.sandbox.store.uploads
    assert media.id is not None
    uploaded = uploads[media.id]
    assert uploaded.additional_owners == ("12", "34")
    assert {code: name for code, (_, name) in uploaded.subtitles.items()} == {"EN": "English", "DE": "DE"}
    assert [uploads[id].media_type for id, _ in uploaded.subtitles.values()] == ["text/srt", "text/vtt"]
    assert world.sandbox.store.media[str(media.media_key)].alt_text == "A talk"
    deleted = await client.media.delete_subtitles(
        {"id": media.id, "language_code": "EN", "media_category": "TweetVideo"}
    )
    assert deleted.data is not None
    assert (deleted.data.deleted, [*uploaded.subtitles]) == (True, ["DE"])


@pytest.mark.parametrize(
    ("content", "options", "says"),
    [
        (b"", {}, "neither its content nor its name"),
        (b"", {"media_type": "image/png"}, "is empty"),
        (b"%PDF-1.7 and so on", {}, "application/pdf, which X does not take"),
        (b"some text", {}, "media_type="),
        (png() + bytes(5 * 1024 * 1024), {}, "tweet_image X takes 5 MB"),
        (gif() + bytes(15 * 1024 * 1024), {}, "tweet_gif X takes 15 MB"),
        (gif(1281, 10), {}, "1281x10"),
        (png(), {"media_category": "tweet_video"}, "takes video files"),
        (png(), {"media_category": "avatar"}, "none of"),
        (png(), {"alt_text": "x" * 1001}, "1001 characters"),
        (png(), {"subtitles": {"EN": SRT}}, "belong to videos"),
        (video(100), {"subtitles": {"english": b"WEBVTT"}}, "two letters"),
        (video(100), {"subtitles": {"EN": png()}}, "takes text files"),
        (video(100), {"segment_size": 0}, "segment_size=0"),
        (video(100), {"concurrency": 0}, "concurrency=0"),
        ("no/such/file.png", {}, "No such file"),
        ("nul\x00.png", {}, "cannot be read"),
        (io.StringIO("text"), {}, "mode 'rb'"),
        (7, {}, "a int cannot be uploaded"),
    ],
)
async def test_what_x_would_refuse_costs_no_request(
    world: World, client: Client, content: Any, options: dict[str, Any], says: str
) -> None:
    with pytest.raises(InvalidArgument, match=says.replace("(", r"\(")):
        await client.media.upload_file(content, **options)
    assert world.sandbox.requests == []


async def test_without_validation_x_decides(world: World) -> None:
    async with AsyncClient(world.url, access_token=world.sandbox.user_token) as client:
        trusting = client.with_options(validate=False)
        with pytest.raises(BadRequest, match="5242880"):
            await trusting.media.upload_file(png() + bytes(5 * 1024 * 1024))
        with pytest.raises(BadRequest, match="media_type"):
            new: Any = "image/heic"
            await trusting.media.upload_file(b"new", media_type=new, media_category="dm_image", shared=True)
    assert operations(world) == ["media.initialize_upload"] * 2


async def test_every_third_segment_failing_changes_nothing(world: World) -> None:
    content = video(6_000_000)
    transport = Breaking(3)
    async with world.client(transport) as client:
        await client.media.upload_file(content, segment_size=100_000, concurrency=5)
    await transport.aclose()
    assert world.only_upload() == sha256(content)
    assert {"reset before", "reset after", "500", "503 after"} == set(transport.failures)
    assert len(transport.failures) >= 20


async def test_several_segments_are_on_their_way_at_once_and_no_more_than_asked(world: World) -> None:
    class Counting(httpx.AsyncBaseTransport):
        def __init__(self) -> None:
            self.real = httpx.AsyncHTTPTransport()
            self.now = self.most = 0

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            self.now += 1
            self.most = max(self.most, self.now)
            try:
                await asyncio.sleep(0.001)
                return await self.real.handle_async_request(request)
            finally:
                self.now -= 1

    transport = Counting()
    async with world.client(transport) as client:
        await client.media.upload_file(video(1_000_000), segment_size=50_000, concurrency=3)
    await transport.real.aclose()
    assert transport.most == 3


async def test_a_thousand_segments_are_the_most(world: World, client: Client) -> None:
    content = video(10_007)
    await client.media.upload_file(content, segment_size=1)
    assert operations(world).count("media.append_upload") == 910  # of 11 bytes each
    assert world.only_upload() == sha256(content)


async def test_an_upload_goes_on_where_it_stopped(world: World, tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    digest = write_video(path, 1_000_000)
    kept: list[bytes] = []

    def crash(progress: UploadProgress) -> None:
        assert progress.state is not None
        kept.append(progress.state.to_json())
        if progress.sent_bytes >= 500_000:
            raise Crash

    async with world.client() as client:
        with pytest.raises(Crash):
            await client.media.upload_file(path, segment_size=50_000, on_progress=crash)
    state = UploadState.from_json(kept[-1])
    sent = operations(world).count("media.append_upload")
    async with world.client() as client:
        media = await client.media.upload_file(path, resume=state)
    assert (media.id, world.only_upload()) == (state.media_id, digest)
    assert operations(world).count("media.initialize_upload") == 1
    again = operations(world).count("media.append_upload") - sent
    assert 20 - len(state.done) <= again <= 20 - len(state.done) + 4, "what was on its way may have arrived late"


async def test_a_finalized_upload_is_only_waited_for(world: World, client: Client) -> None:
    states: list[UploadState | None] = []
    content = video(1000)
    with pytest.raises(TimedOut, match="still pending after 1 s") as caught:
        await client.media.upload_file(
            content, processing_timeout=1, on_progress=lambda each: states.append(each.state)
        )
    assert caught.value.phase == "deadline"
    before = len(world.sandbox.requests)
    media = await client.media.upload_file(content, resume=states[-1])
    assert media.processing_info is not None
    assert media.processing_info.state == "succeeded"
    assert set(operations(world)[before:]) == {"media.get_upload_status"}


async def test_a_finalization_whose_answer_was_lost_is_found_out(world: World, client: Client) -> None:
    states: list[UploadState | None] = []
    content = video(1000)
    media = await client.media.upload_file(content, on_progress=lambda each: states.append(each.state))
    before_finalizing = states[1]
    assert before_finalizing is not None
    assert (before_finalizing.done, before_finalizing.finalized) == ((0,), False)
    again = await client.media.upload_file(content, resume=before_finalizing)
    assert (again.id, len(world.sandbox.store.uploads)) == (media.id, 1)
    assert again.processing_info is not None
    assert again.processing_info.state == "succeeded"


async def test_a_state_is_good_for_its_own_file_while_it_lasts(world: World, client: Client) -> None:
    states: list[UploadState] = []

    def keep(progress: UploadProgress) -> None:
        assert progress.state is not None
        states.append(progress.state)

    content = video(1000)
    await client.media.upload_file(content, on_progress=keep)
    with pytest.raises(InvalidArgument, match="of another file"):
        await client.media.upload_file(video(1000, seed=7), resume=states[0])
    world.moment[0] += 24 * 3600
    with pytest.raises(InvalidArgument, match="has discarded"):
        await client.media.upload_file(content, resume=states[0])
    with pytest.raises(InvalidArgument, match="no state of an upload"):
        UploadState.from_json(b'{"media_id": 7}')


async def test_without_waiting_the_answer_to_finalize_comes_back(world: World, client: Client) -> None:
    media = await client.media.upload_file(video(1000), processing_timeout=0)
    assert media.processing_info is not None
    assert (media.processing_info.state, world.slept) == ("pending", [])
    with pytest.raises(Exception, match="Your media IDs are invalid"):
        await client.posts.create(text="too soon", media_ids=[str(media.id)])


async def test_what_x_cannot_process_says_why(client: Client) -> None:
    with pytest.raises(MediaProcessingFailed) as caught:
        await client.media.upload_file(b"not a video at all", media_type="video/mp4")
    assert (caught.value.code, caught.value.name) == (1, "InvalidMedia")
    assert "The bytes are no video" in caught.value.message


async def test_a_403_names_the_scope_that_is_missing(world: World) -> None:
    scopes = frozenset({"tweet.read", "users.read"})
    world.sandbox.access.grant("narrow", Auth.OAUTH2, world.sandbox.me.id, scopes=scopes)
    async with AsyncClient(world.url, access_token="narrow") as client:
        for content in (png(), video(1000)):
            with pytest.raises(Forbidden, match=r"media\.write"):
                await client.media.upload_file(content)


async def test_oauth_1_uploads_too() -> None:
    async with serve(Sandbox(media_processing=0)) as x:
        async with AsyncClient(
            x.url,
            api_key=x.sandbox.api_key,
            api_secret=x.sandbox.api_secret,
            access_token=x.sandbox.oauth1_token,
            access_token_secret=x.sandbox.oauth1_token_secret,
        ) as client:
            await client.media.upload_file(video(3000), segment_size=1000)
            await client.media.upload_file(png())
        assert [each.sha256 for each in x.sandbox.store.uploads.values()] == [sha256(video(3000)), sha256(png())]


async def test_a_cancelled_upload_leaves_nothing_running(world: World, tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    write_video(path, 3_000_000)
    async with world.client() as client:
        await client.users.get_me()
        before = other_tasks()
        started = asyncio.Event()
        task = asyncio.create_task(
            client.media.upload_file(path, segment_size=100_000, on_progress=lambda _: started.set())
        )
        await started.wait()
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not [
            each for each in other_tasks() - before if "sandbox" not in repr(each) and "uvicorn" not in repr(each)
        ]
    await asyncio.sleep(0.05)  # for what was at the sandbox already
    count = len(world.sandbox.requests)
    await asyncio.sleep(0.05)
    assert len(world.sandbox.requests) == count < 30


async def test_the_first_failure_ends_the_other_segments(world: World, client: Client, tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    write_video(path, 2_000_000)

    def shrink(progress: UploadProgress) -> None:
        if progress.sent_bytes:
            with path.open("r+b") as file:
                file.truncate(700_000)

    with pytest.raises(InvalidArgument, match="has become shorter"):
        await client.media.upload_file(path, segment_size=100_000, on_progress=shrink)
    count = len(world.sandbox.requests)
    await asyncio.sleep(0.05)
    assert len(world.sandbox.requests) <= count + 4  # those that were on their way


async def test_progress_is_told_step_by_step(world: World, client: Client) -> None:
    told: list[UploadProgress] = []

    async def note(progress: UploadProgress) -> None:
        await asyncio.sleep(0)
        told.append(progress)

    await client.media.upload_file(video(1000), segment_size=300, on_progress=note)
    sent = [each.sent_bytes for each in told if each.phase == "uploading"]
    assert (sent[0], sent[-1], len(sent)) == (0, 1000, 5)
    assert [each.phase for each in told[-2:]] == ["processing", "ready"]
    assert {each.total_bytes for each in told} == {1000}


async def test_progress_can_be_iterated(world: World, client: Client) -> None:
    seen: list[UploadProgress] = []
    async with client.media.uploading(video(1_000_000), segment_size=50_000) as upload:
        with pytest.raises(RuntimeError, match="not finished"):
            _ = upload.media
        async for progress in upload:
            seen.append(progress)
        assert upload.media.size == 1_000_000
    assert seen[-1].phase == "ready"
    assert [each.sent_bytes for each in seen] == sorted(each.sent_bytes for each in seen)


async def test_leaving_the_block_cancels_the_upload_and_failures_come_out(world: World, client: Client) -> None:
    async with client.media.uploading(video(1_000_000), segment_size=10_000) as upload:
        async for _ in upload:
            break
    count = len(world.sandbox.requests)
    await asyncio.sleep(0.05)
    assert len(world.sandbox.requests) <= count + 4
    with pytest.raises(InvalidArgument, match="is empty"):
        async with client.media.uploading(b"", media_type="image/png") as upload:
            async for _ in upload:
                raise AssertionError("nothing was sent")
    with pytest.raises(InvalidArgument, match="is empty"):
        async with client.media.uploading(b"", media_type="image/png"):
            await asyncio.sleep(0.01)
