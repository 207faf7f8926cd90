"""Moments as people type them: `2024-01-31`, `3h` ago, or ISO 8601 with a time zone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import click

from xdk_async.cli.failure import CommandFailed, ExitCode
from xdk_async.cli.option import Decorator

AGO = re.compile(r"(\d{1,4})([mhdw])")
UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
HELP = "moment: ISO 8601 with a time zone, a date (UTC), or how long ago, such as 3h or 2d."

since_option: Decorator = click.option("--since", metavar="TIME", help=f"Oldest {HELP}")
until_option: Decorator = click.option("--until", metavar="TIME", help=f"Newest {HELP}")


def moment(text: str | None, now: datetime | None = None) -> str | None:
    """A time as X takes it; a date is its first moment."""
    if text is None:
        return None
    ago = AGO.fullmatch(text)
    if ago:
        return ((now or datetime.now(UTC)) - timedelta(**{UNITS[ago[2]]: int(ago[1])})).isoformat()
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or (found.tzinfo is None and len(text) > len("2024-01-31")):
        raise CommandFailed(f"{text!r} is no {HELP}", ExitCode.USAGE)
    return text if found.tzinfo else f"{text}T00:00:00Z"


def ago_or_moment(text: str | None) -> timedelta | str | None:
    """The same for a backfill, which keeps the moment that so long ago was when it began."""
    ago = AGO.fullmatch(text or "")
    return timedelta(**{UNITS[ago[2]]: int(ago[1])}) if ago else moment(text)


def fixed_moment(text: str | None) -> str | None:
    """The same for what is to be gone on with later: it must mean the same then."""
    if text is not None and AGO.fullmatch(text):
        raise CommandFailed(
            f"with --limit, or without --since, {text} ago is another query each time, which cannot be gone on with:"
            " give a date or a time",
            ExitCode.USAGE,
        )
    return moment(text)
