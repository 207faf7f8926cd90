"""The text of one method: signature, docstring, call."""

from __future__ import annotations

import re
import textwrap
from typing import Any

from codegen.catalogue import Alias, Catalogue, Operation
from codegen.emit_models import liked
from codegen.emit_table import answer_types, python
from codegen.parameter import Param

SPOKEN = {"app": "app", "oauth1": "OAuth 1.0a user", "oauth2": "OAuth 2.0 user"}
PARTITION = "partition"  # X requires it; `partitions=` stands in for it
PARTITIONS = 'Literal["all"] | Iterable[int]'
INDENT = " " * 8
WIDTH = 120
HANGING: Any = {"initial_indent": INDENT + "    ", "subsequent_indent": INDENT + "        ", "break_on_hyphens": False}


def method(each: Operation, catalogue: Catalogue) -> list[str]:
    """An operation under its own name."""
    return written(each, each.name, docstring(each, catalogue), catalogue)


def alias_method(alias: Alias, catalogue: Catalogue) -> list[str]:
    """The same under another name."""
    each = alias.operation
    note = f"Another name of `{each.group}.{each.name}`, from X's documentation."
    return written(each, alias.name, docstring(each, catalogue, note), catalogue)


def written(each: Operation, name: str, doc: list[str], catalogue: Catalogue) -> list[str]:
    returns, _ = answer_types(each)
    prefix = "async def" if each.kind == "call" else "def"
    lines = [f"    {prefix} {name}(", f"{INDENT}self,", *signature(each, catalogue), f"    ) -> {returns}:", *doc]
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
    keyword_of = {param.name: param.wire.replace(".", "_") for param in each.params}
    arguments += [f"{keyword_of[name]}={name}" for name in own_names(each)]
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


def docstring(each: Operation, catalogue: Catalogue, note: str = "") -> list[str]:
    who = " or ".join(SPOKEN[scheme] for scheme in sorted(each.auth)) or "no credential"
    who = who.replace("OAuth 1.0a user or OAuth 2.0 user", "user")
    facts = " · ".join(part for part in (f"{each.method} {each.path}", who, " ".join(each.scopes)) if part)
    sentence = catalogue.sentence("operations", f"{each.group}.{each.name}")
    for param in each.params:  # an alias may call them otherwise
        sentence = sentence.replace(f"`{param.wire}`", f"`{param.name}`")
    lines = [f'{INDENT}"""{sentence}', "", f"{INDENT}{facts}"]
    lines += ["", f"{INDENT}{note}"] if note else []
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
