"""`collect`: searches, timelines and streams into files, which the same command goes on with."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from xdk_async.cli.app import say
from xdk_async.cli.column import post_arguments, post_names
from xdk_async.cli.moment import ago_or_moment, fixed_moment, since_option, until_option
from xdk_async.cli.option import Decorator, command, common, fields_option
from xdk_async.cli.output import Column
from xdk_async.cli.read import id_of
from xdk_async.cli.session import Session
from xdk_async.cli.stream import config, ruled
from xdk_async.errors import InvalidArgument, StoreFailed

if TYPE_CHECKING:
    from datetime import timedelta
    from typing import TypeAlias

    from xdk_async.sink.target import Mode

    Since: TypeAlias = timedelta | str

SUMMARY = (
    Column("path", "file"), Column("items", "new items"), Column("total", "items in all"), Column("pages"),
    Column("cost", "cost (US dollars)"), Column("waited", "seconds waited for limits"), Column("seconds"),
)  # fmt: skip
A_WINDOW = 900.0  # seconds: who collects waits for the next one
FIELDS = "created_at,author_id,conversation_id,in_reply_to_user_id,lang,public_metrics,referenced_tweets,entities,attachments"

to_option: Decorator = click.option(
    "--to", required=True, type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Where to: .jsonl, .jsonl.gz, .db, .parquet or .duckdb.",
)  # fmt: skip
limit_option: Decorator = click.option(
    "-n", "--limit", type=click.IntRange(min=1), metavar="N", help="Posts in the file in the end."
)
mode_option: Decorator = click.option(
    "--mode", type=click.Choice(["resume", "append", "overwrite"]), default="resume", show_default=True,
    help="Go on with the same query, add another one's posts, or begin anew.",
)  # fmt: skip
authors_option: Decorator = click.option(
    "--authors", is_flag=True, help="Bring the authors along, which X bills as reads."
)

collect: click.Group = click.Group(
    "collect",
    params=[*common()],
    help="Collect posts into a file.\n\nStopped by whatever it may be, the same command goes on where it was.",
)


@command(
    "search",
    """\
Examples:
  xdk-async collect search "python lang:en" --to python.parquet
  xdk-async collect search from:XDevelopers --archive --since 2024-01-01 --to x.duckdb --authors
  xdk-async collect search "#python" --limit 1000 --to python.jsonl""",
    short="All posts that match a query.",
)
@click.argument("query")
@to_option
@limit_option
@mode_option
@click.option("--archive", is_flag=True, help="Search all posts since 2006 (as an app with that access).")
@since_option
@until_option
@authors_option
@fields_option(post_names)
async def search(
    session: Session,
    query: str,
    to: Path,
    limit: int | None,
    mode: Mode,
    archive: bool,
    since: str | None,
    until: str | None,
    authors: bool,
) -> None:
    """Posts of the last 7 days (with --archive, of all time) that match QUERY, newest first.

    A range that begins with --since is fetched in windows side by side, unless --limit is given: those may bring more.
    """
    asked, window = wanted(session, authors), window_of(since, until, limit)
    when = {} if window else {"start_time": fixed_moment(since), "end_time": fixed_moment(until)}
    async with session.client(A_WINDOW) as client:
        if window:
            await into(session, client.posts.backfill(query, *window, archive=archive, **asked), to, limit, mode)
            return
        search_posts = client.posts.search_all if archive else client.posts.search_recent
        size = 500 if archive else 100
        found = search_posts(query, max_results=size, **when, **asked)
        await into(session, found, to, limit, mode)


@command(
    "timeline",
    "Examples:\n  xdk-async collect timeline XDevelopers --to x.db\n  xdk-async collect timeline 12 --mentions --to m.jsonl",
    short="The posts of a user.",
)
@click.argument("user")
@to_option
@limit_option
@mode_option
@click.option("--mentions", is_flag=True, help="Posts that mention the user, instead of the user's own.")
@since_option
@until_option
@authors_option
@fields_option(post_names)
async def timeline(
    session: Session,
    user: str,
    to: Path,
    limit: int | None,
    mode: Mode,
    mentions: bool,
    since: str | None,
    until: str | None,
    authors: bool,
) -> None:
    """Posts of USER (a handle, or an id), newest first: the latest 3200, of mentions 800.

    A range that begins with --since is fetched in windows side by side, unless --limit is given: those may bring more.
    """
    asked, window = wanted(session, authors), window_of(since, until, limit)
    when = {} if window else {"start_time": fixed_moment(since), "end_time": fixed_moment(until)}
    async with session.client(A_WINDOW) as client:
        id = await id_of(client, user)
        if window:
            backfill = client.users.backfill_mentions if mentions else client.users.backfill_posts
            await into(session, backfill(id, *window, **asked), to, limit, mode)
            return
        get_posts = client.users.get_mentions if mentions else client.users.get_posts
        found = get_posts(id, max_results=100, **when, **asked)
        await into(session, found, to, limit, mode)


@command(
    "stream",
    "Examples:\n  xdk-async collect stream --to news.jsonl\n  xdk-async collect stream --rule python --to python.parquet",
    short="Posts as they appear.",
)
@to_option
@limit_option
@mode_option
@click.option(
    "--rule", "rules", multiple=True, metavar="RULE", help="Add this rule for as long as it runs; may be repeated."
)
@click.option("--sample", is_flag=True, help="A random hundredth of all posts, instead of what rules match.")
@authors_option
@fields_option(post_names)
async def stream(
    session: Session, to: Path, limit: int | None, mode: Mode, rules: tuple[str, ...], sample: bool, authors: bool
) -> None:
    """Posts from now on, until Ctrl-C; the next run asks X for what was missed meanwhile."""
    async with session.client(A_WINDOW) as client, ruled(client, rules, sample):
        follow = client.stream.posts_sample if sample else client.stream.posts
        await into(session, follow(stream_config=config(None), **wanted(session, authors)), to, limit, mode)


def window_of(since: str | None, until: str | None, limit: int | None) -> tuple[Since, Since | None] | None:
    """The range to be fetched in windows, if it is one that can be."""
    start = ago_or_moment(since)
    return (start, ago_or_moment(until)) if start is not None and limit is None else None


def wanted(session: Session, authors: bool) -> dict[str, Any]:
    """What to ask of X."""
    fields = session.settings.fields or FIELDS
    return post_arguments(f"{fields},author.username,author.name,author.public_metrics" if authors else fields)


async def into(session: Session, source: AsyncIterable[Any], to: Path, limit: int | None, mode: Mode) -> None:
    """Write it all, and tell what was done."""
    from xdk_async.sink import collect

    try:
        summary = await collect(source, to, limit=limit, mode=mode)
    except (InvalidArgument, StoreFailed):
        raise  # which say themselves how the file is
    except BaseException:
        found = next((each for each in (to.with_name(f"{to.name}.parts"), to) if each.exists()), None)
        if found is not None:
            say(f"What came is in {found}; the same command goes on there.")
        raise
    with session.output(SUMMARY) as out:
        rounded = {
            "cost": round(float(summary.cost), 4),
            "waited": round(summary.waited, 1),
            "seconds": round(summary.seconds, 1),
        }
        out.facts({**dataclasses.asdict(summary), **rounded, "path": str(summary.path)})


collect.add_command(search)
collect.add_command(timeline)
collect.add_command(stream)
