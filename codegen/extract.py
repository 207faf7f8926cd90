"""OpenAPI files → `catalogue/facts.json`: names, paths, types, enums, bounds, auth schemes, scopes. No prose.

A type is written in as few words as it has facts:

* `"str"`, `"int"`, `"float"`, `"bool"`, `"datetime"`, `"bytes"`, `"any"`; `"@Post"` refers to a schema
* `{"list": type}`, `{"object": {name: type}, "required": [name]}`, `{"one": [type]}` for a union
* bounds, patterns and enums stand beside: `{"int": {"min": 10, "max": 100}}`, `{"str": {"enum": ["a", "b"]}}`
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

JSON = dict[str, Any]
BOUNDS = {
    "minimum": "min", "maximum": "max", "minLength": "min", "maxLength": "max", "minItems": "min", "maxItems": "max",
    "pattern": "pattern", "enum": "enum", "default": "default",
}  # fmt: skip
SCALARS = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}
FORMATS = {"date-time": "datetime", "binary": "bytes", "byte": "bytes"}
METHODS = ("get", "put", "post", "delete", "patch", "head", "options")
SCHEMES = {"BearerToken": "app", "OAuth2UserToken": "oauth2", "UserToken": "oauth1"}


def kind(schema: JSON) -> Any:
    """One schema in the notation above."""
    if "$ref" in schema:
        return "@" + schema["$ref"].rsplit("/", 1)[1]
    for union in ("oneOf", "anyOf"):
        if union in schema and "properties" not in schema:
            members = [kind(member) for member in schema[union]]
            return members[0] if all(member == members[0] for member in members) else {"one": members}
    if "allOf" in schema:
        return {"all": [kind(member) for member in schema["allOf"]]}
    if schema.get("type") == "array":
        return {"list": kind(schema.get("items", {})), **bounds(schema)}
    if schema.get("type") == "object" or "properties" in schema:
        properties = {name: kind(value) for name, value in schema.get("properties", {}).items()}
        required = [name for name in schema.get("required", []) if name in properties]
        return {"object": properties, **({"required": required} if required else {})}
    name = FORMATS.get(schema.get("format", ""), SCALARS.get(schema.get("type", ""), "any"))
    limits = bounds(schema)
    return {name: limits} if limits else name


def bounds(schema: JSON) -> JSON:
    return {short: schema[long] for long, short in BOUNDS.items() if long in schema and long != "default"} | (
        {"default": schema["default"]} if schema.get("default") not in (None, "") else {}
    )


def operations(spec: JSON) -> dict[str, JSON]:
    """Every operation of a specification by `METHOD path`, in the order of the paths."""
    found: dict[str, JSON] = {}
    for path, methods in sorted(spec["paths"].items()):
        for method, operation in methods.items():
            if method in METHODS:
                shared = methods.get("parameters", [])
                found[f"{method.upper()} {path}"] = one_operation(operation, shared)
    return found


def one_operation(operation: JSON, shared: list[JSON]) -> JSON:
    replies: dict[str, JSON] = operation["responses"]
    status, answer = next(((int(code), reply) for code, reply in replies.items() if code.isdecimal()), (200, JSON()))
    contents: dict[str, JSON] = answer.get("content", {})
    content = next(iter(contents.values()), JSON())
    security: list[tuple[str, list[str]]] = [pair for each in operation.get("security", []) for pair in each.items()]
    schemes = {SCHEMES.get(name, name): sorted(scopes) for name, scopes in security}
    facts: JSON = {
        "id": operation.get("operationId", ""),
        "tag": next(iter(operation.get("tags", [])), ""),
        "auth": sorted(schemes),
        "scopes": schemes.get("oauth2", []),
        "params": [parameter(each) for each in (*shared, *operation.get("parameters", []))],
        "status": status,
        "answer": kind(content.get("schema", {})),
    }
    if "requestBody" in operation:
        types = operation["requestBody"]["content"]
        facts["body"] = kind(next(iter(types.values()))["schema"])
        facts["multipart"] = "multipart/form-data" in types
    if exclusive := re.findall(r"At most one of `(\w+)`, `(\w+)` may", operation.get("description", "")):
        facts["exclusive"] = [[*pair] for pair in exclusive]
    if operation.get("x-twitter-streaming"):
        facts["stream"] = True
    return facts


def parameter(schema: JSON) -> Any:
    if "$ref" in schema:
        return "@" + schema["$ref"].rsplit("/", 1)[1]
    facts = {"name": schema["name"], "type": kind(schema["schema"])}
    if schema["in"] == "path":
        facts["in"] = "path"
    if schema.get("required"):
        facts["required"] = True
    return facts


def one_version(spec: JSON) -> JSON:
    components = spec.get("components", {})
    return {
        "operations": operations(spec),
        "parameters": {name: parameter(value) for name, value in sorted(components.get("parameters", {}).items())},
        "schemas": {name: kind(value) for name, value in sorted(components.get("schemas", {}).items())},
    }


def extract(specs: dict[str, Path], official: Path, target: Path) -> None:
    """Write the facts of each version, and the official SDK's names, to `target`: one fact a line, so that diffs read."""
    facts: JSON = {name: one_version(json.loads(path.read_text())) for name, path in specs.items()}
    methods = json.loads(official.read_text())
    facts["official"] = {
        "methods": {
            f"{method['method']} {method['path']}": [group, name, method["kind"], method["params"]]
            for group in methods
            for name, method in methods[group].items()
        }
    }
    target.write_text(one_fact_a_line(facts))


def one_fact_a_line(facts: JSON) -> str:
    sections: list[str] = []
    for version, parts in facts.items():
        for part, entries in parts.items():
            lines = [f"{json.dumps(name)}: {json.dumps(entry, ensure_ascii=False)}" for name, entry in entries.items()]
            sections.append(f"{json.dumps(f'{version} {part}')}: {{\n" + ",\n".join(lines) + "\n}")
    return "{\n" + ",\n".join(sections) + "\n}\n"
