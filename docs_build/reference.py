"""The pages that are made of the package itself: all operations, each group, the models, and what each module offers."""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path

import xdk_async
from docs_build.operation import all_operations, by_group, class_of, table
from xdk_async import groups
from xdk_async.api.limits import DATE, SOURCE
from xdk_async.api.prices import PRICES

MODELS = Path(__file__).parents[1] / "src" / "xdk_async" / "api" / "models"
GROUP = """\
# client.{name}

{intro}

{table}

::: xdk_async.groups.{of}
    options:
      show_root_heading: false
      inherited_members: true
"""
MODULES = {
    "client": ("The client, answers, pages, streams", "xdk_async"),
    "errors": ("Errors", "xdk_async.errors"),
    "auth": ("Tokens and their stores", "xdk_async.auth"),
    "oauth2": ("OAuth 2.0 with PKCE", "xdk_async.oauth2_auth"),
    "oauth1": ("OAuth 1.0a", "xdk_async.oauth1_auth"),
    "uploads": ("Uploads", "xdk_async.media"),
    "webhook-app": ("Webhooks", "xdk_async.webhooks"),
    "events": ("Events", "xdk_async.events"),
    "local-x": ("The local X", "xdk_async.sandbox"),
    "test-tools": ("Test tools", "xdk_async.testing"),
}


def pages() -> dict[str, str]:
    """Every generated page by its place under `docs/`."""
    found = {"operations.md": operations(), "models.md": models(), "fields.md": fields()}
    found |= {f"{name}.md": group(name) for name in by_group()}
    found |= {f"{page}.md": module(*of) for page, of in MODULES.items()}
    return {f"reference/{place}": text for place, text in found.items()}


def operations() -> str:
    """The whole API on one page."""
    parts = [
        f"# All {len(all_operations())} operations\n",
        "Methods have the names that X's own SDK gives them. *As*: whose token it takes; *user* without more means OAuth 2.0"
        " or 1.0a. *Calls allowed* is what X publishes"
        f" ([rate limits]({SOURCE}), {DATE}); answers know better, and come first."
        f" *Costs* are [X's prices]({PRICES.source}) for pay-per-use of {PRICES.date}, see [what it costs](../cost.md);"
        " *owned*: where the app's owner reads what is theirs.\n",
    ]
    parts += [f"## {name}\n\n{table(rows)}" for name, rows in by_group().items()]
    return "\n".join(parts)


def group(name: str) -> str:
    """One group: its table, and all that its methods say."""
    of = class_of(name)
    intro = (inspect.getdoc(getattr(groups, of)) or "").partition("\n")[0]
    return GROUP.format(name=name, intro=intro, table=table(by_group()[name]), of=of)


def models() -> str:
    """What answers hold, module by module."""
    modules = sorted(each.stem for each in MODELS.glob("*.py") if each.stem not in ("__init__", "index", "aliases"))
    parts = [
        "# Models\n",
        "All of these are names of `xdk_async.models`. Every field of an answer may be `None`: X leaves out what was not asked"
        " for. Older spellings (`retweet_count`) read the newer fields.\n",
    ]
    return "\n".join([*parts, *(f"## {each}\n\n{described(f'xdk_async.api.models.{each}', 3)}" for each in modules)])


def fields() -> str:
    """The bundles of parameters that many operations share."""
    intro = "What `**fields` stands for in the signatures of operations."
    return f"# Field parameters\n\n{intro}\n\n{described('xdk_async.api.fields', 2)}"


def module(title: str, name: str) -> str:
    """What a module offers, name by name."""
    found = importlib.import_module(name)
    public = getattr(found, "__all__", None) or own_names(name)
    listed = [each for each in sorted(public) if is_told(name, each)]
    doc = (inspect.getdoc(found) or "").partition("\n")[0]
    return f"# {title}\n\n{doc} Module `{name}`.\n\n" + "\n".join(described(f"{name}.{each}", 2) for each in listed)


def own_names(name: str) -> list[str]:
    """The public names that a module without `__all__` defines, or has as parts that load when used."""
    found = importlib.import_module(name)
    lazy = getattr(found, "WHERE", {})
    mine = [key for key, value in vars(found).items() if getattr(value, "__module__", None) == name and key[0] != "_"]
    return [*lazy, *mine]


def is_told(name: str, each: str) -> bool:
    """Whether a name has its place on the page of this module."""
    if name == "xdk_async":
        return each not in xdk_async.ERRORS and each not in ("__version__", "models")
    return not each.startswith("_")


def described(name: str, level: int) -> str:
    """What mkdocstrings replaces with a description."""
    return f"::: {name}\n    options:\n      heading_level: {level}\n"
