"""Bookmarks and their folders."""

from __future__ import annotations

from xdk_async.api import models
from xdk_async.sandbox.ask import Ask, Reply, handles
from xdk_async.sandbox.handlers.common import myself, posts_page, target_post
from xdk_async.sandbox.problem import forbidden, missing, unknown, wrong
from xdk_async.sandbox.record import Folder
from xdk_async.sandbox.shape import meta_of, part_of

NAME = 25  # characters at the most


@handles("users.get_bookmarks")
def get_bookmarks(ask: Ask) -> Reply:
    """The signed-in user's bookmarks, latest first."""
    return posts_page(ask, ask.store.bookmarks.of(myself(ask)), 100)


@handles("users.create_bookmark")
def create_bookmark(ask: Ask) -> Reply:
    """Bookmark a post, in a folder if one is named."""
    me = myself(ask)
    body = ask.body(models.CreateUsersBookmarkRequest)
    post = target_post(ask, "tweet_id", body.tweet_id)
    if body.folder_id is not None:
        if _folder(ask, body.folder_id) is None:
            raise missing("bookmark_folder", "folder_id", body.folder_id)
        ask.store.filed.add(body.folder_id, post.id)
    ask.store.bookmarks.add(me, post.id)
    return Reply({"bookmarked": True})


@handles("users.delete_bookmark")
def delete_bookmark(ask: Ask) -> Reply:
    """Remove a bookmark, from its folders too."""
    me = myself(ask)
    post = target_post(ask, "tweet_id", ask.path["tweet_id"])
    ask.store.bookmarks.remove(me, post.id)
    for folder_id in ask.store.filed.to(post.id):
        if _folder(ask, folder_id):
            ask.store.filed.remove(folder_id, post.id)
    return Reply({"bookmarked": False})


@handles("users.create_bookmark_folder")
def create_folder(ask: Ask) -> Reply:
    """Make a folder."""
    me = myself(ask)
    name = ask.body(models.CreateUsersBookmarkFolderRequest).name.strip()
    if not 1 <= len(name) <= NAME:
        raise wrong("name", name, f"The name of a folder has 1 to {NAME} characters.")
    if any(folder.owner_id == me and folder.name == name for folder in ask.store.folders.values()):
        raise forbidden(f"There is a folder [{name}] already.")
    folder = Folder(ask.store.ids.next(ask.now_ms), name, me)
    ask.store.folders[folder.id] = folder
    return Reply({"id": folder.id, "name": folder.name}, status=201)


@handles("users.get_bookmark_folders")
def get_folders(ask: Ask) -> Reply:
    """The signed-in user's folders, latest first."""
    me = myself(ask)
    own = [folder for folder in reversed(ask.store.folders.values()) if folder.owner_id == me]
    part = part_of(ask, own, 100, lambda folder: folder.id)
    return Reply([{"id": folder.id, "name": folder.name} for folder in part.items], meta=meta_of(part))


@handles("users.get_bookmarks_by_folder_id")
def get_filed(ask: Ask) -> Reply:
    """What is in a folder: ids alone, latest first."""
    myself(ask)
    folder = _folder(ask, ask.path["folder_id"])
    if folder is None:
        raise unknown("bookmark_folder", "folder_id", ask.path["folder_id"])
    part = part_of(ask, ask.store.filed.of(folder.id), 100, str)
    return Reply([{"id": id} for id in part.items], meta=meta_of(part))


def _folder(ask: Ask, id: str) -> Folder | None:
    folder = ask.store.folders.get(id)
    return folder if folder and folder.owner_id == ask.me else None
