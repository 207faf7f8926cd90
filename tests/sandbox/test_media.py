"""Uploads as any HTTP client makes them: httpx builds the forms, the sandbox reads them with Starlette's parser."""

from __future__ import annotations

import base64
import random
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.media.files import gif, png, sha256, video
from tests.sandbox.api import Api, opened, whole
from xdk_async.api import models
from xdk_async.sandbox import Sandbox

Upload = models.Envelope[models.MediaUpload]


class Moment:
    """A clock that stands still."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest_asyncio.fixture
async def moment() -> Moment:
    return Moment()


@pytest_asyncio.fixture
async def x(moment: Moment) -> AsyncIterator[Api]:
    async with opened(Sandbox(clock=moment, media_processing=10)) as api:
        yield api


async def begin(x: Api, size: int, **more: Any) -> str:
    body = {"media_type": "video/mp4", "total_bytes": size, "media_category": "tweet_video", **more}
    answer = await x.call("POST", "/2/media/upload/initialize", body, user=True)
    made = whole(answer, models.Envelope[models.InitializeMediaUploadResponseData]).data
    assert made is not None
    assert made.expires_after_secs == 86_400
    return str(made.id)


async def append(x: Api, id: str, index: int, part: bytes) -> httpx.Response:
    return await x.client.post(
        f"/2/media/upload/{id}/append",
        data={"segment_index": str(index)},
        files={"media": ("chunk", part, "application/octet-stream")},
        headers=x.headers(user=True),
    )


async def finalize(x: Api, id: str) -> httpx.Response:
    return await x.call("POST", f"/2/media/upload/{id}/finalize", user=True)


def says(answer: httpx.Response, status: int = 400) -> str:
    assert answer.status_code == status, answer.text
    body = answer.json()
    return str(body["errors"][0]["message"] if "errors" in body else body["detail"])


async def test_segments_in_any_order_and_sent_again_become_the_file(x: Api) -> None:
    content = video(10_000)
    id = await begin(x, len(content))
    order = [*range(10), 3, 7]
    random.Random(1).shuffle(order)
    await append(x, id, 5, b"z" * 1000)  # replaced by what comes later under the same index
    for index in order:
        answer = await append(x, id, index, content[index * 1000 : (index + 1) * 1000])
        whole(answer, models.Envelope[models.AppendMediaUploadResponseData])
    made = whole(await finalize(x, id), Upload).data
    assert made is not None
    assert (made.size, made.media_key) == (10_000, f"13_{id}")
    assert x.store.uploads[id].sha256 == sha256(content)


async def test_processing_goes_by_the_sandboxs_clock(x: Api, moment: Moment) -> None:
    id = await begin(x, 1000)
    await append(x, id, 0, video(1000))
    await finalize(x, id)
    told: list[tuple[Any, ...]] = []
    for _ in range(4):
        answer = whole(await x.get("/2/media/upload", user=True, media_id=id, command="STATUS"), Upload).data
        assert answer is not None
        info = answer.processing_info
        assert info is not None
        told.append((info.state, info.progress_percent, info.check_after_secs))
        moment.now += info.check_after_secs or 0
    assert told == [("pending", 0, 5), ("in_progress", 50, 5), ("succeeded", 100, None), ("succeeded", 100, None)]


async def test_what_is_missing_or_too_much_is_refused(x: Api) -> None:
    content = video(3000)
    id = await begin(x, 3000)
    assert "0 bytes" in says(await finalize(x, id))
    await append(x, id, 0, content[:1000])
    await append(x, id, 2, content[2000:])
    assert "segment 1 is missing" in says(await finalize(x, id))
    assert "1000 are missing" in says(await append(x, id, 1, content))
    assert "0 bytes" in says(await append(x, id, 1, b""))
    assert "segment_index" in (await append(x, id, 1000, b"x")).text
    await append(x, id, 1, content[1000:2000])
    assert (await finalize(x, id)).status_code == 200
    assert "is finalized" in says(await finalize(x, id))
    assert "is finalized" in says(await append(x, id, 1, b"x"))
    assert "no media [77]" in says(await append(x, "77", 0, b"x"))


@pytest.mark.parametrize(
    ("body", "part"),
    [
        ({"media_type": "image/png", "media_category": "tweet_video"}, "no type for the category"),
        ({"media_type": "image/png", "media_category": "tweet_image", "total_bytes": 6_000_000}, "5242880"),
        ({"media_type": "image/gif", "total_bytes": 16_000_000}, "15728640"),
        ({"total_bytes": 0}, "0 bytes"),
        ({"total_bytes": None}, "`total_bytes` is required"),
        ({"media_type": "image/heic"}, "media_type"),
        ({"media_category": "avatar"}, "media_category"),
    ],
)
async def test_claims_that_x_does_not_take_are_refused(x: Api, body: dict[str, Any], part: str) -> None:
    given = {"media_type": "video/mp4", "total_bytes": 100, **body}
    sent = {name: value for name, value in given.items() if value is not None}
    assert part in (await x.call("POST", "/2/media/upload/initialize", sent, user=True)).text


@pytest.mark.parametrize("encoded", [False, True])
async def test_one_request_takes_a_form_or_base64(x: Api, encoded: bool) -> None:
    if encoded:
        body = {"media": base64.b64encode(png()).decode(), "media_category": "tweet_image"}
        answer = await x.call("POST", "/2/media/upload", body, user=True)
    else:
        answer = await x.client.post(
            "/2/media/upload",
            data={"media_category": "tweet_image", "additional_owners": "1,2"},
            files={"media": png()},
            headers=x.headers(user=True),
        )
    made = whole(answer, Upload).data
    assert made is not None
    assert made.image is not None
    assert (made.image.w, made.image.h, made.processing_info) == (3, 2, None)
    assert x.store.uploads[str(made.id)].sha256 == sha256(png())


async def test_broken_forms_and_false_pictures_are_refused(x: Api) -> None:
    headers = x.headers(user=True)
    broken = {**headers, "content-type": "multipart/form-data; boundary=b"}
    assert (await x.client.post("/2/media/upload", content=b"--b\r\nnonsense", headers=broken)).status_code == 400
    text = {**headers, "content-type": "text/plain"}
    assert (await x.client.post("/2/media/upload", content=b"a", headers=text)).status_code == 415
    data = {"media_category": "tweet_image"}
    false = await x.client.post("/2/media/upload", data=data, files={"media": gif()}, headers=headers)
    assert false.status_code == 200  # a GIF is a picture too
    false = await x.client.post("/2/media/upload", data=data, files={"media": b"no"}, headers=headers)
    assert "could not be recognized" in says(false)
    missing = await x.client.post("/2/media/upload", data=data, files={"other": b"no"}, headers=headers)
    assert missing.status_code == 400


async def test_media_is_looked_up_described_and_measured(x: Api, moment: Moment) -> None:
    id = await begin(x, 1000)
    await append(x, id, 0, video(1000))
    await finalize(x, id)
    described = {"id": id, "metadata": {"alt_text": {"text": "A talk"}}}
    answer = await x.call("POST", "/2/media/metadata", described, user=True)
    whole(answer, models.Envelope[models.CreateMediaMetadataResponseData])
    key = f"13_{id}"
    found = whole(
        await x.get(f"/2/media/{key}", media_fields="alt_text,type,width"), models.Envelope[models.Media]
    ).data
    assert found is not None
    assert (found.alt_text, found.type, found.width) == ("A talk", "video", 1280)
    several = whole(await x.get("/2/media", media_keys=f"{key},3_1"), models.Envelope[list[models.Media]])
    assert [each.media_key for each in several.data or ()] == [key]
    assert [each.value for each in several.errors or ()] == ["3_1"]
    span = {"start_time": "2027-01-01T00:00:00Z", "end_time": "2027-01-02T00:00:00Z"}
    for granularity in ("total", "daily"):
        counts = whole(
            await x.get(
                "/2/media/analytics",
                user=True,
                media_keys=key,
                granularity=granularity,
                media_analytics_fields="video_views,timestamped_metrics",
                **span,
            ),
            models.Envelope[list[models.MediaAnalytics]],
        ).data
        assert counts
        assert counts[0].media_key == key


async def test_an_upload_belongs_to_its_user_and_ends_after_a_day(x: Api, moment: Moment) -> None:
    id = await begin(x, 1000)
    x.store.uploads[id].owner_id = "7"
    assert "somebody else's" in says(await append(x, id, 0, b"x"), 403)
    x.store.uploads[id].owner_id = x.me
    moment.now += 86_400
    assert "has expired" in says(await append(x, id, 0, b"x"))
