"""The tables: `api/operations.py` and `api/fields.py`."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import cast

from codegen.catalogue import Catalogue, Operation
from codegen.emit_index import MARK
from codegen.parameter import Param
from codegen.shapes import camel, is_table

AUTH = {"app": "APP", "oauth2": "OAUTH2", "oauth1": "OAUTH1"}
SHORT: dict[tuple[str, ...], str] = {("APP", "OAUTH1", "OAUTH2"): "ANY", ("OAUTH1", "OAUTH2"): "USER", (): "NONE"}


def operations(catalogue: Catalogue) -> str:
    constants = Constants()
    lines = [MARK + OPERATIONS]
    table: list[str] = []
    for each in catalogue.operations:
        table += operation(each, constants)
    lines += constants.lines
    lines += ["", *table, "", "OPERATIONS: dict[str, Operation[Any]] = {each.name: each for each in ("]
    lines += [f"    {each.constant}," for each in catalogue.operations]
    lines += [")}", '"""Every operation by its name, `group.method`."""']
    return "\n".join(lines) + "\n"


class Constants:
    """Names for parameters that operations share, in the order they are met."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.names: dict[str, str] = {}

    def name(self, param: Param) -> str:
        text = construct(param)
        if text not in self.names:
            name = self.fresh(param)
            self.names[text] = name
            self.lines.append(f"{name} = {text}")
        return self.names[text]

    def fresh(self, param: Param) -> str:
        base = param.name.upper()
        parts = ["ANY_OF" if param.many and param.choices else "", "IN_PATH" if param.where == "path" else ""]
        parts += ["REQUIRED" if param.required and param.where != "path" else ""]
        parts += ["_".join(str(each) for each in (param.low, param.high) if each is not None)]
        name = "_".join([base, *(part for part in parts if part)])
        taken = set(self.names.values())
        return next(each for each in (name, *(f"{name}_{n}" for n in range(2, 99))) if each not in taken)


def construct(param: Param) -> str:
    values = {
        "wire": param.wire if param.wire != param.name else "",
        "kind": param.kind if param.kind != "str" else "",
        "many": param.many,
        "required": param.required,
        "choices": tuple(param.choices),
        "low": param.low,
        "high": param.high,
        "path": param.where == "path",
        "older": param.older,
        "elsewhere": param.elsewhere,
    }
    shown = [f"{key}={python(value)}" for key, value in values.items() if value or (value == 0 and value is not False)]
    return f"Param({', '.join([python(param.name), *shown])})"


def python(value: object) -> str:
    """A literal as Black writes it."""
    if isinstance(value, tuple):
        parts = [python(each) for each in cast("tuple[object, ...]", value)]
        return f"({parts[0]},)" if len(parts) == 1 else f"({', '.join(parts)})"
    if is_table(value):
        return "{" + ", ".join(f"{python(key)}: {python(each)}" for key, each in value.items()) + "}"
    return '"' + value + '"' if isinstance(value, str) else repr(value)


def operation(each: Operation, constants: Constants) -> list[str]:
    lazy = answer_types(each)[1]
    own = [constants.name(param) for param in each.params if not param.is_field]
    lines = [f"{each.constant} = Operation("]
    lines += [f'    "{each.group}.{each.name}", "{each.method}", "{each.path}",']
    lines += [f"    {lazy}, Auth.{auth(each)}, {python(' '.join(each.scopes))},"]
    lines += [f"    {tuple_of(own)}, {f'fields.{bundle_constant(each.bundle)}' if each.bundle else '()'},"]
    extra = {
        "exclusive": tuple(tuple(pair) for pair in each.exclusive),
        "body": each.body if each.body and each.body[0].isupper() else "dict" if each.body else "",
        "multipart": each.multipart,
        "streams": each.kind == "stream",
        "whole": each.answer == "Document",
    }
    shown = [f"{key}={python(value)}" for key, value in extra.items() if value]
    lines += [f"    {', '.join(shown)}," for _ in [0] if shown]
    return [*lines, ")"]


def auth(each: Operation) -> str:
    names = tuple(sorted(AUTH[scheme] for scheme in each.auth))
    return SHORT.get(names) or " | Auth.".join(names)


def tuple_of(names: list[str]) -> str:
    return "(" + ", ".join(names) + ("," if len(names) == 1 else "") + ")"


def bundle_constant(name: str) -> str:
    return re.sub(r"(?<!^)([A-Z])", r"_\1", name).upper()


def answer_types(each: Operation) -> tuple[str, str]:
    """What the method returns, and the type the table names lazily."""
    if each.answer == "bytes":
        return "bytes", "lambda: bytes"
    if each.answer == "Document":
        return "Response[dict[str, Any]]", "lambda: Response[dict[str, Any]]"
    outer, inner = each.answer.removesuffix("]").split("[", 1)
    inner = re.sub(r"[A-Z]\w+", lambda m: f"models.{m.group()}" if m.group() != "Any" else "Any", inner)
    shown = {"Page": f"Pages[{inner}]", "Streamed": f"Stream[{inner}]", "Response": f"Response[{inner}]"}[outer]
    return shown, f"lambda: {outer}[{inner}]"


def fields(catalogue: Catalogue) -> str:
    """The bundles: a TypedDict for the type checker and a tuple of parameters for us."""
    choices: dict[str, list[str]] = defaultdict(list)
    for name, params in catalogue.bundles.items():
        for param in params:
            alias = literal_name(name, param)
            choices[alias] = list(dict.fromkeys([*choices[alias], *param.choices, *param.older]))
    lines = [MARK + FIELDS]
    for alias, names in choices.items():
        lines += [f"{alias}: TypeAlias = Literal["] + [f'    "{each}",' for each in names] + ["]"]
        lines += [f'"""{catalogue.sentence("literals", alias)}"""', ""]
    for name, params in catalogue.bundles.items():
        lines += ["", f"class {name}(TypedDict, total=False):", f'    """{catalogue.sentence("bundles", name)}"""', ""]
        for param in params:
            alias = literal_name(name, param)
            lines += [f"    {param.name}: Sequence[{alias} | str] | str | None"]
            lines += [f'    """{catalogue.sentence("params", param.name)}"""']
        lines += ["", f"{bundle_constant(name)} = ("]
        lines += [f"    {construct(param)}," for param in params] + [")", ""]
    return "\n".join(lines)


def literal_name(bundle: str, param: Param) -> str:
    if param.name == "expansions":
        return bundle.removesuffix("Fields") + "Expansion"
    return camel(param.name.removesuffix("_fields").title()) + "Field"


OPERATIONS = '''"""The whole API as one table: client, sandbox, docs and tests all read it."""

from __future__ import annotations

from typing import Any

from xdk_async._core.answer import Page, Response, Streamed
from xdk_async._core.operation import Auth, Operation, Param
from xdk_async.api import fields, models
'''

FIELDS = '''"""What many endpoints share: the parameters that choose what an answer holds.

A list, a tuple or an already comma-joined string. Names are checked before anything is sent, since X ignores (and, it is
reported, bills) what it does not know; `with_options(validate=False)` lets any name through.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias, TypedDict

from xdk_async._core.operation import Param
'''
