"""Invents posts: for the seed, and for the traffic of the streams."""

from __future__ import annotations

import random
from itertools import islice

from xdk_async.sandbox import words
from xdk_async.sandbox.clock import MINUTE
from xdk_async.sandbox.compose import SHORT, cut, write
from xdk_async.sandbox.record import Like, Media, Poll, Post, Reference, User
from xdk_async.sandbox.snowflake import snowflake
from xdk_async.sandbox.store import Store

RECENT = 60  # how many posts back people answer to
ABOUT_ME = 0.1  # the signed-in user writes more than others, and is heard more


class Author:
    """Writes posts in the name of the sandbox's users; which ones depends on the random numbers only."""

    def __init__(self, store: Store, rng: random.Random) -> None:
        self._store = store
        self._rng = rng
        self._users = [*store.users.values()]
        self._me = self._users[0]

    def post(self, ms: int) -> Post:
        """A new post of that moment; the caller stores it."""
        writer = self._somebody()
        kind = self._rng.choices(("new", "replied_to", "quoted", "retweeted"), (55, 20, 10, 15))[0]
        target = self._target(writer) if kind != "new" else None
        if target is None:
            return self._original(writer, ms)
        if kind == "retweeted":
            return repost(self._store, writer.id, target, self._store.ids.next(ms), ms)
        return self._about(writer, target, "quoted" if kind == "quoted" else "replied_to", ms)

    def like(self, ms: int) -> Like | None:
        """A new like of that moment, of a recent post; None if whoever would like it does already."""
        user, post = self._somebody(), self._rng.choice([*islice(reversed(self._store.posts.values()), RECENT)])
        if post.refers("retweeted") or self._store.likes.has(user.id, post.id):
            return None
        return Like(f"{user.id}_{post.id}", ms, user.id, post.id)

    def _target(self, writer: User) -> Post | None:
        recent = islice(reversed(self._store.posts.values()), RECENT)
        fit = [post for post in recent if post.author_id != writer.id and self._public(post)]
        mine = [post for post in fit if post.author_id == self._me.id]
        if mine and self._rng.random() < ABOUT_ME:
            fit = mine
        chosen = self._rng.choice(fit) if fit else None
        return None if chosen is None or self._store.repost_by(writer.id, chosen.id) else chosen

    def _public(self, post: Post) -> bool:
        return not post.refers("retweeted") and not self._store.users[post.author_id].protected

    def _somebody(self) -> User:
        return self._me if self._rng.random() < ABOUT_ME else self._rng.choice(self._users)

    def _original(self, writer: User, ms: int) -> Post:
        topic = self._rng.choices(words.TOPICS, [topic.weight for topic in words.TOPICS])[0]
        lang = self._rng.choice([*words.ELSEWHERE]) if self._rng.random() < 0.12 else "en"
        written = self._said(topic, lang)
        if lang == "en" and self._rng.random() < 0.04:
            while len(written) <= SHORT:
                written = f"{written} And another thing: {self._said(topic, lang)}"
        if self._rng.random() < 0.35:
            written = f"{written} #{self._rng.choice(topic.tags)}"
        if self._rng.random() < 0.15:
            written = f"{written} cc @{self._somebody().username}"
        if self._rng.random() < 0.2:
            written = f"{written} {self._rng.choice(words.LINKS)}{self._rng.randrange(1000)}"
        post = self._written(writer, written, ms)
        post.lang = lang
        post.topic = topic.name if lang == "en" else None
        self._attach(post)
        return post

    def _about(self, writer: User, target: Post, kind: Reference, ms: int) -> Post:
        author = self._store.users[target.author_id]
        about = f" (the {target.topic.lower()} thing)" if target.topic else ""
        if kind == "quoted":
            link = f"https://x.com/{author.username}/status/{target.id}"
            post = self._written(writer, f"{self._rng.choice(words.COMMENT)}{about} {link}", ms)
        else:
            post = self._written(writer, f"@{author.username} {self._rng.choice(words.ANSWER)}{about}", ms)
            post.conversation_id = target.conversation_id
            post.in_reply_to_user_id = author.id
        post.references = ((kind, target.id),)
        post.topic = target.topic
        return post

    def _said(self, topic: words.Topic, lang: str) -> str:
        if lang != "en":
            return self._rng.choice(words.ELSEWHERE[lang])
        said = self._rng.choice(topic.said)
        opening, closing = self._rng.choice(words.OPENING), self._rng.choice(words.CLOSING)
        return f"{opening}{said if opening else said[:1].upper() + said[1:]}{closing}"

    def _written(self, writer: User, written: str, ms: int) -> Post:
        done = write(self._store, written)
        id = self._store.ids.next(ms)
        return Post(
            id=id,
            ms=ms,
            author_id=writer.id,
            text=done.text,
            conversation_id=id,
            entities=done.entities,
            note=done.note,
            note_entities=done.note_entities,
            impressions=self._rng.randrange(20, 5000),
            history=(id,),
        )

    def _attach(self, post: Post) -> None:
        chance = self._rng.random()
        if chance < 0.2:
            post.media_keys = tuple(self._media(post, number) for number in range(self._rng.choice((1, 1, 2))))
        elif chance < 0.27:
            post.media_keys = (self._media(post, 0, video=True),)
        elif chance < 0.32:
            post.poll_id = self._poll(post)
        if self._rng.random() < 0.1:
            post.place_id = self._rng.choice(words.PLACES).id

    def _media(self, post: Post, number: int, *, video: bool = False) -> str:
        id = snowflake(post.ms - 5 * MINUTE, int(post.id) % 1000 + number)
        if video:
            made = Media(
                f"7_{id}", "video", 1280, 720, None, 1000 * self._rng.randrange(5, 90), self._rng.randrange(3000)
            )
        else:
            made = Media(f"3_{id}", "photo", 1600, 1200, self._rng.choice((None, *words.PICTURE)))
        self._store.media[made.key] = made
        return made.key

    def _poll(self, post: Post) -> str:
        labels = self._rng.choice(words.QUESTION)
        minutes = self._rng.choice((60, 1440, 4320))
        votes = [self._rng.randrange(40) for _ in labels]
        poll = Poll(str(snowflake(post.ms, 1)), labels, votes, minutes, post.ms + minutes * MINUTE)
        self._store.polls[poll.id] = poll
        return poll.id


def repost(store: Store, user_id: str, target: Post, id: str, ms: int) -> Post:
    """The post that a repost is on X: the other one's text behind `RT`; the caller stores it."""
    author = store.users[target.author_id]
    start = f"RT @{author.username}: "
    text = cut(start + target.text)
    moved = {
        kind: [{**each, "start": each["start"] + len(start), "end": each["end"] + len(start)} for each in found]
        for kind, found in target.entities.items()
        if text.endswith(target.text)  # a cut text keeps no entity that may lie beyond the cut
    }
    mention = {"start": 3, "end": len(start) - 2, "username": author.username, "id": author.id}
    return Post(
        id=id,
        ms=ms,
        author_id=user_id,
        text=text,
        conversation_id=id,
        entities={**moved, "mentions": [mention, *moved.get("mentions", [])]},
        lang=target.lang,
        references=(("retweeted", target.id),),
        topic=target.topic,
        history=(id,),
    )
