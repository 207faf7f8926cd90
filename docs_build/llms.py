"""The documentation for machines that read: `llms.txt` lists its pages, `llms-full.txt` holds them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

TITLE = """\
# xdk-async

> The asyncio-native Python SDK for the X API v2: all operations under their official names, fully typed, pages and streams
> as async iterators, and a local X to run it all against without credentials.
"""


def index(nav: list[Any], pages: dict[str, str], site: str) -> str:
    """A line for each page, under the headings of the navigation.

    Args:
        nav: The navigation as `mkdocs.yml` has it.
        pages: Markdown of the pages by their place.
        site: Where the documentation is.
    """
    lines = [TITLE]
    for heading, title, place in walk(nav):
        if heading is not None:
            lines.append(f"\n## {heading}\n")
        if place:
            lines.append(f"- [{title}]({site}{place}): {sentence(pages[place])}")
    return "\n".join(lines) + "\n"


def full(nav: list[Any], pages: dict[str, str]) -> str:
    """All pages that people read, one after the other; the reference of groups is docstrings and stays in the package."""
    texts = [pages[place] for _, _, place in walk(nav) if place and "\n::: " not in pages[place]]
    return TITLE + "\n" + "\n\n".join(text.strip() for text in texts) + "\n"


def walk(nav: list[Any]) -> Iterator[tuple[str | None, str, str]]:
    """The pages in order, each as heading (where one begins), title and place."""
    for entry in nav:
        [(title, found)] = entry.items()
        if isinstance(found, str):
            yield None, title, found
            continue
        yield title, "", ""
        for _, under, place in walk(found):
            if place:
                yield None, under, place


def sentence(markdown: str) -> str:
    """What a page says first, below its title."""
    prose = re.sub(r"^```.*?^```|^    .*?$", "", markdown, flags=re.DOTALL | re.MULTILINE)
    for paragraph in prose.split("\n\n"):
        text = " ".join(paragraph.split())
        if text and text[0] not in "#|`-<!:":
            return text.partition(". ")[0].rstrip(".:") + "."
    return markdown.partition("\n")[0].lstrip("# ") + "."
