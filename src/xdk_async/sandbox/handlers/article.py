"""Articles."""

from __future__ import annotations

from typing import Any

import msgspec

from xdk_async.api import models
from xdk_async.sandbox.ask import Ask, Reply, handles
from xdk_async.sandbox.compose import write
from xdk_async.sandbox.handlers.common import part
from xdk_async.sandbox.problem import forbidden, missing, wrong
from xdk_async.sandbox.record import Post
from xdk_async.sandbox.record_show import Article

TITLE = 100


@handles("articles.article_create_draft")
def create_draft(ask: Ask) -> Reply:
    """Keep a draft."""
    body = ask.body(models.ArticleCreateDraftRequest)
    if not 1 <= len(body.title) <= TITLE:
        raise wrong("title", body.title, f"The title of an article has 1 to {TITLE} characters.")
    cover = part(body.cover_media, models.ArticleCreateDraftCoverMedia)
    if cover is not None and ask.store.media_with_id(cover.media_id) is None:
        raise wrong("cover_media.media_id", cover.media_id, "There is no media with this id.")
    content: dict[str, Any] = msgspec.to_builtins(body.content_state)
    id = ask.store.ids.next(ask.now_ms)
    ask.store.articles[id] = Article(id, ask.me, body.title, content, cover.media_id if cover else None)
    return Reply({"id": id, "title": body.title}, status=201)


@handles("articles.article_publish")
def publish(ask: Ask) -> Reply:
    """Publish a draft: a post that links to it appears."""
    article = ask.store.articles.get(ask.path["article_id"])
    if article is None:
        raise missing("article", "article_id", ask.path["article_id"])
    if article.author_id != ask.me:
        raise forbidden(f"The article [{article.id}] is somebody else's.")
    if article.post_id is not None:
        raise forbidden(f"The article [{article.id}] is published already.")
    done = write(ask.store, f"https://x.com/i/article/{article.id}")
    id = ask.store.ids.next(ask.now_ms)
    post = Post(id, ask.now_ms, ask.me, done.text, id, done.entities, history=(id,), article_id=article.id)
    article.post_id = id
    ask.sandbox.publish(post)
    return Reply({"post_id": id})
