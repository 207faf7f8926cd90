"""`client.webhooks`: X's operations, and a webhook that is there, valid and subscribed, however often it is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from xdk_async._core.activity_type import canonical
from xdk_async._core.bind import bind
from xdk_async._core.pages import Pages
from xdk_async.api import models, webhooks
from xdk_async.api import operations as op
from xdk_async.errors import BadRequest, Conflict, InvalidArgument

DAY = timedelta(hours=24)
MINUTES = "%Y%m%d%H%M"


@dataclass(frozen=True, slots=True)
class EnsuredWebhook:
    """A webhook as `ensure` leaves it."""

    webhook: models.WebhookConfig
    created: bool
    """Whether it was not there before."""
    subscriptions: list[models.ActivitySubscription] = field(default_factory=list["models.ActivitySubscription"])
    """Those that were asked for, as they are now."""
    replay_job_id: str | None = None

    @property
    def id(self) -> str:
        """The webhook's id."""
        assert self.webhook.id is not None
        return self.webhook.id


class WebhooksClient(webhooks.WebhooksClient):
    """Webhooks: register, validate, link to the filtered stream, replay."""

    __slots__ = ()

    async def ensure(
        self,
        url: str,
        subscriptions: Sequence[models.CreateActivitySubscriptionRequestLike] = (),
        *,
        filtered_stream: bool = False,
        replay_since: datetime | timedelta | None = None,
    ) -> EnsuredWebhook:
        """A webhook at `url`, registered, valid and subscribed; what is so already stays as it is.

        X challenges the address while this runs: the app behind it must be up.

        app (private events such as `dm.received`: the token of the user whose events they are)

        Args:
            url: HTTPS address without a port.
            subscriptions: Events to deliver there, as for `activity.create_subscription`, without `webhook_id`. An existing
                subscription with the same type, filter and tag is sent to this webhook.
            filtered_stream: Whether to deliver what the filtered stream's rules match, too.
            replay_since: Deliver again what happened since then, 24 hours ago at the most: after downtime.

        Raises:
            InvalidArgument: An address registered before does not pass X's challenge any more, or a time is further back.
            BadRequest: X refuses a subscription, or a new address (`CrcValidationFailed`, …); the message says why.
        """
        since = replay_from(replay_since, self._sender.transport.clock())
        webhook, created = await self._registered(url)
        assert webhook.id is not None
        made = await self._subscribed(webhook.id, subscriptions)
        if filtered_stream:
            links = (await self.get_stream_links()).data or []
            if not any(link.webhook_id == webhook.id for link in links):
                await self.create_stream_link(webhook.id)
        job = await self._replayed(webhook.id, *since) if since else None
        return EnsuredWebhook(webhook, created, made, job)

    async def _registered(self, url: str) -> tuple[models.WebhookConfig, bool]:
        found = await self._find(url)
        if found is None:
            try:
                made = (await self.create(url=url)).data
            except (BadRequest, Conflict):
                found = await self._find(url)  # another process was faster
                if found is None:
                    raise
            else:
                assert made is not None
                return models.WebhookConfig(
                    id=made.id, url=made.url, valid=made.valid, created_at=made.created_at
                ), True
        if found.valid is False:
            assert found.id is not None
            await self.validate(found.id)
            found = await self._find(url) or found
            if found.valid is False:
                raise InvalidArgument(
                    f"webhook {found.id}: {url} does not answer X's challenge: is the app up, and is its secret the app's?"
                )
        return found, False

    async def _find(self, url: str) -> models.WebhookConfig | None:
        every = (await self.get(webhook_config_fields=["created_at", "id", "url", "valid"])).data or []
        return next((each for each in every if each.url == url), None)

    async def _subscribed(
        self, webhook_id: str, wanted: Sequence[models.CreateActivitySubscriptionRequestLike]
    ) -> list[models.ActivitySubscription]:
        if not wanted:
            return []
        listing = bind(op.ACTIVITY_GET_SUBSCRIPTIONS, {"max_results": 1000})
        there = {wish(each): each async for each in Pages(self._sender, listing).items()}
        return [await self._subscription(webhook_id, each, there) for each in plain(wanted)]

    async def _subscription(
        self, webhook_id: str, wanted: dict[str, Any], there: dict[Any, models.ActivitySubscription]
    ) -> models.ActivitySubscription:
        known = there.get(wish_of(wanted["event_type"], wanted["filter"], wanted.get("tag")))
        if known is not None and known.webhook_id == webhook_id:
            return known
        if known is not None:
            change = {"webhook_id": webhook_id}
            updated = await self._send(op.ACTIVITY_UPDATE_SUBSCRIPTION, change, subscription_id=known.subscription_id)
            return (updated.data and updated.data.subscription) or known
        body = {**wanted, "webhook_id": webhook_id}
        made = await self._send(op.ACTIVITY_CREATE_SUBSCRIPTION, body)
        return (made.data and made.data.subscription) or models.ActivitySubscription()

    async def _replayed(self, webhook_id: str, start: datetime, end: datetime) -> str | None:
        body = {"webhook_id": webhook_id, "from_date": f"{start:{MINUTES}}", "to_date": f"{end:{MINUTES}}"}
        job = await self._send(op.WEBHOOKS_CREATE_WEBHOOK_REPLAY_JOB, body)
        return job.data.job_id if job.data else None


def plain(wanted: Iterable[models.CreateActivitySubscriptionRequestLike]) -> list[dict[str, Any]]:
    """Each as a dictionary, checked as X would, before the first is made."""
    import msgspec

    try:
        checked = [
            msgspec.convert(msgspec.to_builtins(each), models.CreateActivitySubscriptionRequest) for each in wanted
        ]
    except msgspec.ValidationError as error:
        raise InvalidArgument(f"subscriptions=: {error}") from None
    return [msgspec.to_builtins(each) for each in checked]


def wish(subscription: models.ActivitySubscription) -> Any:
    """What a subscription is about."""
    filter = subscription.filter.to_dict() if subscription.filter else {}
    return wish_of(subscription.event_type or "", filter, subscription.tag)


def wish_of(event_type: str, filter: dict[str, Any], tag: str | None) -> Any:
    """What makes two subscriptions the same."""
    return (canonical(event_type), tuple(sorted(filter.items())), tag)


def replay_from(since: datetime | timedelta | None, now: float) -> tuple[datetime, datetime] | None:
    """First and last minute to replay, in UTC."""
    if since is None:
        return None
    end = datetime.fromtimestamp(now, UTC)
    if isinstance(since, timedelta):
        start = end - since
    else:
        start = (since if since.tzinfo else since.replace(tzinfo=UTC)).astimezone(UTC)
    if not end - DAY <= start <= end:
        raise InvalidArgument(f"replay_since= is {start:%Y-%m-%d %H:%M} UTC: X replays the last 24 hours")
    return start, end
