"""What `python -m codegen --diff` tells of two versions of X's API."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from codegen.__main__ import main
from codegen.catalogue import HERE
from codegen.diff import Change, Facts, differences
from codegen.diff_text import as_text
from codegen.extract import one_version

FACTS: dict[str, Any] = json.loads((HERE / "facts.json").read_text(encoding="utf-8"))
JSON = dict[str, Any]


def spec() -> JSON:
    """A small API of its own."""
    return {
        "openapi": "3.0.0",
        "paths": {
            "/2/birds": {
                "parameters": [{"name": "lang", "in": "query", "schema": {"type": "string"}}],
                "get": {
                    "operationId": "listBirds",
                    "tags": ["Birds"],
                    "security": [{"OAuth2UserToken": ["bird.read"]}, {"BearerToken": []}],
                    "parameters": [
                        {
                            "name": "max_results",
                            "in": "query",
                            "schema": {"type": "integer", "minimum": 1, "maximum": 9},
                        },
                        {"$ref": "#/components/parameters/Order"},
                    ],
                    "responses": {"200": {"content": {"application/json": {"schema": ref("Birds")}}}},
                },
                "post": {
                    "operationId": "createBird",
                    "tags": ["Birds"],
                    "requestBody": {"content": {"application/json": {"schema": ref("Bird")}}},
                    "responses": {"201": {"content": {"application/json": {"schema": ref("Bird")}}}, "default": {}},
                },
            },
            "/2/birds/{id}": {
                "delete": {
                    "operationId": "deleteBird",
                    "tags": ["Birds"],
                    "parameters": [{"name": "id", "in": "path", "required": True, "schema": ref("BirdId")}],
                    "responses": {"204": {}},
                }
            },
        },
        "components": {
            "parameters": {
                "Order": {"name": "order", "in": "query", "schema": {"type": "string", "enum": ["name", "age"]}}
            },
            "schemas": {
                "BirdId": {"type": "string", "pattern": "^[0-9]+$"},
                "Bird": {
                    "type": "object",
                    "required": ["id"],
                    "properties": {"id": ref("BirdId"), "wings": {"type": "integer"}, "mate": ref("Bird")},
                },
                "Birds": {"type": "object", "properties": {"data": {"type": "array", "items": ref("Bird")}}},
            },
        },
    }


def ref(name: str) -> JSON:
    return {"$ref": f"#/components/schemas/{name}"}


def birds(document: JSON) -> JSON:
    found: JSON = document["paths"]["/2/birds"]["get"]
    return found


def add_operation(document: JSON) -> None:
    document["paths"]["/2/birds/{id}"]["get"] = {**birds(document), "operationId": "getBird"}


def raise_bound(document: JSON) -> None:
    birds(document)["parameters"][0]["schema"]["maximum"] = 99


def require(document: JSON) -> None:
    birds(document)["parameters"][0]["required"] = True


def add_parameter(document: JSON) -> None:
    birds(document)["parameters"].append({"name": "since", "in": "query", "schema": {"type": "string"}})


def change_parameter_type(document: JSON) -> None:
    document["paths"]["/2/birds"]["parameters"][0]["schema"] = {"type": "array", "items": {"type": "string"}}


def add_value(document: JSON) -> None:
    document["components"]["parameters"]["Order"]["schema"]["enum"] = ["age", "size", "name"]


def narrow_scope(document: JSON) -> None:
    birds(document)["security"] = [{"OAuth2UserToken": ["bird.read", "bird.watch"]}]


def add_property(document: JSON) -> None:
    document["components"]["schemas"]["Bird"]["properties"]["song"] = {"type": "string"}


def change_property(document: JSON) -> None:
    document["components"]["schemas"]["Bird"]["properties"]["wings"] = {"type": "number"}


def require_property(document: JSON) -> None:
    document["components"]["schemas"]["Bird"]["required"].append("wings")


def rename_schema(document: JSON) -> None:
    """Of what others refer to, and itself."""
    text = json.dumps(document["components"]["schemas"]).replace('Bird"', 'Fowl"')
    document["components"]["schemas"] = json.loads(text)
    document["paths"] = json.loads(json.dumps(document["paths"]).replace('schemas/Bird"', 'schemas/Fowl"'))


def name_a_type(document: JSON) -> None:
    document["components"]["schemas"]["Most"] = birds(document)["parameters"][0]["schema"]
    birds(document)["parameters"][0]["schema"] = ref("Most")


GET, POST = "GET /2/birds", "POST /2/birds"
CASES: list[tuple[Callable[[JSON], None], dict[str, list[Change]]]] = [
    (raise_bound, {GET: [Change("changed", ("parameter", "max_results", "max"), 9, 99)]}),
    (require, {GET: [Change("changed", ("parameter", "max_results", "required"), was=False, now=True)]}),
    (add_parameter, {GET: [Change("added", ("parameter", "since"), now="str")]}),
    (
        change_parameter_type,
        {
            GET: [Change("changed", ("parameter", "lang"), "str", {"list": "str"})],
            POST: [Change("changed", ("parameter", "lang"), "str", {"list": "str"})],
        },
    ),
    (add_value, {GET: [Change("added", ("parameter", "order", "value"), now="size")]}),
    (narrow_scope, {GET: [Change("removed", ("auth",), was="app"), Change("added", ("scopes",), now="bird.watch")]}),
    (add_property, {"Bird": [Change("added", ("song",), now="str")]}),
    (change_property, {"Bird": [Change("changed", ("wings",), "int", "float")]}),
    (require_property, {"Bird": [Change("added", ("required",), now="wings")]}),
    (rename_schema, {}),
    (name_a_type, {}),
]


def changed(mutate: Callable[[JSON], None]) -> Facts:
    document = spec()
    mutate(document)
    return one_version(document)


@pytest.mark.parametrize(("mutate", "wanted"), CASES, ids=[case[0].__name__ for case in CASES])
def test_each_change_is_told_once_and_backwards_as_its_opposite(
    mutate: Callable[[JSON], None], wanted: dict[str, list[Change]]
) -> None:
    old, new = one_version(spec()), changed(mutate)
    found = differences(old, new)
    assert {**found["operations"].changed, **found["schemas"].changed} == wanted
    back = differences(new, old)
    opposite = {"added": "removed", "removed": "added", "changed": "changed"}
    assert {
        (key, opposite[each.what], each.at, repr(each.now), repr(each.was))
        for section in back.values()
        for key, changes in section.changed.items()
        for each in changes
    } == {
        (key, each.what, each.at, repr(each.was), repr(each.now)) for key, several in wanted.items() for each in several
    }
    assert not differences(new, copy.deepcopy(new))["operations"]


def test_operations_and_schemas_come_and_go() -> None:
    old, new = one_version(spec()), changed(add_operation)
    assert [*differences(old, new)["operations"].added] == ["GET /2/birds/{id}"]
    assert [*differences(new, old)["operations"].removed] == ["GET /2/birds/{id}"]
    new["schemas"]["Nest"] = "str"
    assert [*differences(old, new)["schemas"].added] == ["Nest"]
    assert [*differences(new, old)["schemas"].removed] == ["Nest"]


def test_a_new_parameter_tells_whether_it_must_be_given() -> None:
    def mutate(document: JSON) -> None:
        birds(document)["parameters"].append(
            {"name": "since", "in": "query", "required": True, "schema": {"type": "string"}}
        )

    assert differences(one_version(spec()), changed(mutate))["operations"].changed[GET] == [
        Change("added", ("parameter", "since"), now="str"),
        Change("added", ("parameter", "since", "required"), now=True),
    ]


def test_one_schema_may_become_two() -> None:
    def mutate(document: JSON) -> None:
        """What is sent is no longer what is answered; both refer to themselves."""
        schemas = document["components"]["schemas"]
        schemas["NewBird"] = json.loads(json.dumps(schemas["Bird"]).replace('/Bird"', '/NewBird"'))
        del schemas["NewBird"]["required"]
        content = document["paths"]["/2/birds"]["post"]["requestBody"]["content"]
        content["application/json"]["schema"] = ref("NewBird")

    found = differences(one_version(spec()), changed(mutate))
    assert found["operations"].changed == {POST: [Change("removed", ("body", "required"), was="id")]}
    assert [*found["schemas"].added] == ["NewBird"]


def of(version: str) -> Facts:
    return {name: FACTS[f"{version} {name}"] for name in ("operations", "parameters", "schemas")}


def test_from_2_166_to_2_167() -> None:
    found = differences(of("2.166"), of("2.167"))
    operations = found["operations"]
    assert (len(operations.added), len(operations.removed)) == (16, 3)
    assert "GET /2/broadcasts/{id}/chat" in operations.added
    assert [*operations.removed] == ["POST /2/evaluate_note", "GET /2/insights/28hr", "GET /2/insights/historical"]
    search = operations.changed["GET /2/tweets/search/recent"]
    assert Change("added", ("exclusive",), now=["start_time", "since_id"]) in search
    assert ("removed", ("parameter", "tweet.fields")) in [(each.what, each.at) for each in search]
    assert ("added", ("parameter", "post.fields")) in [(each.what, each.at) for each in search]
    post = found["schemas"].changed["Tweet → Post"]
    assert Change("removed", ("note_tweet",), was=FACTS["2.166 schemas"]["Tweet"]["object"]["note_tweet"]) in post
    text = as_text(found)
    assert text.count("+ parameter post.fields: list of str (one of article,") == 1, "told once for all operations"
    assert "\n      - parameter user.fields value: pinned_tweet_id\n" in text


def written(directory: Path, name: str, document: object) -> str:
    path = directory / name
    path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    return str(path)


def test_the_command_exits_like_diff(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old, document = written(tmp_path, "old.json", spec()), spec()
    add_value(document)
    new = written(tmp_path, "new.json", document)
    assert main(["--diff", old, old]) == 0
    assert capsys.readouterr().out == ""
    assert main(["--diff", old, new]) == 1
    assert capsys.readouterr().out == (
        "operations: 0 added, 0 removed, 1 changed\n  ~ GET /2/birds\n      + parameter order value: size\n"
    )
    assert main(["--diff", old, new, "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["operations"]["changed"] == {
        "GET /2/birds": [{"what": "added", "at": ["parameter", "order", "value"], "was": None, "now": "size"}]
    }
    assert told["schemas"] == {"added": {}, "removed": {}, "changed": {}}


@pytest.mark.parametrize("document", ["no JSON", "[]", "{}", '{"paths": []}'])
def test_what_is_no_specification_is_said_to_be_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], document: str
) -> None:
    path = written(tmp_path, "other.json", document)
    assert main(["--diff", path, path]) == 2
    assert "other.json" in capsys.readouterr().err
    assert main(["--diff", str(tmp_path / "nowhere.json"), path]) == 2
    assert "nowhere.json" in capsys.readouterr().err


@pytest.mark.parametrize("part", ["schemas", "parameters"])
def test_a_reference_to_nothing_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str], part: str) -> None:
    document = spec()
    document["components"][part] = {}
    assert main(["--diff", written(tmp_path, "old.json", document), written(tmp_path, "new.json", spec())]) == 2
    assert "which the specification does not have" in capsys.readouterr().err


def test_the_catalogue_stands_for_the_version_it_was_made_from(capsys: pytest.CaptureFixture[str]) -> None:
    facts = str(HERE / "facts.json")
    assert main(["--diff", facts, facts]) == 0
    assert capsys.readouterr().out == ""


def test_json_alone_is_a_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--json"])
    assert "--json goes with --diff" in capsys.readouterr().err


def test_whoever_has_seen_enough_may_go(tmp_path: Path) -> None:
    """As `| head` does."""
    (tmp_path / "old.json").write_text(json.dumps(spec()))
    (tmp_path / "new.json").write_text(json.dumps({**spec(), "paths": {}}))
    told = f"{sys.executable} -m codegen --diff {tmp_path}/old.json {tmp_path}/new.json"
    command = f"{told} | (exec 0<&-; sleep 0.3); exit $PIPESTATUS"  # nobody reads
    done = subprocess.run(["bash", "-c", command], cwd=HERE.parents[1], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "")
