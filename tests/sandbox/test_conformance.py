"""Every operation of the catalogue: who may call it, what it answers in either vocabulary, how it refuses."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any, get_args, get_origin

import httpx
import msgspec
import pytest

from tests.sandbox import catalogue
from tests.sandbox.api import Api, Serve, names, whole
from tests.sandbox.example import example
from tests.sandbox.example_media import FILES
from tests.sandbox.hook import Hook
from tests.sandbox.oauthlib_client import signed
from xdk_async import PRICES, AsyncClient, Budget
from xdk_async._core.answer import Page
from xdk_async._core.operation import Auth, Operation
from xdk_async._core.price import dollars
from xdk_async._core.tariff import Estimate
from xdk_async.api import models
from xdk_async.api.operations import OPERATIONS
from xdk_async.sandbox import Sandbox
from xdk_async.sandbox.handlers import HANDLERS
from xdk_async.sandbox.vocabulary import NEWER, OLDER

pytestmark = pytest.mark.asyncio(loop_scope="module")

DONE = sorted(OPERATIONS)
CALLED = [name for name in DONE if not OPERATIONS[name].streams and not OPERATIONS[name].whole]
SCHEMES = (Auth.APP, Auth.OAUTH2, Auth.OAUTH1)
MANY = 1_000_000  # no test here is about limits


async def test_every_operation_has_a_handler() -> None:
    assert OPERATIONS.keys() == HANDLERS.keys()
    assert len(DONE) == 178


def key(operation: Operation[Any]) -> str:
    return f"{operation.method} {operation.path}"


def scheme(operation: Operation[Any]) -> Auth:
    """One that the operation takes, a user's if there is a choice."""
    return next(each for each in (Auth.OAUTH2, Auth.OAUTH1, Auth.APP) if each in operation.auth)


def envelope(answer: Any) -> type[models.Envelope[Any]]:
    """Response[User] → Envelope[User], Page[Post] → Envelope[list[Post]]."""
    [data] = get_args(answer)
    generic: Any = models.Envelope
    listed: Any = list
    kind: type[models.Envelope[Any]] = generic[listed[data] if get_origin(answer) is Page else data]
    return kind


def headers(x: Api, auth: Auth, method: str, target: str) -> dict[str, str]:
    if auth is Auth.OAUTH1:
        return {"authorization": signed(x, method, target)[0]}
    return x.headers(user=auth is Auth.OAUTH2)


async def called(x: Api, name: str, auth: Auth, version: str | None = None, **more: str) -> httpx.Response:
    """Call an operation as its example says, asking for everything that a version has."""
    operation, how = OPERATIONS[name], example(x, name)
    query = {**how.query, **more}
    if version is not None:
        known = version if catalogue.known(key(operation), version) else catalogue.NEWER
        query |= {each: ",".join(values) for each, values in catalogue.choices(key(operation), known).items()}
    target = str(httpx.URL(operation.path.format_map({**how.path}), params=query))
    shown = headers(x, auth, operation.method, target)
    return await x.client.request(operation.method, target, headers=shown, **content(operation, how.body))


def content(operation: Operation[Any], body: Any) -> dict[str, Any]:
    """A body as httpx takes it: JSON, or a form in which bytes are a file."""
    if not operation.multipart:
        return {"json": body}
    files = {name: value for name, value in body.items() if isinstance(value, bytes)}
    return {"data": {name: value for name, value in body.items() if name not in files}, "files": files}


class Recorder(Budget):
    """Notes what was set aside."""

    most = Decimal(0)

    async def reserve(
        self,
        key: str,
        what: str,
        most: Estimate,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self.most = dollars(most.total)
        await super().reserve(key, what, most, clock, sleep)


def roomy(**settings: Any) -> Sandbox:
    return Sandbox(limits=dict.fromkeys(OPERATIONS, MANY), heartbeat=60, webhook_transport=Hook(), **settings)


@pytest.mark.parametrize("version", [catalogue.OLDER, catalogue.NEWER])
@pytest.mark.parametrize("name", CALLED)
async def test_an_answer_is_what_the_catalogue_says(served: Serve, name: str, version: str) -> None:
    """With everything asked for: the struct has a place for each member, and so has the version's own schema."""
    operation = OPERATIONS[name]
    async with served(roomy(vocabulary=version)) as x:
        answer = await called(x, name, scheme(operation), version)
    assert answer.status_code == catalogue.status(key(operation)), answer.text
    if name in FILES:
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.content == FILES[name]
        return
    decoded = whole(answer, envelope(operation.answer()))
    body = answer.json()
    assert catalogue.misfits(key(operation), version, body) == []
    assert decoded.data not in (None, []), "nothing that could be judged"
    assert not names(body.get("meta", {})) & ({*OLDER} if version == catalogue.OLDER else {*NEWER})
    for problem in body.get("errors", ()):
        assert "/not-authorized-for-" in problem["type"], "nothing is missing in the examples"


@pytest.mark.parametrize("name", CALLED)
async def test_the_package_client_decodes_every_answer_and_knows_what_it_costs(served: Serve, name: str) -> None:
    operation = OPERATIONS[name]
    group, _, method = name.partition(".")
    async with served(roomy()) as x:
        how = example(x, name)
        path = {param.name: how.path[param.wire or param.name] for param in operation.params if param.path}
        chosen = {
            each.replace(".", "_"): values
            for each, values in catalogue.choices(key(operation), catalogue.NEWER).items()
        }
        given: dict[str, Any] = {**how.query, **path, **chosen, **({} if how.body is None else {"body": how.body})}
        app, user = x.sandbox.app_token, x.sandbox.user_token
        budget, prices = Recorder(1000), PRICES.replace(owner=x.me)
        async with AsyncClient(x.url, app, user, budget=budget, prices=prices, on_costly=lambda _: None) as client:
            answer = await getattr(getattr(client, group), method)(**given)
        cost = client.costs.total
        assert cost == x.sandbox.meter.spent, "both accounts say the same"
        assert (await budget.status()).spent == cost <= budget.most, "what was set aside was enough"
        assert name in FILES or answer.cost == cost
    if name in FILES:
        assert answer == FILES[name]
        return
    assert answer.undecoded == ()
    assert answer.data not in (None, [])


@pytest.mark.parametrize("name", [name for name in CALLED if OPERATIONS[name].fields])
async def test_the_defaults_decode_too(reader: Api, name: str) -> None:
    if OPERATIONS[name].method == "GET":
        answer = await called(reader, name, scheme(OPERATIONS[name]))
        whole(answer, envelope(OPERATIONS[name].answer()))
        assert catalogue.misfits(key(OPERATIONS[name]), catalogue.NEWER, answer.json()) == []


@pytest.mark.parametrize("name", [name for name in DONE if OPERATIONS[name].auth is not Auth.NONE])
async def test_only_the_schemes_of_the_catalogue_are_taken(reader: Api, name: str) -> None:
    operation, how = OPERATIONS[name], example(reader, name)
    target = operation.path.format_map({**how.path})
    nobody = await reader.client.request(operation.method, target)
    assert (nobody.status_code, nobody.json()["title"]) == (401, "Unauthorized")
    for auth in SCHEMES:
        if auth not in operation.auth:
            shown = headers(reader, auth, operation.method, target)
            answer = await reader.client.request(operation.method, target, headers=shown)
            assert answer.status_code == 403, auth
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["type"].endswith("/unsupported-authentication")


@pytest.mark.parametrize("auth", SCHEMES)
async def test_every_scheme_of_the_catalogue_is_taken(reader: Api, auth: Auth) -> None:
    for name in DONE:
        if auth in OPERATIONS[name].auth:
            target = f"{OPERATIONS[name].path.format_map({**example(reader, name).path})}?no_such_parameter=1"
            shown = headers(reader, auth, OPERATIONS[name].method, target)
            answer = await reader.client.request(OPERATIONS[name].method, target, headers=shown)
            assert answer.status_code == 400, (name, "past the door, to the checks")


@pytest.mark.parametrize("name", [name for name in DONE if Auth.OAUTH2 in OPERATIONS[name].auth])
async def test_each_scope_is_needed(reader: Api, name: str) -> None:
    operation = OPERATIONS[name]
    scopes = operation.scopes.split()
    target = operation.path.format_map({**example(reader, name).path})
    for lacking in scopes:
        rest = [each for each in scopes if each != lacking] or ["offline.access"]
        token = reader.sandbox.sign_in(scopes=rest)["access_token"]
        answer = await reader.client.request(operation.method, target, headers={"authorization": f"Bearer {token}"})
        assert answer.status_code == 403, lacking
        assert lacking in answer.json()["detail"]


@pytest.mark.parametrize("name", DONE)
async def test_an_unknown_parameter_is_refused_as_problem_json(reader: Api, name: str) -> None:
    auth = OPERATIONS[name].auth
    answer = await called(
        reader, name, Auth.APP if auth is Auth.NONE else scheme(OPERATIONS[name]), no_such_parameter="1"
    )
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    problem = msgspec.json.decode(answer.content, type=models.Problem)
    assert (problem.type or "").endswith("/invalid-request")
    assert answer.json()["errors"][0]["parameters"] == {"no_such_parameter": ["1"]}


@pytest.mark.parametrize("name", [name for name in CALLED if OPERATIONS[name].body not in ("", "dict")])
async def test_a_body_with_an_unknown_member_is_refused(reader: Api, name: str) -> None:
    operation, how = OPERATIONS[name], example(reader, name)
    target = str(httpx.URL(operation.path.format_map({**how.path}), params={**how.query}))
    shown = headers(reader, scheme(operation), operation.method, target)
    answer = await reader.client.request(
        operation.method, target, headers=shown, **content(operation, {**how.body, "no_such_member": 1})
    )
    assert answer.status_code == 400
    assert "no_such_member" in answer.json()["errors"][0]["message"]
