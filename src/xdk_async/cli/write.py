"""`post` and `upload`."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from xdk_async.cli import prompt
from xdk_async.cli.failure import CommandFailed, ExitCode
from xdk_async.cli.option import Decorator, Outcome, command
from xdk_async.cli.output import Column
from xdk_async.cli.progress import progress
from xdk_async.cli.session import Session

if TYPE_CHECKING:
    from xdk_async._core.upload_state import UploadProgress
    from xdk_async.api import models
    from xdk_async.client import AsyncClient

STATUS = re.compile(r"(?:(?:https?://)?(?:\w+\.)?(?:x|twitter)\.com/(?:\w+|i/web)/status/)?(\d{1,19})(?:[/?#].*)?")
POSTED = (Column("id"), Column("text", wraps=True), Column("url"))
MEDIA = (Column("id"), Column("file"), Column("size"), Column("expires_after_secs", "good for (s)"))

alt_option: Decorator = click.option(
    "--alt", multiple=True, metavar="TEXT", help="What a file shows; in the order of the files."
)


@command(
    "post",
    epilog="""\
Examples:
  xdk-async post "Hello"
  xdk-async post "Look" --media photo.png --alt "A cat asleep on a keyboard"
  xdk-async post "Thanks!" --reply-to https://x.com/XDevelopers/status/1234567890
  fortune | xdk-async post - --yes""",
)
@click.argument("text", required=False)
@click.option(
    "-m", "--media", multiple=True, metavar="FILE", help="Up to 4 photos, or 1 GIF, or 1 video; may be repeated."
)
@alt_option
@click.option("--reply-to", metavar="POST", help="Id or address of the post to reply to.")
@click.option("--quote", metavar="POST", help="Id or address of the post to quote.")
@click.option(
    "--reply-settings", type=click.Choice(["following", "mentionedUsers", "subscribers", "verified"]),
    help="Who may reply; everyone if left out.",
)  # fmt: skip
@click.option("--community", metavar="ID", help="The Community to post in.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask before a post with a link, which costs many times as much.")
def post(
    session: Session,
    text: str | None,
    media: tuple[str, ...],
    alt: tuple[str, ...],
    reply_to: str | None,
    quote: str | None,
    reply_settings: str | None,
    community: str | None,
    yes: bool,
) -> Outcome:
    """Publish TEXT as the signed-in user; `-` reads it from standard input.

    Files are checked before anything is sent, and described by `--alt`.
    """
    from xdk_async._core.tariff import POST, URL, WITH_URL
    from xdk_async.api.prices import PRICES

    if text == "-":
        text = sys.stdin.read().strip()
    if not text and not media:
        raise CommandFailed("there is nothing to post: give a text, or --media", ExitCode.USAGE)
    if text and URL.search(text) and not yes and not session.settings.sandbox:
        price = f"X bills a post with a link ${PRICES[WITH_URL]}, instead of ${PRICES[POST]}."
        prompt.confirm(f"{price} Post it?", "--yes posts it")
    options: dict[str, Any] = {"reply_settings": reply_settings, "community_id": community}
    options |= {"reply_to": post_id(reply_to), "quote_tweet_id": post_id(quote)}
    return publish(session, text, paired(media, alt), options)


async def publish(
    session: Session, text: str | None, files: list[tuple[Path, str | None]], options: dict[str, Any]
) -> None:
    """Upload the files one after the other, and post."""
    from xdk_async.media import Attachment

    async with session.client() as client:
        with ExitStack() as stack:
            attachments = [
                Attachment(path, alt_text=alt, on_progress=stack.enter_context(shown(path))) for path, alt in files
            ]
            asked = client.with_options(on_costly=lambda _: None)  # about which somebody has decided
            answer = await asked.posts.publish(text, attachments, **options)
    if answer.data is None:
        raise CommandFailed("X refused it as a duplicate after an answer was lost: it was most likely posted")
    item = {**answer.data.to_dict(), "url": f"https://x.com/i/status/{answer.data.id}"}
    with session.output(POSTED) as out:
        out.facts(item)


@command(
    "upload",
    epilog="""\
Examples:
  xdk-async upload talk.mp4 --alt "A talk about asyncio"
  xdk-async post "Two at once" --media a.png --media b.png     uploads by itself
  id=$(xdk-async upload talk.mp4 | jq -r .id)""",
)
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@alt_option
@click.option("--category", metavar="NAME", help="What it is for, such as dm_video; something for a post if left out.")
@click.option("--type", "media_type", metavar="MIME", help="Its MIME type; found out if left out.")
async def upload(
    session: Session, files: tuple[str, ...], alt: tuple[str, ...], category: str | None, media_type: str | None
) -> None:
    """Upload each FILE, wait until X has processed it, and print its media id."""
    options: dict[str, Any] = {"media_category": category, "media_type": media_type}
    pairs = paired(files, alt)
    async with session.client() as client:
        with session.output(MEDIA) as out:
            for path, text in pairs:
                media = await uploaded(client, path, {**options, "alt_text": text})
                out.add({**media.to_dict(), "file": str(path)})


async def uploaded(client: AsyncClient, path: Path, options: dict[str, Any]) -> models.MediaUpload:
    """A file at X."""
    with shown(path) as step:
        return await client.media.upload_file(path, on_progress=step, **options)


@contextmanager
def shown(path: Path) -> Generator[Callable[[UploadProgress], None], None, None]:
    """A bar for a file, with what moves it."""
    with progress(path.name, path.stat().st_size, "bytes") as move:

        def step(now: UploadProgress) -> None:
            move(now.sent_bytes, "" if now.phase == "uploading" else now.phase)

        yield step


def paired(files: tuple[str, ...], alt: tuple[str, ...]) -> list[tuple[Path, str | None]]:
    """Files with their descriptions."""
    paths = [Path(each) for each in files]
    for path in paths:
        if not path.is_file():
            raise CommandFailed(f"there is no file {path}", ExitCode.USAGE)
    if len(alt) > len(paths):
        raise CommandFailed(f"--alt is given {len(alt)} times, for {len(paths)} files", ExitCode.USAGE)
    return [(path, alt[number] if number < len(alt) else None) for number, path in enumerate(paths)]


def post_id(given: str | None) -> str | None:
    """The id of a post, from its address too."""
    if given is None:
        return None
    found = STATUS.fullmatch(given)
    if not found:
        raise CommandFailed(f"{given!r} is neither the id of a post nor its address", ExitCode.USAGE)
    return found[1]
