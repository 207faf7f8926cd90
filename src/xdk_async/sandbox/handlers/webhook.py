"""Webhooks: registered after a challenge, validated, linked to the filtered stream, replayed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec

from xdk_async.api import models
from xdk_async.sandbox.ask import Ask, Reply, handles
from xdk_async.sandbox.clock import DAY, MINUTE, SECOND, iso
from xdk_async.sandbox.handlers.rule import APP_ID
from xdk_async.sandbox.problem import Refusal, finding, invalid, wrong
from xdk_async.sandbox.webhook_record import Delivery, StreamLink, Webhook

MOST = 5
LONGEST = 200  # characters of an address
HERE = ("127.0.0.1", "localhost", "::1")


def refused(reason: str, detail: str, parameter: str, value: str) -> Refusal:
    """X's way to say why: the reason's name before the detail."""
    return invalid([finding(f"{reason}: {detail}", {parameter: [value]})])


def told(webhook: Webhook) -> dict[str, Any]:
    """A webhook as it is answered."""
    return {"id": webhook.id, "url": webhook.url, "valid": webhook.valid, "created_at": iso(webhook.created_ms)}


def found(ask: Ask, id: str) -> Webhook:
    """The webhook with that id."""
    webhook = ask.store.webhooks.get(id)
    if webhook is None:
        raise refused("WebhookIdInvalid", f"there is no webhook [{id}] of this app.", "webhook_id", id)
    return webhook


@handles("webhooks.create")
async def create(ask: Ask) -> Reply:
    """Register an address that answers its challenge."""
    url = ask.body(models.CreateWebhooksRequest).url
    _check_url(url)
    if any(each.url == url for each in ask.store.webhooks.values()):
        raise refused("DuplicateUrlFailed", "a webhook with this URL exists already.", "url", url)
    if len(ask.store.webhooks) >= MOST:
        raise refused("WebhookLimitExceeded", f"this app has its {MOST} webhooks.", "url", url)
    problem = await ask.sandbox.courier.challenge(url)
    if problem:
        raise refused("CrcValidationFailed", f"{problem}.", "url", url)
    webhook = Webhook(ask.store.ids.next(ask.now_ms), url, ask.now_ms)
    ask.store.webhooks[webhook.id] = webhook
    return Reply(told(webhook))


def _check_url(url: str) -> None:
    """X takes public https:// addresses without a port; here, those of this machine are taken as they are too."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise refused("UrlValidationFailed", "this is no URL.", "url", url) from None
    if not 0 < len(url) <= LONGEST or not parts.hostname or parts.fragment:
        raise refused("UrlValidationFailed", f"a URL has a host and 1 to {LONGEST} characters.", "url", url[:LONGEST])
    if parts.hostname in HERE and parts.scheme in ("http", "https"):
        return
    if parts.scheme != "https" or port is not None:
        raise refused("UrlValidationFailed", "a URL begins with https:// and has no port.", "url", url)


@handles("webhooks.get")
def get(ask: Ask) -> Reply:
    """All webhooks; every field of theirs is always told."""
    shown = [told(webhook) for webhook in ask.store.webhooks.values()]
    return Reply(whole={"data": shown, "meta": {"result_count": len(shown)}})


@handles("webhooks.validate")
async def validate(ask: Ask) -> Reply:
    """Challenge a webhook now."""
    webhook = found(ask, ask.path["webhook_id"])
    webhook.valid = not await ask.sandbox.courier.challenge(webhook.url)
    webhook.failing_since_ms = None
    return Reply({"attempted": True} if ask.selection.vocabulary == "2.166" else {"valid": webhook.valid})


@handles("webhooks.delete")
def delete(ask: Ask) -> Reply:
    """Forget a webhook, and what goes to it."""
    webhook = found(ask, ask.path["webhook_id"])
    store = ask.store
    del store.webhooks[webhook.id]
    store.stream_links.pop(webhook.id, None)
    store.accounts.forget(webhook.id)
    for subscription in store.subscriptions.values():
        if subscription.webhook_id == webhook.id:
            subscription.webhook_id = None
    return Reply({"deleted": True})


@handles("webhooks.create_stream_link")
def create_stream_link(ask: Ask) -> Reply:
    """Send what the filtered stream's rules match to a webhook."""
    webhook = found(ask, ask.path["webhook_id"])
    ask.store.stream_links[webhook.id] = StreamLink(webhook.id, ask.now_ms, dict(ask.query))
    return Reply({"provisioned": True})


@handles("webhooks.get_stream_links")
def get_stream_links(ask: Ask) -> Reply:
    """The webhooks that get what the rules match."""
    shown = [
        {
            "application_id": APP_ID,
            "business_user_id": ask.sandbox.me.id,
            "created_at": iso(link.created_ms),
            "fields": [f"{name}={value}" for name, value in link.query.items()],
            "instance_id": APP_ID,
            "webhook_id": link.webhook_id,
        }
        for link in ask.store.stream_links.values()
    ]
    return Reply(whole={"data": shown})


@handles("webhooks.delete_stream_link")
def delete_stream_link(ask: Ask) -> Reply:
    """Send it no more."""
    id = found(ask, ask.path["webhook_id"]).id
    if ask.store.stream_links.pop(id, None) is None:
        raise wrong("webhook_id", id, f"The webhook [{id}] is not linked to the stream.")
    return Reply({"deleted": True})


@handles("webhooks.create_webhook_replay_job")
async def replay(ask: Ask) -> Reply:
    """Send the events of a span of time again, and then that it is done."""
    body = ask.body(models.CreateWebhookReplayJobRequest)
    webhook = found(ask, body.webhook_id)
    start, end = _minute(body.from_date, ask.now_ms), _minute(body.to_date, ask.now_ms)
    for name, value, ms in (("from_date", body.from_date, start), ("to_date", body.to_date, end)):
        if ms is None:
            detail = f"{name} is no minute of the last 24 hours, written YYYYMMDDhhmm."
            raise refused("QueryParamInvalid", detail, name, value)
    assert start is not None
    assert end is not None
    if start > end:
        raise refused("QueryParamInvalid", "from_date is after to_date.", "from_date", body.from_date)
    problem = await ask.sandbox.courier.challenge(webhook.url)
    if problem:
        raise refused("CrcValidationFailed", f"{problem}.", "webhook_id", webhook.id)
    webhook.valid = True
    job = ask.store.ids.next(ask.now_ms)
    for each in [*ask.store.deliveries]:
        if each.webhook_id == webhook.id and start <= each.ms < end + MINUTE:
            ask.sandbox.courier.bring(each)
    status = {
        "webhook_id": webhook.id,
        "job_state": "Complete",
        "job_state_description": "Job completed successfully",
        "job_id": job,
    }
    ask.sandbox.courier.bring(Delivery(webhook.id, ask.now_ms, msgspec.json.encode({"replay_job_status": status})))
    return Reply({"job_id": job, "created_at": iso(ask.now_ms)})


def _minute(text: str, now_ms: int) -> int | None:
    """`YYYYMMDDhhmm` as milliseconds since 1970; None if it is no minute of the last day."""
    try:
        ms = int(datetime.strptime(text, "%Y%m%d%H%M").replace(tzinfo=UTC).timestamp()) * SECOND
    except ValueError:
        return None
    return ms if now_ms - DAY - MINUTE <= ms <= now_ms else None
