"""Writing, deleting and hiding posts."""

from __future__ import annotations

from itertools import islice

from xdk_async.api import models
from xdk_async.sandbox import compose, notice
from xdk_async.sandbox.ask import Ask, Reply, handles
from xdk_async.sandbox.clock import DAY, MINUTE
from xdk_async.sandbox.handlers.common import may_see, part
from xdk_async.sandbox.handlers.media import is_usable
from xdk_async.sandbox.language import language
from xdk_async.sandbox.member import EDITABLE_MS, EDITS
from xdk_async.sandbox.operator import found
from xdk_async.sandbox.problem import forbidden, missing, wrong
from xdk_async.sandbox.record import Poll, Post, Reference
from xdk_async.sandbox.weight import LIMIT, weight

LONGEST = 25_000  # characters, for those who pay
SAME = 25  # own last posts that a new one must differ from
PAYING = ("Premium", "PremiumPlus")
ALONE = ("card_uri", "media", "poll", "quote_tweet_id", "direct_message_deep_link")  # X takes one of these


@handles("posts.create")
def create(ask: Ask) -> Reply:
    """Write a post, a reply or a quote, or a new version of a post."""
    body = ask.body(models.CreatePostsRequest)
    written = " ".join(filter(None, (body.text, body.direct_message_deep_link)))
    _check(ask, body, written)
    store = ask.store
    previous = _previous(ask, body)
    references = previous.references if previous else (*_reply(ask, body), *_quote(ask, body))
    post = _made(ask, body, compose.write(store, written), previous, references)
    _no_duplicate(ask, post)
    poll = part(body.poll, models.CreatePostsPoll)
    if poll is not None:
        post.poll_id = _poll(ask, poll)
        post.reply_settings = poll.reply_settings or post.reply_settings
    for id in post.history[:-1]:
        store.posts[id].superseded, store.posts[id].history = True, post.history
    ask.sandbox.publish(post)
    if previous:
        ask.sandbox.publish(notice.edited(post, ask.now_ms))
    return Reply({"id": post.id, "text": post.text, "edit_history_post_ids": [*post.history]}, status=201)


def _made(
    ask: Ask,
    body: models.CreatePostsRequest,
    done: compose.Text,
    previous: Post | None,
    references: tuple[tuple[Reference, str], ...],
) -> Post:
    media, place, community = _media(ask, body), _place(ask, body), _community(ask, body)
    id = ask.store.ids.next(ask.now_ms)
    post = Post(
        id=id,
        ms=ask.now_ms,
        author_id=ask.me,
        text=done.text,
        conversation_id=previous.conversation_id if previous else id,
        entities=done.entities,
        note=done.note,
        note_entities=done.note_entities,
        lang=language(done.note or done.text),
        reply_settings=body.reply_settings or "everyone",
        community_id=community,
        paid_partnership=bool(body.paid_partnership),
        references=references,
        media_keys=media,
        place_id=place,
        history=(*(previous.history if previous else ()), id),
        nullcast=bool(body.nullcast),
        card_uri=body.card_uri,
    )
    replied_to = ask.store.posts.get(post.refers("replied_to") or "")
    if replied_to:
        post.conversation_id = replied_to.conversation_id
        post.in_reply_to_user_id = replied_to.author_id
    return post


def _check(ask: Ask, body: models.CreatePostsRequest, written: str) -> None:
    attached = body.media or body.poll or body.card_uri
    if not (written.strip() or attached or body.quote_tweet_id):
        raise wrong("text", body.text or "", "A post has `text`, `media`, a `poll` or a quoted post.")
    paying = ask.store.users[ask.me].subscription_type in PAYING
    length, most = (len(written), LONGEST) if paying else (weight(written), LIMIT)
    if length > most:
        raise wrong("text", f"{written[:40]}…", f"The text is too long: it has {length} characters of {most}.")
    together = [name for name in ALONE if getattr(body, name)]
    if len(together) > 1:
        raise wrong(together[1], "", f"{' and '.join(f'`{name}`' for name in together)} exclude each other.")


def _no_duplicate(ask: Ask, post: Post) -> None:
    """X refuses what its author has just said, with a 403."""
    said = (post.note or post.text, post.references, post.media_keys)
    for other in islice(ask.store.posts_by(ask.me), SAME):
        if other.ms > ask.now_ms - DAY and (other.note or other.text, other.references, other.media_keys) == said:
            raise forbidden(f"This is duplicate content: the post [{other.id}] says the same.")


def _community(ask: Ask, body: models.CreatePostsRequest) -> str | None:
    id = body.community_id
    if id is not None and not ask.store.joined.has(id, ask.me):
        raise forbidden(f"The signed-in user is in no Community [{id}].")
    return id


def _reply(ask: Ask, body: models.CreatePostsRequest) -> tuple[tuple[Reference, str], ...]:
    reply = part(body.reply, models.CreatePostsReply)
    if reply is None:
        return ()
    post = ask.store.posts.get(reply.in_reply_to_tweet_id)
    if post is None or not may_see(ask, post):
        raise forbidden(f"There is no post [{reply.in_reply_to_tweet_id}] to reply to.")
    if not _takes_reply(ask, post):
        raise forbidden(f"The author of the post [{post.id}] does not let the signed-in user reply to it.")
    return (("replied_to", post.id),)


def _takes_reply(ask: Ask, post: Post) -> bool:
    store, author_id = ask.store, post.author_id
    if ask.me == author_id or ask.me in (each["id"] for each in found(post, "mentions")):
        return True
    if store.blocks.has(author_id, ask.me):
        return False
    verified = store.users[ask.me].verified_type != "none"
    allowed = {"everyone": True, "following": store.follows.has(author_id, ask.me), "verified": verified}
    return allowed.get(post.reply_settings, False)


def _quote(ask: Ask, body: models.CreatePostsRequest) -> tuple[tuple[Reference, str], ...]:
    if body.quote_tweet_id is None:
        return ()
    post = ask.store.posts.get(body.quote_tweet_id)
    if post is None or not may_see(ask, post) or ask.store.blocks.has(post.author_id, ask.me):
        raise forbidden(f"There is no post [{body.quote_tweet_id}] to quote.")
    return (("quoted", body.quote_tweet_id),)


def _media(ask: Ask, body: models.CreatePostsRequest) -> tuple[str, ...]:
    attached = part(body.media, models.CreatePostsMedia)
    ids = attached.media_ids if attached else ()
    known = {id: ask.store.media_with_id(id) for id in ids}
    unknown = [id for id, media in known.items() if media is None]
    if unknown:
        raise wrong("media.media_ids", ",".join(unknown), "There is no media with this id.")
    unready = [id for id in ids if not is_usable(ask, id)]
    if unready:
        raise wrong("media.media_ids", ",".join(unready), "Your media IDs are invalid.")
    kinds = [media.type for media in known.values() if media]
    if len(kinds) > 4 or (len(kinds) > 1 and set(kinds) != {"photo"}):
        raise wrong("media.media_ids", ",".join(ids), "A post takes one to four photos, or a single video or GIF.")
    return tuple(media.key for media in known.values() if media)


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
            removed = ask.store.posts[version]
            ask.store.remove_post(removed)
            ask.sandbox.publish(notice.deleted(removed, ask.now_ms))
            ask.sandbox.activity.deleted(removed)
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
