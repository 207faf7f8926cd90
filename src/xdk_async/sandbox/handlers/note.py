"""Community Notes."""

from __future__ import annotations

import hashlib

from xdk_async.api import models
from xdk_async.sandbox.ask import Ask, Reply, handles
from xdk_async.sandbox.handlers.common import shown_posts, target_post
from xdk_async.sandbox.problem import forbidden, missing, wrong
from xdk_async.sandbox.record import Post
from xdk_async.sandbox.record_show import Note
from xdk_async.sandbox.shape import page
from xdk_async.sandbox.weight import LIMIT, LINK, weight

MISLEADING = "misinformed_or_potentially_misleading"


@handles("community_notes.create")
def create(ask: Ask) -> Reply:
    """Write a note on somebody's post."""
    body = ask.body(models.CreateCommunityNotesRequest)
    info = body.info
    assert isinstance(info, models.CreateCommunityNotesInfo)
    post = target_post(ask, "post_id", body.post_id)
    _check(info)
    if any(note.post_id == post.id for note in _own(ask, test=body.test_mode)):
        raise forbidden(f"The signed-in user has written a note on the post [{post.id}] already.")
    score = _score(post.id, info.text)
    note = Note(
        id=ask.store.ids.next(ask.now_ms),
        author_id=ask.me,
        post_id=post.id,
        text=info.text,
        classification=info.classification,
        misleading_tags=[*info.misleading_tags],
        trustworthy_sources=info.trustworthy_sources,
        created_ms=ask.now_ms,
        media=bool(info.is_media_note),
        test=body.test_mode,
        score="High" if score > 0.66 else "Medium" if score > 0.33 else "Low",
    )
    ask.store.notes[note.id] = note
    return Reply({"id": note.id}, status=201)


@handles("community_notes.delete")
def delete(ask: Ask) -> Reply:
    """Delete an own note."""
    note = ask.store.notes.get(ask.path["id"])
    if note is None:
        raise missing("note", "id", ask.path["id"])
    if note.author_id != ask.me:
        raise forbidden(f"The note [{note.id}] is somebody else's.")
    del ask.store.notes[note.id]
    return Reply({"deleted": True})


@handles("community_notes.evaluate")
def evaluate(ask: Ask) -> Reply:
    """How far a note would argue or state: a number that depends on its words alone."""
    body = ask.body(models.EvaluateCommunityNotesRequest)
    post = target_post(ask, "post_id", body.post_id)
    return Reply({"claim_opinion_score": round(_score(post.id, body.note_text), 3)})


@handles("community_notes.search_written")
def get_written(ask: Ask) -> Reply:
    """Own notes, newest first; those of the test mode, or the others."""
    return page(ask, "note", _own(ask, test=ask.flag("test_mode"))[::-1], 10, previous=False)


@handles("community_notes.search_eligible_posts")
def get_eligible(ask: Ask) -> Reply:
    """Posts of others that many have seen and on which the signed-in user has not written a note, newest first."""
    noted = {note.post_id for note in _own(ask, test=ask.flag("test_mode"))}
    posts = (post for post in shown_posts(ask) if post.id not in noted and _eligible(ask, post))
    return page(ask, "post", posts, 10, previous=False)


def _eligible(ask: Ask, post: Post) -> bool:
    return post.author_id != ask.me and post.impressions > 1000 and post.refers("retweeted") is None


def _own(ask: Ask, *, test: bool) -> list[Note]:
    return [note for note in ask.store.notes.values() if note.author_id == ask.me and note.test == test]


def _check(info: models.CreateCommunityNotesInfo) -> None:
    if not LINK.search(info.text):
        raise wrong("info.text", info.text, "A note links to at least one source.")
    if weight(info.text) > LIMIT:
        raise wrong("info.text", info.text, f"The note weighs {weight(info.text)} of {LIMIT} characters.")
    if (info.classification == MISLEADING) != bool(info.misleading_tags):
        tags = ",".join(info.misleading_tags)
        raise wrong("info.misleading_tags", tags, f"Tags belong to a note that is {MISLEADING}, and to no other.")


def _score(post_id: str, text: str) -> float:
    """From 0 to 1, the same for the same words."""
    return int.from_bytes(hashlib.sha256(f"{post_id} {text}".encode()).digest()[:4]) / 2**32
