"""Writes `src/xdk_async/api/` from the catalogue; `--check` compares instead; `--extract DIR` renews the facts first."""

from __future__ import annotations

import argparse
import difflib
import sys
from pathlib import Path

from codegen import catalogue, emit_groups, emit_limits, emit_models, emit_table
from codegen.extract import extract
from codegen.prose import write_fingerprints

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
    files[API / "__init__.py"] = (
        emit_models.MARK + '"""The generated surface: operations, fields, models and groups."""\n'
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


def main() -> int:
    parser = argparse.ArgumentParser(prog="codegen", description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail if the committed files are not what is generated")
    parser.add_argument("--extract", type=Path, metavar="DIR", help="renew facts.json from the specifications in DIR")
    options = parser.parse_args()
    if options.extract:
        specs = {version: options.extract / f"x-api-{version}.json" for version in ("2.166", "2.167")}
        extract(specs, options.extract / "xdk-0.10.6-methods.json", HERE / "facts.json")
        write_fingerprints(list(specs.values()), HERE / "prose.txt")
    files = generate()
    if options.check:
        return check(files)
    for stale in set(API.rglob("*.py")) - set(files):
        stale.unlink()
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
