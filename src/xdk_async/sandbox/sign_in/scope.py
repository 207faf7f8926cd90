"""What an app may be allowed to do, in words for the person who is asked."""

from __future__ import annotations

SCOPES = {
    "tweet.read": "See the posts that you can see",
    "tweet.write": "Write and delete posts as you",
    "tweet.moderate.write": "Hide and show replies to your posts",
    "users.read": "See the profiles that you can see",
    "users.email": "See your email address",
    "follows.read": "See whom you follow and who follows you",
    "follows.write": "Follow and unfollow people as you",
    "offline.access": "Stay signed in until you remove it",
    "space.read": "See the Spaces that you can see",
    "mute.read": "See whom you have muted",
    "mute.write": "Mute and unmute people as you",
    "like.read": "See what you have liked",
    "like.write": "Like posts, and take likes back, as you",
    "list.read": "See your Lists",
    "list.write": "Make, change and delete your Lists",
    "block.read": "See whom you have blocked",
    "block.write": "Block and unblock people as you",
    "bookmark.read": "See your bookmarks",
    "bookmark.write": "Bookmark posts, and take bookmarks back, as you",
    "dm.read": "Read your Direct Messages",
    "dm.write": "Send Direct Messages as you",
    "media.write": "Upload pictures and videos as you",
    "broadcast.read": "See your broadcasts",
    "broadcast.write": "Make and change broadcasts as you",
    "timeline.read": "See your timeline",
}
READ: tuple[str, ...] = ("See posts, profiles and Lists that you can see",)
WRITE: tuple[str, ...] = (*READ, "Post, like, follow and change Lists as you")
EVERYTHING: tuple[str, ...] = (*WRITE, "Read and send Direct Messages as you")
LEVEL_WORDS: dict[str, tuple[str, ...]] = {"read": READ, "read-write": WRITE, "read-write-directmessages": EVERYTHING}
