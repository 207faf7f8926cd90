"""What is said of media: alt texts and subtitles."""

from __future__ import annotations

from xdk_async.api import models
from xdk_async.sandbox.ask import Ask, Reply, handles
from xdk_async.sandbox.handlers.common import part
from xdk_async.sandbox.handlers.media import own
from xdk_async.sandbox.media_record import Upload
from xdk_async.sandbox.media_rule import family
from xdk_async.sandbox.problem import wrong

LONGEST_ALT_TEXT = 1000


@handles("media.create_metadata")
def create_metadata(ask: Ask) -> Reply:
    """Describe an uploaded file."""
    body = ask.body(models.CreateMediaMetadataRequest)
    upload = own(ask, body.id)
    metadata = part(body.metadata, models.CreateMediaMetadataMetadata)
    alt_text = part(metadata.alt_text if metadata else None, models.CreateMediaMetadataMetadataAltText)
    media = ask.store.media.get(upload.key)
    if alt_text is not None:
        if media is None:
            raise wrong("id", upload.id, f"The media [{upload.id}] is not finalized.")
        if not 0 < len(alt_text.text) <= LONGEST_ALT_TEXT:
            raise wrong("metadata.alt_text.text", alt_text.text[:40], "An alt text has 1 to 1000 characters.")
        media.alt_text = alt_text.text
    associated = {"alt_text": {"text": alt_text.text}} if alt_text else {}
    return Reply({"id": upload.id, "associated_metadata": associated})


@handles("media.create_subtitles")
def create_subtitles(ask: Ask) -> Reply:
    """Give a video subtitles of one language."""
    body = ask.body(models.CreateMediaSubtitlesRequest)
    video = _video(ask, body.id or "", body.media_category)
    wanted = part(body.subtitles, models.CreateMediaSubtitlesSubtitles)
    if wanted is None or not wanted.id or not wanted.language_code:
        raise wrong("subtitles", "", "`subtitles` needs `id` and `language_code`.")
    file = own(ask, wanted.id, "subtitles.id")
    if family(file.media_category) != "subtitles" or file.finalized_ms is None:
        raise wrong("subtitles.id", wanted.id, f"The media [{wanted.id}] is no subtitle file.")
    video.subtitles[wanted.language_code] = (wanted.id, wanted.display_name or wanted.language_code)
    tracks = [{"id": id, "language_code": code, "display_name": name} for code, (id, name) in video.subtitles.items()]
    return Reply({"id": video.id, "media_category": body.media_category, "associated_subtitles": tracks})


@handles("media.delete_subtitles")
def delete_subtitles(ask: Ask) -> Reply:
    """Take the subtitles of one language from a video."""
    body = ask.body(models.DeleteMediaSubtitlesRequest)
    video = _video(ask, body.id, body.media_category)
    if video.subtitles.pop(body.language_code, None) is None:
        message = f"The media [{video.id}] has no subtitles in [{body.language_code}]."
        raise wrong("language_code", body.language_code, message)
    return Reply({"deleted": True})


def _video(ask: Ask, id: str, category: str | None) -> Upload:
    video = own(ask, id)
    if category not in ("TweetVideo", "AmplifyVideo") or family(video.media_category) != "video":
        raise wrong("media_category", category or "", "Subtitles belong to a TweetVideo or an AmplifyVideo.")
    return video
