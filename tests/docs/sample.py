"""Code in Markdown: found, and run as it stands, with an end to what would go on for weeks."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```(\w+)[^\n]*\n(.*?)^```", re.DOTALL | re.MULTILINE)
INDENTED = re.compile(r"(?:^(?: {4}.*|)\n?)+", re.MULTILINE)
CODE = re.compile(r"^(from \S+ import |import |await |async (with|for) |\w+ = .*\()", re.MULTILINE)
Enough = Callable[[object], bool]


@dataclass(frozen=True, slots=True)
class Sample:
    """One block of a page."""

    page: str
    line: int
    source: str

    @property
    def is_program(self) -> bool:
        """Whether it starts a loop of its own."""
        return "asyncio.run(" in self.source

    @property
    def is_test(self) -> bool:
        """Whether pytest runs it."""
        return re.search(r"^(async )?def test_", self.source, re.MULTILINE) is not None


def samples(page: str, language: str = "python") -> list[Sample]:
    """The blocks of a page, in their order."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return [
        Sample(page, text.count("\n", 0, found.start()) + 2, found.group(2))
        for found in BLOCK.finditer(text)
        if found.group(1) == language
    ]


def pages() -> list[str]:
    """Every page that holds code."""
    found = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [name for name in (str(path.relative_to(ROOT)) for path in found) if samples(name)]


def docstring_samples() -> list[Sample]:
    """Indented code in the docstrings of the package."""
    found: list[Sample] = []
    for path in sorted((ROOT / "src" / "xdk_async").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
                blocks = INDENTED.findall(ast.get_docstring(node) or "")
                sources = [textwrap.dedent(each).strip() for each in blocks]
                found += [Sample(str(path.relative_to(ROOT)), 1, each) for each in sources if CODE.search(each)]
    return found


class Ended(ast.NodeTransformer):
    """Asks at the end of each round of an `async for` whether it was enough."""

    def visit_AsyncFor(self, node: ast.AsyncFor) -> ast.AST:
        """Add the question."""
        self.generic_visit(node)
        asked = ast.parse(f"if _enough({ast.unparse(node.target)}): break").body
        for each in ast.walk(asked[0]):
            ast.copy_location(each, node.body[-1])
        node.body.extend(asked)
        return node


async def run(sample: Sample, scope: dict[str, Any], enough: Enough, words: Mapping[str, str]) -> None:
    """Run a block as part of its page: what it defines is there for the next one. Errors name the line of the page."""
    source = "\n" * (sample.line - 1) + replaced(sample.source, words)
    tree = ast.fix_missing_locations(Ended().visit(ast.parse(source, sample.page)))
    code = compile(tree, str(ROOT / sample.page), "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    scope["_enough"] = enough
    going = eval(code, scope)
    if inspect.iscoroutine(going):
        await going


def replaced(source: str, words: Mapping[str, str]) -> str:
    """A sample with what stands for something put in its place."""
    for word, real in words.items():
        source = source.replace(word, real)
    return source
