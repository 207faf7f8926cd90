"""Writing, deleting and hiding posts."""

from __future__ import annotations

from xdk_async.api import models
from xdk_async.sandbox.ask import Ask, Reply, handles
from xdk_async.sandbox.clock import MINUTE
from xdk_async.sandbox.compose import compose
from xdk_async.sandbox.handlers.common import part
from xdk_async.sandbox.member import EDITABLE_MS, EDITS
from xdk_async.sandbox.problem import blank, forbidden, missing, wrong
from xdk_async.sandbox.record import Poll, Post, Reference

LONGEST = 25_000  # the signed-in user has Premium
NOT_YET = ("card_uri", "direct_message_deep_link", "for_super_followers_only", "nullcast", "share_with_followers")
ALONE = ("card_uri", "media", "poll", "quote_tweet_id")  # X takes one of these


@handles("posts.create")
def create(ask: Ask) -> Reply:
    """Write a post, a reply or a quote, or a new version of a post."""
    body = ask.body(models.CreatePostsRequest)
    _check(body)
    store = ask.store
    done = compose(body.text or "", lambda name: user.id if (user := store.user_named(name)) else None)
    id = store.ids.next(ask.now_ms)
    previous = _previous(ask, body)
    post = Post(
        id=id,
        ms=ask.now_ms,
        author_id=ask.me,
        text=done.text,
        conversation_id=previous.conversation_id if previous else id,
        entities=done.entities,
        note=done.note,
        note_entities=done.note_entities,
        reply_settings=body.reply_settings or "everyone",
        community_id=body.community_id,
        paid_partnership=bool(body.paid_partnership),
        references=previous.references if previous else (*_reply(ask, body), *_quote(ask, body)),
        media_keys=_media(ask, body),
        place_id=_place(ask, body),
        history=(*(previous.history if previous else ()), id),
    )
    replied_to = post.refers("replied_to")
    if replied_to:
        post.conversation_id = store.posts[replied_to].conversation_id
        post.in_reply_to_user_id = store.posts[replied_to].author_id
    poll = part(body.poll, models.CreatePostsPoll)
    if poll is not None:
        post.poll_id = _poll(ask, poll)
    if previous:
        previous.superseded = True
    ask.sandbox.publish(post)
    return Reply({"id": id, "text": post.text, "edit_history_post_ids": [*post.history]}, status=201)


def _check(body: models.CreatePostsRequest) -> None:
    for name in NOT_YET:
        if getattr(body, name):
            raise blank(501, "Not Implemented", f"This sandbox does not have `{name}` yet.")
    if not (body.text or body.media):
        raise wrong("text", body.text or "", "A post has `text` or `media`.")
    if len(body.text or "") > LONGEST:
        raise wrong(
            "text", f"{(body.text or '')[:40]}…", f"The text has {len(body.text or '')} characters of {LONGEST}."
        )
    together = [name for name in ALONE if getattr(body, name)]
    if len(together) > 1:
        raise wrong(together[1], "", f"{' and '.join(f'`{name}`' for name in together)} exclude each other.")


def _reply(ask: Ask, body: models.CreatePostsRequest) -> tuple[tuple[Reference, str], ...]:
    reply = part(body.reply, models.CreatePostsReply)
    if reply is None:
        return ()
    post = ask.store.posts.get(reply.in_reply_to_tweet_id)
    if post is None:
        raise forbidden(f"There is no post [{reply.in_reply_to_tweet_id}] to reply to.")
    return (("replied_to", post.id),)


def _quote(ask: Ask, body: models.CreatePostsRequest) -> tuple[tuple[Reference, str], ...]:
    if body.quote_tweet_id is None:
        return ()
    if body.quote_tweet_id not in ask.store.posts:
        raise forbidden(f"There is no post [{body.quote_tweet_id}] to quote.")
    return (("quoted", body.quote_tweet_id),)


def _media(ask: Ask, body: models.CreatePostsRequest) -> tuple[str, ...]:
    attached = part(body.media, models.CreatePostsMedia)
    ids = attached.media_ids if attached else ()
    found = {id: ask.store.media_with_id(id) for id in ids}
    unknown = [id for id, media in found.items() if media is None]
    if unknown:
        raise wrong("media.media_ids", ",".join(unknown), "There is no media with this id.")
    kinds = [media.type for media in found.values() if media]
    if len(kinds) > 4 or (len(kinds) > 1 and set(kinds) != {"photo"}):
        raise wrong("media.media_ids", ",".join(ids), "A post takes one to four photos, or a single video or GIF.")
    return tuple(media.key for media in found.values() if media)


def _place(ask: Ask, body: models.CreatePostsRequest) -> str | None:
    geo = part(body.geo, models.CreatePostsGeo)
    if geo is None:
        return None
    if geo.place_id not in ask.store.places:
        raise wrong("geo.place_id", geo.place_id, "There is no such place.")
    return geo.place_id


def _poll(ask: Ask, wanted: models.CreatePostsPoll) -> str:
    labels = tuple(wanted.options)
    if not 2 <= len(labels) <= 4 or not all(1 <= len(label) <= 25 for label in labels):
        raise wrong("poll.options", ",".join(labels), "A poll has two to four options of 1 to 25 characters.")
    minutes = wanted.duration_minutes
    poll = Poll(ask.store.ids.next(ask.now_ms), labels, [0] * len(labels), minutes, ask.now_ms + minutes * MINUTE)
    ask.store.polls[poll.id] = poll
    return poll.id


def _previous(ask: Ask, body: models.CreatePostsRequest) -> Post | None:
    edit = part(body.edit_options, models.CreatePostsEditOptions)
    if edit is None:
        return None
    post = _own(ask, "previous_post_id", edit.previous_post_id)
    if post.superseded or len(post.history) > EDITS or ask.now_ms >= ask.store.posts[post.history[0]].ms + EDITABLE_MS:
        raise forbidden(f"The post [{post.id}] can no longer be edited.")
    return post


def _own(ask: Ask, parameter: str, id: str) -> Post:
    post = ask.store.posts.get(id)
    if post is None:
        raise missing("post", parameter, id)
    if post.author_id != ask.me:
        raise forbidden(f"The post [{id}] is somebody else's.")
    return post


@handles("posts.delete")
def delete(ask: Ask) -> Reply:
    """Delete an own post, in all its versions."""
    post = _own(ask, "id", ask.path["id"])
    for version in post.history:
        if version in ask.store.posts:
            ask.store.remove_post(ask.store.posts[version])
    return Reply({"deleted": True})


@handles("posts.hide_reply")
def hide_reply(ask: Ask) -> Reply:
    """Hide a reply in an own conversation, or show it again."""
    id = ask.path["tweet_id"]
    post = ask.store.posts.get(id)
    if post is None:
        raise missing("post", "tweet_id", id)
    start = ask.store.posts.get(post.conversation_id)
    if not post.refers("replied_to") or start is None or start.author_id != ask.me:
        raise forbidden(f"The post [{id}] is no reply in a conversation that the signed-in user started.")
    post.hidden = ask.body(models.HidePostsReplyRequest).hidden
    return Reply({"hidden": post.hidden})
