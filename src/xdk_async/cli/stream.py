"""`stream`: posts as they appear."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from xdk_async.cli.app import say
from xdk_async.cli.column import AUTHOR, STREAMED, post_arguments, post_names
from xdk_async.cli.failure import CommandFailed, ExitCode, line
from xdk_async.cli.option import command, fields_option
from xdk_async.cli.session import Session

if TYPE_CHECKING:
    from xdk_async import Gap, StreamConfig, StreamError
    from xdk_async._core.answer import Streamed
    from xdk_async.api import models
    from xdk_async.client import AsyncClient

TAG = "xdk-async"  # of the rules that `--rule` adds for a while
PATIENCE = 5.0  # seconds to take them away again


@command(
    "stream",
    epilog="""\
Examples:
  xdk-async stream                              by the rules that X has
  xdk-async stream --rule "python lang:en" --limit 20
  xdk-async stream --sample | jq -r .text
  xdk-async stream --checkpoint news.db >> news.jsonl""",
)
@click.option(
    "--rule", "rules", multiple=True, metavar="RULE", help="Add this rule for as long as it runs; may be repeated."
)
@click.option("--sample", is_flag=True, help="A random hundredth of all posts, instead of what rules match.")
@click.option("-n", "--limit", type=click.IntRange(min=1), metavar="N", help="End after so many posts.")
@click.option(
    "--checkpoint", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Remember in this file how far it came, and go on there next time.",
)  # fmt: skip
@click.option("--backfill", type=click.IntRange(0, 5), metavar="MINUTES", help="Ask for missed posts (Enterprise).")
@fields_option(post_names)
async def stream(
    session: Session,
    rules: tuple[str, ...],
    sample: bool,
    limit: int | None,
    checkpoint: Path | None,
    backfill: int | None,
) -> None:
    """Posts from now on, until Ctrl-C. Lost connections are opened again, by X's rules.

    What happens beside posts (connections, gaps) is told on stderr. X bills each post.
    """
    arguments = post_arguments(session.settings.fields, STREAMED)
    async with session.client() as client, ruled(client, rules, sample):
        open_stream = client.stream.posts_sample if sample else client.stream.posts
        left = limit
        with session.output(STREAMED) as out:
            async with open_stream(backfill_minutes=backfill, stream_config=config(checkpoint), **arguments) as posts:
                async for event in posts:
                    shown = item(event, arguments)
                    if out.is_table and event.matching_rules:
                        shown["matching_rules"] = (
                            f"[{', '.join(rule.tag or str(rule.id) for rule in event.matching_rules)}]"
                        )
                    out.now(shown)
                    left = None if left is None else left - 1
                    if left == 0:
                        return


@asynccontextmanager
async def ruled(client: AsyncClient, rules: tuple[str, ...], sample: bool) -> AsyncGenerator[None, None]:
    """With these rules at X; they are taken away again, also after Ctrl-C."""
    if rules and sample:
        raise CommandFailed("--sample does not go by rules: leave it out, or --rule", ExitCode.USAGE)
    if not rules:
        yield
        return
    others = [each async for each in client.stream.get_rules().items() if not (each.tag or "").startswith(TAG)]
    there = {(each.value or "").strip() for each in others}  # X takes each rule once, under whatever tag
    wanted = {f"{TAG} {number}": rule for number, rule in enumerate(rules, 1) if rule.strip() not in there}
    await client.stream.sync_rules(wanted, prune=f"{TAG} ")
    try:
        yield
    finally:
        removing = asyncio.ensure_future(client.stream.sync_rules(dict.fromkeys(wanted)))
        done, _ = await asyncio.wait([removing], timeout=PATIENCE)
        if not done or removing.exception():
            removing.cancel()
            say(f"The rules tagged {TAG!r} are still at X: `xdk-async rules list` shows them.")


def config(checkpoint: Path | None) -> StreamConfig:
    """What is told of the stream, on stderr."""
    from xdk_async import StreamConfig

    def gap(missed: Gap) -> None:
        say(f"Posts may be missing: {missed}")

    def trouble(error: StreamError) -> None:
        if error.is_retryable:  # else it ends the command, which says so
            say(f"Trouble on the stream: {line(error)}")

    return StreamConfig(
        checkpoint=checkpoint,
        on_connect=lambda: say("Connected. Ctrl-C ends it."),
        on_reconnect=lambda attempt, seconds: say(f"Connecting again in {seconds:.1f} s (attempt {attempt})."),
        on_gap=gap,
        on_error=trouble,
    )


def item(event: Streamed[models.Post], arguments: dict[str, Any]) -> dict[str, Any]:
    """A post as it is printed, with its author and the rules it matched."""
    found = event.data.to_dict()
    author = event.includes.author(event.data) if "expansions" in arguments else None
    if author:
        found[AUTHOR] = author.to_dict()
    if event.matching_rules:
        found["matching_rules"] = [rule.to_dict() for rule in event.matching_rules]
    return found
