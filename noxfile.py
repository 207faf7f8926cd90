"""Sessions: `nox` runs the quick ones; the rest by name, such as `nox -s matrix`. `nox -l` lists them.

Sessions that test the built wheel build it first, or take it from the directory that `XDK_ASYNC_DIST` names.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import nox

nox.needs_version = ">=2025.2"
nox.options.default_venv_backend = "uv|venv"
nox.options.sessions = ["lint", "types", "codegen", "tests"]
nox.options.reuse_existing_virtualenvs = True
PROJECT: dict[str, Any] = nox.project.load_toml("pyproject.toml")["project"]
PYTHONS = nox.project.python_versions({"project": PROJECT})
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]
NEEDS: list[str] = [
    *PROJECT["dependencies"],
    *(need for name, needs in EXTRAS.items() if name not in ("test", "dev", "docs", "bench") for need in needs),
]
LEAST = [need.split(",")[0].replace(">=", "==") for need in NEEDS]
EXECUTED = ["tests/docs", "tests/test_examples.py", "tests/test_official_samples.py", "tests/test_web_login.py"]
WORKERS = ["-n", "auto", "--dist", "worksteal"]


@nox.session
def lint(session: nox.Session) -> None:
    """ruff, as a checker and as a formatter, and what else `.pre-commit-config.yaml` looks for."""
    session.install("pre-commit>=4")
    session.run("pre-commit", "run", "--all-files", "--show-diff-on-failure")


@nox.session
def types(session: nox.Session) -> None:
    """pyright and mypy, both strict."""
    install_once(session, "dev")
    session.run("pyright", "--threads")
    session.run("mypy")


@nox.session
def public_types(session: nox.Session) -> None:
    """Whether everything public is typed, as those see it who use the package."""
    session.install("-e", ".[dev]")
    session.run("pyright", "--verifytypes", "xdk_async", "--ignoreexternal")


@nox.session(venv_backend="none")
def codegen(session: nox.Session) -> None:
    """Write `src/xdk_async/api/`; `-- --check` compares instead."""
    session.run("python", "-m", "codegen", *session.posargs)


@nox.session(venv_backend="none")
def drift(session: nox.Session) -> None:
    """What a specification has apart from the catalogue: `nox -s drift -- openapi.json [--json]`. Fails if it does."""
    if not session.posargs:
        session.error("which specification? nox -s drift -- path/to/openapi.json")
    session.run("python", "-m", "codegen", "--diff", "codegen/catalogue/facts.json", *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """The tests that take no time, on this Python, side by side; `-- -m 'not soak'` for all but the soaks."""
    install_once(session, "test")
    session.run("pytest", *WORKERS, "-q", "-m", "not slow and not soak", *session.posargs)


@nox.session(python=PYTHONS)
def matrix(session: nox.Session) -> None:
    """The tests against the built wheel with the highest dependencies, on every Python that is there."""
    session.install(f"{wheel(session)}[test]", "--upgrade")
    run_against_wheel(session)


@nox.session(python=PYTHONS[0])
def lowest(session: nox.Session) -> None:
    """The tests against the built wheel with the lowest Python and dependencies that the package admits."""
    queue = "taskiq<0.13"  # of the taskiq-redis that goes with the lowest redis
    session.install(f"{wheel(session)}[test]", *LEAST, queue)
    run_against_wheel(session)


@nox.session
def beside_httpx2(session: nox.Session) -> None:
    """The tests with httpx2 and openai installed: authlib and others then prefer httpx2, and we must not care."""
    session.install(f"{wheel(session)}[test]", "httpx2", "openai")
    run_against_wheel(session)


@nox.session
def coverage(session: nox.Session) -> None:
    """Which lines and branches the tests reach, in the processes they start too; fails below 97 %."""
    session.install("-e", ".[test]", "coverage>=7.10")
    session.run("coverage", "erase")
    counts = "--ignore=tests/test_counts.py"  # measuring allocates too
    session.run("coverage", "run", "-m", "pytest", *WORKERS, "-q", counts, *session.posargs)
    session.run("coverage", "combine", "-q")
    session.run("coverage", "html", "-q", "--skip-covered")
    session.run("coverage", "report", "--skip-covered", "--show-missing")


@nox.session
def soak(session: nox.Session) -> None:
    """Many random seeds for the property tests; takes minutes."""
    session.install("-e", ".[test]")
    session.run("pytest", "--hypothesis-profile=soak", "-m", "soak or not soak", *session.posargs)


@nox.session
def examples(session: nox.Session) -> None:
    """Every example, and every sample of the pages and the README, as they are."""
    session.install("-e", ".[test]")
    session.run("pytest", "--no-skips", "-q", *EXECUTED, *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """The site, in `site/`; any warning is an error."""
    session.install("-e", ".[docs]")
    session.run("mkdocs", "build", "--strict", *session.posargs, env={"NO_MKDOCS_2_WARNING": "1"})


@nox.session
def bench(session: nox.Session) -> None:
    """What the library costs beside others; `-- --quick` (default) or `-- --full`, see benchmarks/README.md."""
    session.install("-e", ".[bench]")
    session.run("python", "-m", "benchmarks", *session.posargs)


@nox.session
def package(session: nox.Session) -> None:
    """Build what is published, in `dist/`; look at its description and contents, and use it where nothing else is."""
    for old in Path("dist").glob("*"):
        old.unlink()
    session.install("build", "twine", "check-wheel-contents")
    session.run("python", "-m", "build")  # the wheel out of the source distribution, as pip would
    built = [str(each) for each in Path("dist").iterdir()]
    session.run("twine", "check", "--strict", *built)
    session.run("check-wheel-contents", "dist")
    session.run("python", "tests/distribution.py", *built)
    clean = Path(session.create_tmp()) / "clean"
    session.run("python", "-m", "venv", "--clear", str(clean))
    python = clean / ("Scripts" if os.name == "nt" else "bin") / "python"
    session.run(str(python), "-m", "pip", "install", "-q", built_wheel(Path("dist")), external=True)
    session.run(str(python), "-I", "-W", "error", "-c", IN_USE, external=True)


@nox.session
def changelog(session: nox.Session) -> None:
    """Whether a branch tells in `changes/` what users notice of it, and how the next release would read."""
    session.install("towncrier>=24.8")
    session.run("towncrier", "check", "--compare-with", "origin/main", *session.posargs)
    session.run("towncrier", "build", "--draft", "--version", "next")


@nox.session
def workflows(session: nox.Session) -> None:
    """What runs on GitHub: its form, and what an attacker could make of it."""
    session.install("check-jsonschema", "zizmor")
    files = [str(each) for each in sorted(Path(".github/workflows").iterdir())]
    session.run("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *files)
    session.run("check-jsonschema", "--builtin-schema", "vendor.dependabot", ".github/dependabot.yml")
    session.run("zizmor", "--offline", "--pedantic", ".github")


IN_USE = """
import asyncio, xdk_async
from importlib.metadata import version

async def main():
    async with xdk_async.AsyncClient("http://127.0.0.1:9", bearer_token="x", retries=0) as client:
        try:
            await client.users.get_me()
        except xdk_async.ConnectFailed as error:
            print(f"{version('xdk-async')} installs and runs: {error}")

asyncio.run(main())
"""


def install_once(session: nox.Session, extra: str) -> None:
    """Install the sources with an extra, unless that was done already for what `pyproject.toml` says now."""
    done, project = Path(session.virtualenv.location) / "pyproject.toml", Path("pyproject.toml").read_text()
    if not done.exists() or done.read_text() != project:
        session.install("-e", f".[{extra}]")
        done.write_text(project)


def wheel(session: nox.Session) -> str:
    """The wheel to test."""
    if given := os.environ.get("XDK_ASYNC_DIST"):
        return built_wheel(Path(given))
    target = Path(session.create_tmp())
    for old in target.glob("*.whl"):
        old.unlink()
    session.install("build")
    session.run_install("python", "-m", "build", "--wheel", "--outdir", str(target), silent=True)
    return built_wheel(target)


def built_wheel(directory: Path) -> str:
    (found,) = directory.resolve().glob("*.whl")
    return str(found)


def run_against_wheel(session: nox.Session) -> None:
    where = "import pathlib, xdk_async as x; assert 'site-packages' in pathlib.Path(x.__file__).parts, x.__file__"
    session.run("python", "-c", where)
    session.run("pytest", *WORKERS, "-q", *session.posargs)
