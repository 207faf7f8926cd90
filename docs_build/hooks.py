"""What MkDocs calls while it builds: adds the generated pages, and writes the files for machines beside the site."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # MkDocs loads this file by its path

from docs_build import llms, reference  # noqa: E402


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """The generated pages join those in `docs/`."""
    for place, text in reference.pages().items():
        files.append(File.generated(config, place, content=text))
    return files


def on_post_build(config: MkDocsConfig) -> None:
    """`llms.txt`, `llms-full.txt`, and beside each page its Markdown, which they name."""
    docs = Path(config.docs_dir)
    pages = {str(path.relative_to(docs)): path.read_text(encoding="utf-8") for path in docs.rglob("*.md")}
    pages |= reference.pages()
    untyped: Any = config
    nav = untyped["nav"]
    site = Path(config.site_dir)
    (site / "llms.txt").write_text(llms.index(nav, pages, config.site_url or ""), encoding="utf-8")
    (site / "llms-full.txt").write_text(llms.full(nav, pages), encoding="utf-8")
    for place, text in pages.items():
        (site / place).write_text(text, encoding="utf-8")
