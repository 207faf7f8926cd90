"""What is committed is what the catalogue gives; no sentence of X's is in it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from codegen.__main__ import check, generate
from codegen.catalogue import HERE
from codegen.prose import copied, fingerprint

ROOT = Path(__file__).parents[1]
KNOWN = frozenset((HERE / "prose.txt").read_text(encoding="utf-8").split())
# Runs of plain English that X's descriptions happen to hold too.
ALLOWED = frozenset[str](())


def test_two_runs_give_identical_text_and_it_is_committed() -> None:
    first = generate()
    assert first == generate()
    assert check(first) == 0


def test_check_tells_the_first_file_that_differs(capsys: pytest.CaptureFixture[str]) -> None:
    files = generate()
    path = next(iter(files))
    assert check({**files, path: files[path] + "# changed\n"}) == 1
    assert "+# changed" in capsys.readouterr().out


def prose() -> list[Path]:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "changes").glob("*.md")]
    code = [*(ROOT / "src").rglob("*.py"), *(ROOT / "codegen").rglob("*.py"), *(ROOT / "examples").rglob("*.py")]
    return [*pages, *code, HERE / "words.toml"]


def texts(path: Path) -> list[str]:
    """What a person reads in a file: all of a page, the docstrings and comments of code, each sentence of the words."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        found = [
            node.value
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ]
        return [*found, *re.findall(r"#\s?(.*)", text)]
    if path.suffix == ".toml":
        return re.findall(r'^.*? = "(.*)"$', text, re.MULTILINE)
    return [text]


@pytest.mark.parametrize("path", prose(), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_sentence_of_x_is_copied(path: Path) -> None:
    assert [run for text in texts(path) for run in copied(text, KNOWN, ALLOWED)] == []


def test_a_copied_run_would_be_found() -> None:
    words = "a post that nobody has ever written"
    known = frozenset(fingerprint(run) for run in ("post that nobody has ever written",))
    assert copied(f"Here is {words}, or not.", known) == ["post that nobody has ever written"]
