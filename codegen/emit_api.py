"""Operations → `api/operations.py`, `api/fields.py` and a module for each group."""

from __future__ import annotations

import re
import textwrap
from collections import defaultdict
from itertools import groupby
from typing import Any, cast

from codegen.catalogue import Catalogue, Operation, Param
from codegen.emit_models import MARK, liked
from codegen.shapes import camel, is_table

AUTH = {"app": "APP", "oauth2": "OAUTH2", "oauth1": "OAUTH1"}
SHORT: dict[tuple[str, ...], str] = {("APP", "OAUTH1", "OAUTH2"): "ANY", ("OAUTH1", "OAUTH2"): "USER", (): "NONE"}
SPOKEN = {"app": "app", "oauth1": "OAuth 1.0a user", "oauth2": "OAuth 2.0 user"}
PARTITION = "partition"  # X requires it; `partitions=` stands in for it
PARTITIONS = 'Literal["all"] | Iterable[int]'
INDENT = " " * 8
WIDTH = 120
HANGING: Any = {"initial_indent": INDENT + "    ", "subsequent_indent": INDENT + "        ", "break_on_hyphens": False}


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


def groups(catalogue: Catalogue) -> dict[str, str]:
    """File name → text of each group."""
    return {
        f"{name}.py": group(name, list(each), catalogue)
        for name, each in groupby(catalogue.operations, lambda op: op.group)
    }


def group(name: str, operations: list[Operation], catalogue: Catalogue) -> str:
    body = "\n".join(line for each in operations for line in method(each, catalogue))
    lines = [MARK + f'"""The group `client.{name}`."""', "", "from __future__ import annotations", ""]
    abstract = [each for each in ("Iterable", "Sequence") if f"{each}[" in body]
    if abstract:
        lines.append(f"from collections.abc import {', '.join(abstract)}")
    if "datetime" in body:
        lines.append("from datetime import datetime")
    typing = [each for each in ("Any", "Literal", "Unpack") if re.search(rf"\b{each}\b", body)]
    if typing:
        lines.append(f"from typing import {', '.join(typing)}")
    lines.append("")
    if "Response[" in body:
        lines.append("from xdk_async._core.answer import Response")
    if "Pages[" in body:
        lines.append("from xdk_async._core.pages import Pages")
    lines.append("from xdk_async._core.resource import Resource")
    if "Stream[" in body:
        lines.append("from xdk_async._core.stream import Stream, StreamConfig")
    modules = [each for each in ("fields", "models") if f"{each}." in body]
    if modules:
        lines.append(f"from xdk_async.api import {', '.join(modules)}")
    lines.append("from xdk_async.api import operations as op")
    title = catalogue.sentence("groups", name)
    lines += ["", "", f"class {camel(name)}Client(Resource):", f'    """{title}"""', "", "    __slots__ = ()", ""]
    return "\n".join(lines) + "\n" + body


def access(catalogue: Catalogue) -> str:
    """`client.posts` and the other groups, as properties."""
    lines = [MARK + GROUPS]
    for name in dict.fromkeys(each.group for each in catalogue.operations):
        made = f"groups.{camel(name)}Client"
        lines += ["", "    @property", f"    def {name}(self) -> {made}:"]
        lines += [f'{INDENT}"""{catalogue.sentence("groups", name)}"""', f"{INDENT}return {made}(self._sender)"]
    return "\n".join(lines) + "\n"


def method(each: Operation, catalogue: Catalogue) -> list[str]:
    returns, _ = answer_types(each)
    prefix = "async def" if each.kind == "call" else "def"
    lines = [f"    {prefix} {each.name}(", f"{INDENT}self,", *signature(each, catalogue), f"    ) -> {returns}:"]
    lines += docstring(each, catalogue)
    verb = {"call": "return await self._send", "pages": "return self._pages", "stream": "return self._stream"}[
        each.kind
    ]
    arguments = [f"op.{each.constant}"]
    if each.body:
        plain = ", ".join(f'"{path}": {keyword}' for keyword, path in each.keywords.items())
        arguments.append(f"self._body(op.{each.constant}, body, {{{plain}}})" if each.keywords else "body")
    if each.kind == "stream":
        arguments += ["stream_config", "redundant=redundant"]
        arguments += ["partitions=partitions" for _ in [0] if is_partitioned(each)]
    arguments += [f"{name}={name}" for name in own_names(each)]
    if each.bundle:
        arguments.append("**fields")
    call = f"{INDENT}{verb}({', '.join(arguments)})"
    return [*lines, *([call] if len(call) <= WIDTH else wrapped_call(verb, arguments)), ""]


def wrapped_call(verb: str, arguments: list[str]) -> list[str]:
    inner = INDENT + "    "
    lines = textwrap.wrap(", ".join(arguments), WIDTH - len(inner), break_long_words=False, break_on_hyphens=False)
    return [f"{INDENT}{verb}(", *(inner + line for line in lines), f"{INDENT})"]


def own_names(each: Operation) -> list[str]:
    rest = [param.name for param in each.params if not param.is_field and param.name not in each.positional]
    return [*each.positional, *rest]


def signature(each: Operation, catalogue: Catalogue) -> list[str]:
    params = {param.name: param for param in each.params}
    must = [name for name in each.positional if params[name].required and name != PARTITION]
    lines = [f"{INDENT}{argument(params[name])}," for name in must]
    optional = [name for name in each.positional if name not in must]
    if each.body:
        types = body_type(each)
        lines.append(f"{INDENT}body: {types} | None = None," if each.keywords else f"{INDENT}body: {types},")
    lines += [f"{INDENT}{argument(params[name])}," for name in optional]
    rest = [name for name in own_names(each) if name not in each.positional]
    if rest or each.keywords or each.kind == "stream":
        lines.append(f"{INDENT}*,")
    lines += [f"{INDENT}{argument(params[name])}," for name in rest]
    lines += [
        f"{INDENT}{keyword}: {keyword_type(each, path, catalogue)} | None = None,"
        for keyword, path in each.keywords.items()
    ]
    if each.kind == "stream":
        lines += [f"{INDENT}partitions: {PARTITIONS} | None = None," for _ in [0] if is_partitioned(each)]
        lines += [f"{INDENT}redundant: int = 1,", f"{INDENT}stream_config: StreamConfig | None = None,"]
    if each.bundle:
        lines.append(f"{INDENT}**fields: Unpack[fields.{each.bundle}],")
    return lines


def is_partitioned(each: Operation) -> bool:
    return each.kind == "stream" and any(param.name == PARTITION for param in each.params)


def argument(param: Param) -> str:
    text = f"{param.name}: {param_type(param)}"
    return text if param.required and param.name != PARTITION else f"{text} | None = None"


def param_type(param: Param) -> str:
    plain = {"int": "int", "bool": "bool", "datetime": "datetime | str"}.get(param.kind, "str")
    if param.choices:
        plain = f"Literal[{', '.join(python(each) for each in param.choices)}] | str"
    elif param.digits:
        plain = "str | int"
    return f"Sequence[{plain}] | str" if param.many else plain


def body_type(each: Operation) -> str:
    body = str(each.body)
    if not body[0].isupper():
        return body
    return f"models.{body} | models.{body}Dict"


def keyword_type(each: Operation, path: str, catalogue: Catalogue) -> str:
    struct = str(each.body)
    *way, last = path.split(".")
    for step in way:
        struct = catalogue.shapes[struct].fields[step].annotation
    annotation = catalogue.shapes[struct].fields[last].annotation
    annotation = re.sub(r"Annotated\[int, Meta\([^)]*\)\]", "int", annotation)
    annotation = re.sub(r"\b[A-Z]\w+", lambda m: qualified(m.group(), catalogue), annotation)
    return f"{annotation} | int" if last.endswith("_id") else annotation


def qualified(name: str, catalogue: Catalogue) -> str:
    return f"models.{liked(name, catalogue)}" if name in catalogue.shapes else name


def docstring(each: Operation, catalogue: Catalogue) -> list[str]:
    who = " or ".join(SPOKEN[scheme] for scheme in sorted(each.auth)) or "no credential"
    who = who.replace("OAuth 1.0a user or OAuth 2.0 user", "user")
    facts = " · ".join(part for part in (f"{each.method} {each.path}", who, " ".join(each.scopes)) if part)
    sentence = catalogue.sentence("operations", f"{each.group}.{each.name}")
    lines = [f'{INDENT}"""{sentence}', "", f"{INDENT}{facts}"]
    params = {param.name: param for param in each.params}
    entries = [f"{name}: {described(each, params[name], catalogue)}" for name in own_names(each)]
    if each.body:
        entries.insert(len(each.positional), f"body: {catalogue.argument(each, 'body')}")
    entries += [f"{keyword}: {keyword_sentence(each, path, catalogue)}" for keyword, path in each.keywords.items()]
    if each.kind == "stream":
        names = ["partitions"] if is_partitioned(each) else []
        entries += [f"{name}: {catalogue.argument(each, name)}" for name in (*names, "redundant", "stream_config")]
    if each.bundle:
        entries.append(f"**fields: What the answer holds, see `fields.{each.bundle}`.")
    if entries:
        lines += ["", f"{INDENT}Args:"]
        lines += [line for entry in entries for line in textwrap.wrap(entry, WIDTH, **HANGING)]
    return [*lines, f'{INDENT}"""']


def described(each: Operation, param: Param, catalogue: Catalogue) -> str:
    sentence = catalogue.argument(each, param.name)
    unit = "entries" if param.many else ""
    if param.low is not None and param.high is not None:
        sentence += f" {param.low} to {param.high}{' ' + unit if unit else ''}."
    elif param.high is not None:
        sentence += f" At most {param.high}{' ' + unit if unit else ''}."
    return f"{sentence} X's default: {str(param.default).lower()}." if param.default is not None else sentence


def keyword_sentence(each: Operation, path: str, catalogue: Catalogue) -> str:
    struct = str(each.body)
    *way, last = path.split(".")
    for step in way:
        struct = catalogue.shapes[struct].fields[step].annotation
    return f"{catalogue.attribute(struct, last)} Same as `{path}` of the body."


GROUPS = '''"""The groups of a client."""

from __future__ import annotations

from xdk_async import groups
from xdk_async._core.sender import Sender


class Groups:
    """What a client has a property for."""

    _sender: Sender'''

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
