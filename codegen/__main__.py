"""Writes `src/xdk_async/api/` from the catalogue; `--check` compares instead; `--extract DIR` renews the facts first.

`--diff OLD NEW` writes nothing: it tells what differs between two versions of X's API, and exits with 0 if nothing does, 1
if something does, 2 if a file cannot be read.
"""

from __future__ import annotations

import argparse
import difflib
import os
import sys
from pathlib import Path

from codegen import catalogue, emit_groups, emit_index, emit_limits, emit_models, emit_prices, emit_table
from codegen.diff import NotReadable, as_json, differences, read
from codegen.diff_text import as_text
from codegen.extract import extract
from codegen.page import write_pages
from codegen.prose import write_fingerprints
from codegen.shapes import NEW, OLD

ROOT = Path(__file__).parent.parent
API = ROOT / "src" / "xdk_async" / "api"
HERE = catalogue.HERE


def generate() -> dict[Path, str]:
    """Every generated file with its text."""
    loaded = catalogue.load()
    files = {API / "models" / name: text for name, text in emit_models.models(loaded).items()}
    files |= {API / name: text for name, text in emit_groups.groups(loaded).items()}
    files[API / "groups.py"] = emit_groups.access(loaded)
    files[API / "instead.py"] = emit_groups.instead(loaded)
    files[API / "operations.py"] = emit_table.operations(loaded)
    files[API / "fields.py"] = emit_table.fields(loaded)
    files[API / "limits.py"] = emit_limits.limits(loaded)
    files[API / "prices.py"] = emit_prices.prices(loaded)
    files[API / "__init__.py"] = (
        emit_index.MARK + '"""The generated surface: operations, fields, models and groups."""\n'
    )
    if loaded.missing:
        raise SystemExit("words.toml lacks a sentence for:\n  " + "\n  ".join(sorted(set(loaded.missing))))
    return files


def check(files: dict[Path, str]) -> int:
    """Print the first hunk that differs."""
    present = set(API.rglob("*.py"))
    for path in sorted(present | set(files)):
        committed = path.read_text() if path in present else ""
        wanted = files.get(path, "")
        if committed != wanted:
            name = str(path.relative_to(ROOT))
            diff = difflib.unified_diff(committed.splitlines(), wanted.splitlines(), name, "generated", lineterm="")
            print("\n".join([*list(diff)[:40], f"{name} is not what codegen writes: run `nox -s codegen`"]))
            return 1
    return 0


def diff(old: Path, new: Path, *, json: bool = False) -> int:
    """Print what differs."""
    try:
        found = differences(read(old), read(new))
    except NotReadable as error:
        print(error, file=sys.stderr)
        return 2
    text = as_json(found) if json else as_text(found)
    if text:
        show(text)
    return int(any(found.values()))


def show(text: str) -> None:
    """Print, as far as somebody reads."""
    try:
        print(text, flush=True)
    except BrokenPipeError:  # such as `| head`, which has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="codegen", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="fail if the committed files are not what is generated")
    parser.add_argument("--extract", type=Path, metavar="DIR", help="renew facts.json from the specifications in DIR")
    parser.add_argument(
        "--diff",
        type=Path,
        nargs=2,
        metavar=("OLD", "NEW"),
        help="compare two OpenAPI files; catalogue/facts.json stands for the version it was made from",
    )
    parser.add_argument("--json", action="store_true", help="with --diff: for programs")
    options = parser.parse_args(arguments)
    if options.json and not options.diff:
        parser.error("--json goes with --diff")
    if options.diff:
        return diff(*options.diff, json=options.json)
    if options.extract:
        specs = {version: options.extract / f"x-api-{version}.json" for version in (OLD, NEW)}
        extract(specs, options.extract / "xdk-0.10.6-methods.json", HERE / "facts.json")
        write_fingerprints(list(specs.values()), HERE / "prose.txt")
        write_pages(specs[OLD], specs[NEW], HERE / "pages.json")
    files = generate()
    if options.check:
        return check(files)
    for stale in set(API.rglob("*.py")) - set(files):
        stale.unlink()
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text() != text:  # what runs beside it may be importing
            path.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
