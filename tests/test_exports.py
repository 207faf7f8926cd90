"""Public names exist, are sorted, load on first use, and load nothing else."""

from __future__ import annotations

import json
import subprocess
import sys

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
    assert xdk_async.__all__ == sorted(xdk_async.__all__)
    for name in xdk_async.__all__:
        assert getattr(xdk_async, name) is not None
    assert dir(xdk_async) == xdk_async.__all__


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
        name for name in loaded if name.split(".")[0] in ("httpx", "aiohttp", "msgspec", "authlib", "anyio", "asyncio")
    }


def test_a_client_loads_neither_models_nor_aiohttp_nor_authlib() -> None:
    loaded = loaded_after("import xdk_async; xdk_async.AsyncClient(bearer_token='x')")
    assert not {name for name in loaded if name.split(".")[0] in ("aiohttp", "authlib", "starlette", "uvicorn")}
    assert not {name for name in loaded if name.startswith("xdk_async.api.models.")}
    assert "xdk_async.api.posts" not in loaded
