"""What happens, told to those who subscribed: on the activity stream, and to webhooks."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from xdk_async.api.operations import OPERATIONS
from xdk_async.sandbox import account_activity
from xdk_async.sandbox import event as tell
from xdk_async.sandbox.event import Between, Event
from xdk_async.sandbox.hub import HEARTBEAT
from xdk_async.sandbox.match import matcher
from xdk_async.sandbox.member import Scene
from xdk_async.sandbox.record import Like, Post
from xdk_async.sandbox.record_talk import DmConversation, DmEvent
from xdk_async.sandbox.selection import Selection, selected
from xdk_async.sandbox.view import View
from xdk_async.sandbox.vocabulary import older
from xdk_async.sandbox.webhook_record import Subscription

if TYPE_CHECKING:
    from xdk_async.sandbox.world import Sandbox

STREAM = "stream.activity"
POST_FIELDS = (
    "author_id,conversation_id,created_at,edit_controls,edit_history_tweet_ids,entities,in_reply_to_user_id,lang,"
    "possibly_sensitive,public_metrics,referenced_tweets,reply_settings"
)
USER_FIELDS = "created_at,description,location,profile_image_url,protected,public_metrics,url,verified,verified_type"
SHOWN: Selection = selected(
    {"tweet.fields": POST_FIELDS, "user.fields": USER_FIELDS, "expansions": "author_id,referenced_tweets.id"}, "2.166"
)
REFERRING = {"replied_to": "post.reply.create", "quoted": "post.quote.create", "retweeted": "post.repost.create"}
OUTBOUND = {"post.create", "post.delete", "mute.mute", "mute.unmute", "dm.sent", "chat.sent"}
INBOUND = {"post.mention.create", "dm.received", "dm.read", "dm.indicate_typing", "chat.received", "broadcast.chat"}


class Activity:
    """Watches the world, and tells."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._numbers = random.Random(1)

    def posted(self, post: Post) -> None:
        """Somebody has written, replied, quoted or reposted."""
        store = self._sandbox.store
        if not (store.subscriptions or store.webhooks):
            return  # nobody to tell
        view = self._view()
        payload = view.show("post", post)
        told = {"payload": payload, "includes": view.includes()}
        told = older(told) if self._sandbox.vocabulary == "2.166" else told
        self._tell(Event("post.create", post.author_id, None, told["payload"], told["includes"], post.id))
        for mention in post.entities.get("mentions", ()):
            if "id" in mention:
                self._about(post, "post.mention.create", mention["id"], told)
        for kind, id in post.references:
            if id in store.posts:
                self._about(post, REFERRING[kind], store.posts[id].author_id, told)
        self._link(post)

    def _about(self, post: Post, event_type: str, user_id: str, told: Mapping[str, Any]) -> None:
        self._tell(Event(event_type, post.author_id, user_id, told["payload"], told["includes"], post.id))

    def liked(self, like: Like) -> None:
        """Somebody has liked a post that was not liked by them before."""
        self._tell(tell.liked(self._sandbox.store, like))

    def deleted(self, post: Post) -> None:
        """Somebody has deleted their post."""
        self._tell(tell.deleted(self._sandbox.store, post))

    def between(self, event_type: Between, source: str, target: str) -> None:
        """One user has begun or ceased to follow or to mute another."""
        self._tell(tell.between(self._sandbox.store, event_type, source, target))

    def messaged(self, conversation: DmConversation, message: DmEvent) -> None:
        """Somebody has written a Direct Message."""
        for each in tell.messaged(self._sandbox.store, conversation, message):
            self._tell(each)

    def emit(
        self,
        event_type: str,
        payload: Mapping[str, Any],
        *,
        source: str | None = None,
        target: str | None = None,
        includes: Mapping[str, Any] | None = None,
    ) -> None:
        """Tell of something that the sandbox has no operation for, such as `profile.update.bio`.

        Args:
            event_type: Its name, such as `news.new`.
            payload: What the event says.
            source: Id of the user who does it.
            target: Id of the user to whom it is done.
            includes: What it refers to.
        """
        self._tell(Event(event_type, source, target, payload, includes or {}))

    def _tell(self, event: Event) -> None:
        store = self._sandbox.store
        uuid = event.uuid or str(self._numbers.getrandbits(63) * self._numbers.choice((1, -1)))
        for each in [*store.subscriptions.values()]:
            if each.event_type == event.event_type and _matches(each, event):
                self._send(each, event, uuid)
        for webhook_id in [*store.webhooks]:
            for user_id in store.accounts.of(webhook_id):
                message = account_activity.message(store, event, user_id, self._sandbox.clock.ms())
                if message is not None:
                    self._sandbox.courier.send(webhook_id, msgspec.json.encode(message))

    def _send(self, subscription: Subscription, event: Event, uuid: str) -> None:
        told: dict[str, Any] = {
            "event_uuid": uuid,
            "filter": subscription.filter,
            "event_type": event.event_type,
            **({"tag": subscription.tag} if subscription.tag else {}),
            "payload": event.payload,
            **({"includes": event.includes} if event.includes else {}),
        }
        body = msgspec.json.encode({"data": told})
        for connection in [*self._sandbox.hub.connections]:
            if connection.operation == STREAM:
                self._sandbox.meter.deliver(OPERATIONS[STREAM], {"data": told})
                connection.put(body + HEARTBEAT)
        if subscription.webhook_id is not None:
            self._sandbox.courier.send(subscription.webhook_id, body)

    def _link(self, post: Post) -> None:
        """What the filtered stream's rules match goes to the webhooks that are linked to it."""
        store = self._sandbox.store
        for link in [*store.stream_links.values()]:
            rules = [rule for rule in store.rules.values() if matcher(rule.value)(store, post)]
            if not rules:
                continue
            selection = selected(link.query, self._sandbox.vocabulary)
            view = View(Scene(store, self._sandbox.clock.ms(), None), selection)
            body: dict[str, Any] = {"data": view.show("post", post)}
            if includes := view.includes():
                body["includes"] = includes
            body["matching_rules"] = [{"id": rule.id, **({"tag": rule.tag} if rule.tag else {})} for rule in rules]
            shown = older(body) if selection.vocabulary == "2.166" else body
            self._sandbox.courier.send(link.webhook_id, msgspec.json.encode(shown))

    def _view(self) -> View:
        return View(Scene(self._sandbox.store, self._sandbox.clock.ms(), None), SHOWN)


def _matches(subscription: Subscription, event: Event) -> bool:
    if subscription.keyword is not None:
        return subscription.keyword.lower() in msgspec.json.encode(event.payload).decode().lower()
    inbound, outbound = subscription.user_id == event.target, subscription.user_id == event.source
    if event.event_type in OUTBOUND or event.event_type.startswith(("profile.", "spaces.", "broadcast.st")):
        inbound = False
    if event.event_type in INBOUND:
        outbound = False
    return (inbound and subscription.direction != "outbound") or (outbound and subscription.direction != "inbound")
