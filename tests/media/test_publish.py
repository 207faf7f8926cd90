"""Posts with their files, in one call."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.media.conftest import Client, World
from tests.media.files import gif, png, video
from xdk_async import InvalidArgument, MediaProcessingFailed
from xdk_async.media import Attachment


def attached(world: World) -> Sequence[str]:
    """Media keys of the newest post."""
    return next(iter(world.sandbox.store.newest_first())).media_keys


async def test_photos_go_up_and_out_with_the_post(world: World, client: Client, tmp_path: Path) -> None:
    path = tmp_path / "one.png"
    path.write_bytes(png())
    already = await client.media.upload_file(png(9, 9))
    posted = await client.posts.publish(
        "Four of them", [path, png(4, 4), Attachment(png(5, 5), alt_text="A square"), already]
    )
    assert posted.data is not None
    store = world.sandbox.store
    photos = [store.media[key] for key in attached(world)]
    assert [(each.width, each.alt_text) for each in photos] == [(3, None), (4, None), (5, "A square"), (9, None)]
    assert store.posts[str(posted.data.id)].text == "Four of them"


@pytest.mark.parametrize("content", [video(2000), gif()])
async def test_a_video_or_a_gif_is_waited_for(world: World, client: Client, content: bytes) -> None:
    await client.posts.publish(media=[content])
    assert len(attached(world)) == 1
    assert world.slept == [2.0]


@pytest.mark.parametrize(
    ("media", "says"),
    [
        ([png()] * 5, "5 files"),
        ([png(), gif()], "stands alone"),
        ([video(100), video(100)], "stands alone"),
        ([png(), b"text"], "neither its content"),
        ([Attachment(png(), media_category="dm_image")], "dm_image cannot be posted"),
        (["a.png", "b.png"], "No such file"),
        ("a.png", "a list of files"),
        (png(), "a list of files"),
        ([], "needs text="),
    ],
)
async def test_what_no_post_takes_costs_no_request(world: World, client: Client, media: Any, says: str) -> None:
    with pytest.raises(InvalidArgument, match=says):
        await client.posts.publish(media=media)
    assert world.sandbox.requests == []


async def test_nothing_is_posted_without_its_files(world: World, client: Client) -> None:
    before = len(world.sandbox.store.posts)
    with pytest.raises(MediaProcessingFailed):
        await client.posts.publish("look", [Attachment(b"nonsense", media_type="video/mp4")])
    assert len(world.sandbox.store.posts) == before


async def test_text_alone_and_replies_are_posts_too(world: World, client: Client) -> None:
    first = await client.posts.publish("one")
    assert first.data is not None
    second = await client.posts.publish("two", [png()], reply_to=first.data.id)
    assert second.data is not None
    assert world.sandbox.store.posts[str(second.data.id)].refers("replied_to") == first.data.id
