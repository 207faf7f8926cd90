"""Moments as people type them: `2024-01-31`, `3h` ago, or ISO 8601 with a time zone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import click

from xdk_async.cli.option import Decorator

AGO = re.compile(r"(\d{1,4})([mhdw])")
UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
HELP = "moment: ISO 8601 with a time zone, a date (UTC), or how long ago, such as 3h or 2d."

since_option: Decorator = click.option("--since", metavar="TIME", help=f"Oldest {HELP}")
until_option: Decorator = click.option("--until", metavar="TIME", help=f"Newest {HELP}")


def moment(text: str | None, now: datetime | None = None) -> str | None:
    """A time as X takes it; a date is its first moment. What it does not know it leaves to be refused."""
    if text is None:
        return None
    ago = AGO.fullmatch(text)
    if ago:
        return ((now or datetime.now(UTC)) - timedelta(**{UNITS[ago[2]]: int(ago[1])})).isoformat()
    return f"{text}T00:00:00Z" if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else text
