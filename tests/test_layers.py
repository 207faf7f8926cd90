"""Imports point down only."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "xdk_async"
LAYERS = (
    (
        0,
        (
            "_core",
            "errors",
            "_version",
            "_core.operation",
            "_core.model",
            "_core.answer",
            "_core.linked",
            "_core.includes",
            "_core.limits",
            "_core.price",
            "_core.given",
            "_core.event",
            "_core.secret",
            "models",
            "_core.activity",
            "_core.nearest",
            "_core.stray_part",
        ),
    ),
    (0, ("api.fields", "api.models", "api.operations", "api.limits", "api.prices", "api.instead", "api")),
    (
        1,
        (
            "_core.bind",
            "_core.payload",
            "_core.stray",
            "_core.hook",
            "_core.read",
            "_core.lenient",
            "_core.refusal",
            "_core.retry",
            "_core.frames",
            "_core.ladder",
            "_core.recovery",
            "_core.rule_set",
            "_core.of_loop",
            "_core.unlisted",
            "_core.media_type",
            "_core.upload_state",
            "_core.activity_type",
            "_core.event_reader",
            "events",
            "_core.window",
            "_core.limiter",
            "_core.breaker",
            "_core.wait",
            "_core.page_guard",
            "_core.span",
            "_core.place",
            "_core.extra",
            "_core.observer",
            "_core.tariff",
            "_core.cost",
            "_core.costly",
            "_core.purse",
        ),
    ),
    (
        2,
        (
            "auth",
            "_core.transport",
            "_core.body",
            "_core.pool",
            "_core.pool_errors",
            "_core.pool_answer",
            "_core.outgoing",
            "_core.whole_request",
            "_core.address",
            "_core.proxy",
            "_core.tls",
            "_core.home",
            "_core.exact",
            "_core.http2",
            "_core.network",
            "_core.observed",
            "_core.sockets",
            "_core.sender",
            "_core.gate",
            "_core.connection",
            "_core.sqlite_file",
            "_core.checkpoint",
            "_core.options",
            "_core.budget",
            "_core.redis_purse",
            "_core.ledger",
            "_core.spending",
            "_core.redis_limits",
            "_core.redis_breaker",
            "_core.redis_link",
            "_core.redis_window",
        ),
    ),
    (
        3,
        (
            "_core.pages",
            "_core.cursor",
            "_core.course",
            "_core.lookup",
            "_core.batches",
            "_core.buffer",
            "_core.progress",
            "_core.stream_config",
            "_core.outlet",
            "_core.gap_search",
            "_core.takeover",
            "_core.listening",
            "_core.reader",
            "_core.run",
            "_core.stream",
            "_core.resource",
            "_core.plan",
            "_core.reading",
            "_core.harvest",
            "_core.terms",
            "_core.backfill",
        ),
    ),
    (
        3,
        (
            "_core.together",
            "_core.media_source",
            "_core.upload",
            "_core.uploading",
            "_core.attachment",
            "_core.download",
        ),
    ),
    (4, ("groups", "api.groups")),
    (4, ("media",)),
    (
        5,
        (
            "webhooks",
            "sink",
            "client",
            "telemetry",
            "otel",
            "settings",
            "sessions",
            "terminal",
            "oauth1_auth",
            "oauth2_auth",
            "paginator",
            "streaming",
        ),
    ),
    (6, ("sandbox", "testing", "cli", "__main__", "pytest_plugin")),
)
ONLY_IN_LAYER_2 = {"httpx", "aiohttp", "authlib", "time", "ssl"}
ALSO_HTTPX = {"client", "settings", "oauth1_auth", "oauth2_auth", "testing", "sandbox"}  # in signatures, servers, mocks
GROUP_MODULES = {path.stem for path in (SOURCE / "api").glob("*.py")} - {
    "fields",
    "operations",
    "limits",
    "instead",
    "prices",
    "__init__",
}


def name(path: Path) -> str:
    return ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")


def layer(module: str) -> int:
    if module.startswith("api.") and module.removeprefix("api.") in GROUP_MODULES:
        return 4
    found = [
        (len(prefix), number)
        for number, prefixes in LAYERS
        for prefix in prefixes
        if module == prefix or module.startswith(f"{prefix}.")
    ]
    assert found, f"{module} is in no layer: say in tests/test_layers.py and ARCHITECTURE.md where it belongs"
    return max(found)[1]


def imports(path: Path) -> Iterator[str]:
    """Modules imported at run time, inside functions too; what only a type checker sees does not count."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            waiting += node.orelse
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        waiting += ast.iter_child_nodes(node)


def modules() -> list[Path]:
    return [path for path in sorted(SOURCE.rglob("*.py")) if name(path) != "__init__"]


def known(target: str) -> str:
    """The module of an imported name: the longest part of it that is a file."""
    parts = target.removeprefix("xdk_async").lstrip(".").split(".")
    while parts and not (
        SOURCE.joinpath(*parts).with_suffix(".py").exists() or SOURCE.joinpath(*parts, "__init__.py").exists()
    ):
        parts.pop()
    return ".".join(parts)


@pytest.mark.parametrize("path", modules(), ids=name)
def test_a_module_imports_only_from_its_layer_or_below(path: Path) -> None:
    own = name(path)
    for target in imports(path):
        if target.startswith("xdk_async.") and (module := known(target)):
            assert layer(module) <= layer(own), f"{own} imports {module}"


@pytest.mark.parametrize("path", modules(), ids=name)
def test_only_the_transport_layer_knows_the_network_and_the_clock(path: Path) -> None:
    own = name(path)
    used = {target.split(".")[0] for target in imports(path)} & ONLY_IN_LAYER_2
    if any(own == each or own.startswith(f"{each}.") for each in ALSO_HTTPX):
        used -= {"httpx", "time", "ssl"}
    if own == "otel":
        used -= {"time"}  # how long requests take
    if own == "terminal":
        used -= {"aiohttp"}  # its server of one request
    assert layer(own) == 2 or not used, f"{own} imports {used}"


@pytest.mark.parametrize("path", [path for path in modules() if name(path).startswith("sandbox")], ids=name)
def test_the_sandbox_shares_nothing_with_the_client_but_data(path: Path) -> None:
    for target in imports(path):
        if target.startswith("xdk_async.") and not target.startswith("xdk_async.sandbox"):
            assert layer(known(target)) == 0, f"{name(path)} imports {target}"


@pytest.mark.parametrize("path", modules(), ids=name)
def test_httpx_is_imported_as_a_module(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module == "httpx"]


@pytest.mark.parametrize("path", [path for path in modules() if not name(path).startswith("api")], ids=name)
def test_a_handwritten_file_holds_one_idea(path: Path) -> None:
    longest = {"errors": 380, "client": 330}.get(name(path), 275)  # the tree of exceptions, and all settings, are lists
    assert len(path.read_text(encoding="utf-8").splitlines()) <= longest
