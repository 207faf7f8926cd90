"""What pages claim beside their Python: commands, and tables that name everything."""

from __future__ import annotations

import re
import shlex
from typing import get_args

import httpx

from tests.docs.sample import ROOT, samples
from tests.observe.seen import Seen
from xdk_async import StreamConfig, otel
from xdk_async.sandbox import Sandbox, serve
from xdk_async.sandbox.__main__ import arguments
from xdk_async.sandbox.fault.rule import FAULTS, Problem
from xdk_async.sandbox.operator import OPERATORS


def text(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


async def test_the_sandboxs_control_commands_work() -> None:
    lines = [line for block in samples("docs/sandbox.md", "console") for line in block.source.splitlines()]
    assert len(lines) > 8
    async with serve(Sandbox()) as x, httpx.AsyncClient(trust_env=False) as client:
        for line in lines:
            command, *words = shlex.split(line)
            assert command == "curl"
            given = {flag: words[words.index(flag) + 1] for flag in ("-X", "-H", "-d") if flag in words}
            [url] = [word for word in words if word.startswith("http://")]
            name, _, value = given.get("-H", "accept: */*").partition(": ")
            answer = await client.request(
                given.get("-X", "GET"),
                url.replace("http://127.0.0.1:8000", x.url),
                headers={name: value},
                content=given.get("-d"),
            )
            assert answer.status_code in (200, 201, 204), (line, answer.text)


def test_the_sandboxs_tables_name_everything() -> None:
    page = text("docs/sandbox.md")
    for name in [*FAULTS, *get_args(Problem)]:
        assert f"`{name}`" in page, name
    table = page.partition("| option |")[2]
    for action in arguments()._actions:
        for option in action.option_strings:
            assert option in ("-h", "--help", "--host", "--port") or option in table, option


def test_the_sandboxs_table_names_every_operator() -> None:
    page = text("docs/sandbox.md")
    table = page[page.index("| words |") : page.index("Refused with")]
    assert [name for name in OPERATORS if name not in ("word", "phrase") and name not in table] == []
    assert set(re.findall(r"`([a-z_]+):", table)) <= OPERATORS.keys()


def test_the_page_on_watching_names_every_metric() -> None:
    meter = Seen().telemetry.meter_provider
    assert meter is not None
    made = vars(otel.Instruments(meter.get_meter("names"))).values()
    assert {each.name for each in made} == set(re.findall(r"^\| `([a-z_.]+)` ", text("docs/observe.md"), re.MULTILINE))


def test_the_page_on_streams_names_every_setting_that_people_look_for() -> None:
    for name in ("max_retries", "max_elapsed", "takeover", "recovery", "checkpoint", "buffer", "on_full", "on_gap"):
        assert name in text("docs/streams.md")
        assert hasattr(StreamConfig(), name)


def test_the_readmes_two_commands_name_files_and_extras_that_are_there() -> None:
    commands = re.findall(r"^    (python3 -m venv .*)$", text("README.md"), re.MULTILINE)
    assert len(commands) == 2
    assert (ROOT / "examples" / "tour.py").exists()
    extras = text("pyproject.toml")
    assert re.findall(r"\[(\w+)\]'", " ".join(commands)) == ["sandbox", "test"]
    assert "\nsandbox = [" in extras
    assert "\ntest = [" in extras
