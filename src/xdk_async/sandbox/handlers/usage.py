"""How many posts were read."""

from __future__ import annotations

from typing import Any

from xdk_async.sandbox.ask import Ask, Reply, handles
from xdk_async.sandbox.clock import DAY, iso
from xdk_async.sandbox.handlers.rule import APP_ID

PROJECT_ID = "1"
CAP = 2_000_000


@handles("usage.get")
def get_usage(ask: Ask) -> Reply:
    """Posts delivered by this sandbox, in all and day by day."""
    days = [iso(ask.now_ms - ago * DAY)[:10] for ago in range(ask.number("days", 7))]
    daily = [
        {"date": f"{day}T00:00:00.000Z", "usage": str(ask.store.reads[day])} for day in days if day in ask.store.reads
    ]
    known: dict[str, Any] = {
        "cap_reset_day": 1,
        "daily_client_app_usage": [{"client_app_id": APP_ID, "usage": daily, "usage_result_count": len(daily)}],
        "daily_project_usage": {"project_id": PROJECT_ID, "usage": daily},
        "project_cap": str(CAP),
        "project_id": PROJECT_ID,
        "project_usage": str(sum(ask.store.reads.values())),
    }
    names = ask.selection.names("usage")
    return Reply({name: value for name, value in known.items() if name in names})
