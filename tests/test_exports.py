"""Public names exist, are sorted, load on first use, and load nothing else."""

from __future__ import annotations

import copy
import inspect
import json
import pickle
import subprocess
import sys
import typing
from collections.abc import Iterator

import pytest

import xdk_async
from tests.surface.facts import FACTS
from xdk_async import models


def loaded_after(code: str) -> set[str]:
    """The modules that a fresh interpreter has loaded after `code`."""
    program = f"import sys, json\n{code}\nprint(json.dumps(sorted(sys.modules)))"
    found = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=True)
    return set(json.loads(found.stdout))


def test_all_is_sorted_and_every_name_of_it_loads() -> None:
    assert xdk_async.__all__ == sorted(xdk_async.__all__, key=lambda name: (not name.isupper(), name))
    for name in xdk_async.__all__:
        assert getattr(xdk_async, name) is not None
    assert dir(xdk_async) == sorted(xdk_async.__all__)


def test_a_sandbox_without_its_extra_names_it() -> None:
    program = "import sys; sys.modules['starlette'] = None; import xdk_async.sandbox"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert found.stderr.strip().split("\n")[-1].endswith('pip install "xdk-async[sandbox]"')


def test_the_package_can_be_run() -> None:
    found = subprocess.run([sys.executable, "-m", "xdk_async", "--version"], capture_output=True, text=True, check=True)
    assert found.stdout == f"xdk-async {xdk_async.__version__}\n"


def public_members() -> Iterator[tuple[str, object]]:
    for name in xdk_async.__all__:
        value = getattr(xdk_async, name)
        if inspect.isclass(value):
            yield name, value
            for member, each in inspect.getmembers(value):
                if member == "__init__" or not member.startswith("_"):
                    function = each.fget if isinstance(each, property) else each
                    if inspect.isfunction(function):
                        yield f"{name}.{member}", function


@pytest.mark.parametrize(("name", "member"), list(public_members()))
def test_type_hints_of_everything_public_resolve(name: str, member: object) -> None:
    del name
    typing.get_type_hints(member)


def test_errors_can_be_copied_and_sent_to_another_process() -> None:
    errors = [
        xdk_async.Forbidden("403", status=403, headers={"a": "b"}, problem=models.Problem(title="t", reason="r")),
        xdk_async.TimedOut("late", sent=True, phase="read"),
        xdk_async.SessionLost("app", "alice"),
        xdk_async.InvalidArgument("no"),
    ]
    for error in errors:
        error.attempt = 3
        for again in (copy.copy(error), pickle.loads(pickle.dumps(error))):
            assert (type(again), str(again), again.__dict__) == (type(error), str(error), error.__dict__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="Cliemt"):
        getattr(xdk_async, "Cliemt")  # noqa: B009
    with pytest.raises(AttributeError, match="Pots"):
        getattr(models, "Pots")  # noqa: B009


@pytest.mark.parametrize("version", ["2.167", "2.166"])
def test_schema_names_are_reachable_as_models(version: str) -> None:
    names = list(FACTS[f"{version} schemas"])
    missing = [name for name in names if not hasattr(models, name)]
    if version == "2.167":
        assert missing == []
    else:  # of the older version, what the newer one has under the same or a modern name
        assert {"Tweet", "TweetPublicMetrics", "User", "Media"} & set(names) and "Tweet" not in missing


def test_importing_the_package_loads_neither_http_nor_models() -> None:
    loaded = loaded_after("import xdk_async")
    assert not {
        name
        for name in loaded
        if name.split(".")[0] in ("httpx", "aiohttp", "msgspec", "authlib", "anyio", "asyncio", "opentelemetry")
    }


def test_a_client_loads_neither_models_nor_aiohttp_nor_authlib() -> None:
    loaded = loaded_after("import xdk_async; xdk_async.AsyncClient(bearer_token='x')")
    assert not {
        name for name in loaded if name.split(".")[0] in ("aiohttp", "authlib", "starlette", "uvicorn", "opentelemetry")
    }
    assert not {name for name in loaded if name.startswith("xdk_async.api.models.")}
    assert "xdk_async.api.posts" not in loaded
