"""`usage`: what the app has read."""

from __future__ import annotations

from typing import Any

import click

from xdk_async.cli.option import command
from xdk_async.cli.output import Column
from xdk_async.cli.session import Session

USAGE = (
    Column("project_id", "project"),
    Column("project_usage", "posts read"),
    Column("project_cap", "of at most"),
    Column("cap_reset_day", "days until the cap starts over"),
    Column("days", "posts by day"),
)


@command(
    "usage",
    epilog="Examples:\n  xdk-async usage\n  xdk-async usage --days 30 --json | jq .daily_project_usage",
)
@click.option("--days", type=click.IntRange(1, 90), default=7, show_default=True, help="How many days to look back.")
async def usage(session: Session, days: int) -> None:
    """Posts that the project has read this month, out of its cap, and day by day."""
    from xdk_async.api.fields import USAGE_FIELDS

    async with session.client() as client:
        found = (await client.usage.get(days=days, usage_fields=USAGE_FIELDS[0].choices)).data
    assert found is not None
    item = found.to_dict()
    daily = found.daily_project_usage.usage if found.daily_project_usage else None
    with session.output(USAGE) as out:
        if out.is_table:
            shown: list[Any] = [f"{each.date:%Y-%m-%d}: {each.usage}" for each in daily or [] if each.date]
            item["days"] = "\n".join(shown) or None
        out.facts(item)
