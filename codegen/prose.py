"""Nothing X wrote is copied: every run of six words of its descriptions is known here by a hash."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from codegen.shapes import is_list, is_table

RUN = 6


def runs(text: str) -> Iterator[str]:
    """Every six consecutive words, case and punctuation aside."""
    words = re.findall(r"[a-z0-9']+", text.lower())
    for start in range(len(words) - RUN + 1):
        yield " ".join(words[start : start + RUN])


def fingerprint(run: str) -> str:
    return hashlib.sha256(run.encode()).hexdigest()[:10]


def descriptions(node: Any) -> Iterator[str]:
    """All prose of a specification."""
    if is_table(node):
        for key, value in node.items():
            if key in ("description", "summary", "title") and isinstance(value, str):
                yield value
            else:
                yield from descriptions(value)
    elif is_list(node):
        for value in node:
            yield from descriptions(value)


def write_fingerprints(specs: list[Path], target: Path) -> None:
    found = {
        fingerprint(run) for spec in specs for text in descriptions(json.loads(spec.read_text())) for run in runs(text)
    }
    target.write_text("\n".join(sorted(found)) + "\n")


def copied(text: str, known: frozenset[str], allowed: frozenset[str] = frozenset()) -> list[str]:
    """The runs of `text` that X wrote too, less the allowed ones."""
    return [run for run in runs(text) if fingerprint(run) in known and run not in allowed]
