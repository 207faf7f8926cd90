"""Account Activity: all that concerns a user's account, to a webhook."""

from __future__ import annotations

from xdk_async.sandbox.ask import Ask, Reply, handles
from xdk_async.sandbox.handlers.rule import APP_ID
from xdk_async.sandbox.handlers.webhook import found, refused

MOST = 100


@handles("account_activity.create_subscription")
def create(ask: Ask) -> Reply:
    """Send the signed-in user's activity to a webhook."""
    webhook = found(ask, ask.path["webhook_id"])
    if ask.store.accounts.has(webhook.id, ask.me):
        detail = "the signed-in user's activity goes to this webhook already."
        raise refused("DuplicateSubscriptionFailed", detail, "webhook_id", webhook.id)
    if _count(ask) >= MOST:
        raise refused("SubscriptionLimitExceeded", f"this app has its {MOST} subscriptions.", "webhook_id", webhook.id)
    ask.store.accounts.add(webhook.id, ask.me)
    return Reply({"subscribed": True})


def _count(ask: Ask) -> int:
    return sum(ask.store.accounts.count_of(id) for id in ask.store.webhooks)


@handles("account_activity.validate_subscription")
def validate(ask: Ask) -> Reply:
    """Whether the signed-in user's activity goes there."""
    webhook = found(ask, ask.path["webhook_id"])
    return Reply({"subscribed": ask.store.accounts.has(webhook.id, ask.me)})


@handles("account_activity.delete_subscription")
def delete(ask: Ask) -> Reply:
    """Send a user's activity no more."""
    webhook, user_id = found(ask, ask.path["webhook_id"]), ask.path["user_id"]
    if not ask.store.accounts.has(webhook.id, user_id):
        detail = f"the activity of [{user_id}] does not go to this webhook."
        raise refused("SubscriptionNotFound", detail, "user_id", user_id)
    ask.store.accounts.remove(webhook.id, user_id)
    return Reply({"subscribed": False})


@handles("account_activity.get_subscriptions")
def get(ask: Ask) -> Reply:
    """Whose activity goes to a webhook."""
    webhook = found(ask, ask.path["webhook_id"])
    users = [{"user_id": id} for id in reversed(ask.store.accounts.of(webhook.id))]
    return Reply(
        {"application_id": APP_ID, "webhook_id": webhook.id, "webhook_url": webhook.url, "subscriptions": users}
    )


@handles("account_activity.get_subscription_count")
def get_count(ask: Ask) -> Reply:
    """How many there are and may be."""
    counts = {"subscriptions_count_all": str(_count(ask)), "subscriptions_count_direct_messages": "0"}
    return Reply({"account_name": ask.sandbox.app_name, "provisioned_count": str(MOST), **counts})
