"""What is in the files that are published: `python tests/distribution.py dist/*`. Run by `nox -s package`."""

from __future__ import annotations

import sys
import tarfile
import zipfile
from pathlib import Path, PurePosixPath

SOURCE = Path(__file__).parents[1]
PACKAGED = {
    str(path.relative_to(SOURCE / "src")) for path in (SOURCE / "src" / "xdk_async").rglob("*") if path.is_file()
}
IN_SOURCES = ("pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "noxfile.py", "codegen/catalogue/facts.json")


def wheel(path: Path) -> list[str]:
    """What is wrong with a wheel: it holds the package, all of it, its type marker, its licence and nothing else."""
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/")]
        described = {name: archive.read(name).decode() for name in names if ".dist-info/" in name}
    own = {name for name in names if ".dist-info/" not in name}
    wanted = {name for name in PACKAGED if "__pycache__" not in name}
    wrong = [f"lacks {name}" for name in sorted(wanted - own)] + [f"holds {name}" for name in sorted(own - wanted)]
    metadata = next((text for name, text in described.items() if name.endswith("/METADATA")), "")
    entries = next((text for name, text in described.items() if name.endswith("/entry_points.txt")), "")
    wrong += [
        f"METADATA lacks {line!r}" for line in ("License-Expression: MIT", "Typing :: Typed") if line not in metadata
    ]
    wrong += [f"lacks the entry point {line!r}" for line in ("xdk-async = ", "[pytest11]") if line not in entries]
    wrong += ["lacks its licence"] if not any(name.endswith("/licenses/LICENSE") for name in described) else []
    return wrong + ["lacks its type marker"] * ("xdk_async/py.typed" not in own)


def sources(path: Path) -> list[str]:
    """What is wrong with a source distribution: it holds what building and testing needs, and nobody's own files."""
    with tarfile.open(path) as archive:
        names = {
            str(PurePosixPath(*PurePosixPath(each.name).parts[1:])) for each in archive.getmembers() if each.isfile()
        }
    wrong = [
        f"lacks {name}" for name in (*IN_SOURCES, "src/xdk_async/py.typed", "tests/conftest.py") if name not in names
    ]
    unwanted = [
        name for name in names if "__pycache__" in name or name.split("/")[0] in ("dist", "site", ".venv", ".nox")
    ]
    return wrong + [f"holds {name}" for name in sorted(unwanted)]


def main(paths: list[Path]) -> int:
    judges = {".whl": wheel, ".gz": sources}
    if {path.suffix for path in paths} != set(judges):
        print("give one wheel and one source distribution")
        return 2
    wrong = [f"{path.name} {each}" for path in paths for each in judges[path.suffix](path)]
    print("\n".join(wrong) or f"{' and '.join(path.name for path in paths)} hold what they should")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main([Path(each) for each in sys.argv[1:]]))
