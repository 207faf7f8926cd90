"""OpenAPI files → `catalogue/pages.json`: which page of X's documentation describes an operation.

X names the pages of its reference after the operation's tag and title, both in lower case and joined with hyphens. The
older version's titles come first: they are the addresses that the web links to.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

SITE = "https://docs.x.com/x-api/"
RENAMED = {"tweets": "posts"}  # tags whose pages have moved


def pages(older: Mapping[str, Any], newer: Mapping[str, Any]) -> dict[str, str]:
    """Group and page by `METHOD path`."""
    found: dict[str, str] = {}
    for path, methods in sorted(newer["paths"].items()):
        for method, operation in methods.items():
            known = older["paths"].get(path, {}).get(method, operation)
            tag = hyphenated(known["tags"][0])
            found[f"{method.upper()} {path}"] = f"{RENAMED.get(tag, tag)}/{hyphenated(known['summary'])}"
    return found


def hyphenated(title: str) -> str:
    """A title as part of an address."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def write_pages(older: Path, newer: Path, to: Path) -> None:
    """Renew the file."""
    found = pages(*(json.loads(path.read_text(encoding="utf-8")) for path in (older, newer)))
    to.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
