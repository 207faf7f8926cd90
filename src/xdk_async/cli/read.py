"""`search`, `user` and `timeline`."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Any

import click

from xdk_async.cli.column import PERSON, POST, USER, post_arguments, post_item, post_names, user_arguments, user_names
from xdk_async.cli.failure import CommandFailed, ExitCode
from xdk_async.cli.moment import moment, since_option, until_option
from xdk_async.cli.option import Decorator, command, fields_option
from xdk_async.cli.progress import progress
from xdk_async.cli.session import Session

if TYPE_CHECKING:
    from xdk_async._core.pages import Pages
    from xdk_async.api import models
    from xdk_async.client import AsyncClient

PROFILE = re.compile(r"(?:@|(?:https?://)?(?:\w+\.)?(?:x|twitter)\.com/)?(\w{1,15})/?(?:\?.*)?", re.ASCII)
LONG = 200  # posts from which on it is worth showing progress

limit_option: Decorator = click.option(
    "-n", "--limit", type=click.IntRange(min=0), default=10, show_default=True, metavar="N",
    help="Posts at the most; 0 for all that X has. X bills each.",
)  # fmt: skip


@command(
    "search",
    epilog="""\
Examples:
  xdk-async search "python lang:en -is:retweet"
  xdk-async search from:XDevelopers --limit 500 --fields id,text | jq -r .text
  xdk-async search "#python" --archive --since 2024-01-01 --until 2024-02-01""",
)
@click.argument("query")
@limit_option
@click.option("--archive", is_flag=True, help="Search all posts since 2006 (as an app with that access).")
@since_option
@until_option
@click.option("--top", is_flag=True, help="What X finds most relevant first, instead of the newest.")
@fields_option(post_names)
async def search(
    session: Session, query: str, limit: int, archive: bool, since: str | None, until: str | None, top: bool
) -> None:
    """Posts that match QUERY, newest first.

    QUERY is in X's search language. Authors are shown, and X bills them as reads: `--fields id,text` does without.
    """
    arguments = post_arguments(session.settings.fields)
    when: dict[str, Any] = {"start_time": moment(since), "end_time": moment(until)}
    order = "relevancy" if top else None
    async with session.client() as client:
        search_posts = client.posts.search_all if archive else client.posts.search_recent
        size = page_size(limit, 10, 500 if archive else 100)
        found = search_posts(query, max_results=size, sort_order=order, **when, **arguments)
        await show_posts(session, found, limit, arguments)


@command(
    "timeline",
    epilog="""\
Examples:
  xdk-async timeline                     what those you follow have posted
  xdk-async timeline XDevelopers --exclude replies --exclude retweets
  xdk-async timeline @XDevelopers --mentions""",
)
@click.argument("user", required=False)
@limit_option
@click.option("--mentions", is_flag=True, help="Posts that mention the user, instead of the user's own.")
@click.option(
    "--exclude", multiple=True, type=click.Choice(["replies", "retweets"]), help="Leave them out; may be repeated."
)
@since_option
@until_option
@fields_option(post_names)
async def timeline(
    session: Session,
    user: str | None,
    limit: int,
    mentions: bool,
    exclude: tuple[str, ...],
    since: str | None,
    until: str | None,
) -> None:
    """Posts of USER (a handle, or an id), newest first; without USER your home timeline."""
    if mentions and exclude:
        raise CommandFailed("--exclude does not go with --mentions", ExitCode.USAGE)
    arguments = post_arguments(session.settings.fields)
    when: dict[str, Any] = {"start_time": moment(since), "end_time": moment(until)}
    async with session.client() as client:
        id = await id_of(client, user) if user else await own_id(client)
        when |= {"max_results": page_size(limit, 5, 100)}
        if mentions:
            found = client.users.get_mentions(id, **when, **arguments)
        elif user:
            found = client.users.get_posts(id, exclude=exclude or None, **when, **arguments)
        else:
            found = client.users.get_timeline(id, exclude=exclude or None, **when, **arguments)
        await show_posts(session, found, limit, arguments)


@command(
    "user",
    epilog="""\
Examples:
  xdk-async user XDevelopers
  xdk-async user @XDevelopers 2244994945 --json
  xdk-async user $(cat handles.txt) --fields username,public_metrics.followers_count""",
)
@click.argument("users", nargs=-1, required=True)
@fields_option(user_names)
async def user(session: Session, users: tuple[str, ...]) -> int:
    """USERS by handle, or by id if it is a number; any number of them.

    What is not there is named on stderr, and the exit code is 4 then; the others are printed.
    """
    columns = PERSON if len(users) == 1 else USER
    arguments = user_arguments(session.settings.fields, columns)
    ids = [each for each in users if each.isdecimal()]
    handles = [handle(each) for each in users if not each.isdecimal()]
    missing = list[str]()

    def miss(name: str, _: object) -> None:
        missing.append(name)

    async with session.client() as client:
        by_id = client.users.lookup(ids, on_missing=miss, **arguments)
        by_name = client.users.lookup_usernames(handles, on_missing=miss, **arguments)
        found = {str(each.id): each async for each in by_id}
        found |= {str(each.username).lower(): each async for each in by_name}
    with session.output(columns) as out:
        for name in users:
            each = found.get(name if name.isdecimal() else handle(name).lower())
            if each is not None and len(users) == 1:
                out.facts(each.to_dict())
            elif each is not None:
                out.add(each.to_dict())
    for name in missing:
        click.echo(f"xdk-async: X shows no user {name!r}", err=True)
    return ExitCode.NOT_FOUND if missing else ExitCode.OK


async def show_posts(session: Session, found: Pages[models.Post], limit: int, arguments: dict[str, Any]) -> None:
    """Print posts as they come; those that came before an error are printed too."""
    count = itertools.count(1)
    is_long = limit == 0 or limit >= LONG
    with session.output(POST, "No posts found.") as out:
        if not (is_long and out.is_table):
            async for linked in found.linked(limit or None):
                out.add(post_item(linked, arguments))
            return
        with progress("Posts", limit or None) as move:
            async for linked in found.linked(limit or None):
                out.add(post_item(linked, arguments))
                move(next(count), "")


def page_size(limit: int, low: int, high: int) -> int:
    """Posts of one page: few requests for many posts, and no more posts than wanted."""
    return min(max(limit or high, low), high)


def handle(given: str) -> str:
    """A handle, from the address of a user too."""
    found = PROFILE.fullmatch(given)
    if not found:
        raise CommandFailed(f"{given!r} is neither a handle nor an id nor the address of a user", ExitCode.USAGE)
    return found[1]


async def own_id(client: AsyncClient) -> str:
    """The id of who is signed in."""
    me = (await client.users.get_me()).data
    assert me is not None
    assert me.id is not None
    return me.id


async def id_of(client: AsyncClient, user: str) -> str:
    """The id of a handle; an id is one already."""
    if user.isdecimal():
        return user
    name = handle(user)
    found = (await client.users.get_by_username(name)).data
    if found is None or found.id is None:
        raise CommandFailed(f"X shows no user {name!r}", ExitCode.NOT_FOUND)
    return found.id
