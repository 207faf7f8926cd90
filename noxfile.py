"""Sessions: `nox` runs lint, types, codegen and tests; the rest by name, such as `nox -s matrix`."""

from __future__ import annotations

import nox

nox.options.default_venv_backend = "uv|venv"
nox.options.sessions = ["lint", "types", "codegen", "tests"]
nox.options.reuse_existing_virtualenvs = True
PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
LOWEST = ["aiohttp==3.12.9", "anyio==4.9.0", "authlib==1.6.0", "httpx==0.28.1", "msgspec==0.20.0"]


@nox.session
def lint(session: nox.Session) -> None:
    """ruff, as a checker and as a formatter."""
    session.install("ruff>=0.11")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """pyright and mypy, both strict, and the completeness of the public types."""
    session.install("-e", ".[dev]")
    session.run("pyright")
    session.run("mypy")
    session.run("pyright", "--verifytypes", "xdk_async", "--ignoreexternal")


@nox.session
def codegen(session: nox.Session) -> None:
    """Write `src/xdk_async/api/`; `-- --check` compares instead."""
    session.install("-e", ".")
    session.run("python", "-m", "codegen", *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """The unit tests."""
    session.install("-e", ".[test]")
    session.run("pytest", *session.posargs)


@nox.session(python=PYTHONS)
def matrix(session: nox.Session) -> None:
    """The unit tests against the built wheel, on every Python that is there."""
    session.install(".[test]")
    session.run("pytest", *session.posargs)


@nox.session
def lowest(session: nox.Session) -> None:
    """The unit tests with the lowest dependencies that the package admits."""
    session.install("-e", ".[test]", *LOWEST)
    session.run("pytest", *session.posargs)


@nox.session
def beside_httpx2(session: nox.Session) -> None:
    """The unit tests with httpx2 and openai installed: authlib and others then prefer httpx2, and we must not care."""
    session.install("-e", ".[test]", "httpx2", "openai")
    session.run("pytest", *session.posargs)


@nox.session
def imports(session: nox.Session) -> None:
    """What importing costs beside the official SDK."""
    session.install(".", "xdk==0.10.6")
    session.run("python", "benchmarks/imports.py", *session.posargs)


@nox.session
def soak(session: nox.Session) -> None:
    """Many random seeds for the property tests; takes minutes."""
    session.install("-e", ".[test]")
    session.run("pytest", "--hypothesis-profile=soak", "-m", "soak or not soak", *session.posargs)
