"""Shapes → `api/models/`: a module for each group, one for what groups share; their names through `emit_index`."""

from __future__ import annotations

import re
from collections import defaultdict

from codegen.catalogue import Catalogue
from codegen.emit_index import MARK, PACKAGE, alias_module, index
from codegen.shapes import Field, Shape

HEADER = '"""{title}"""\n\nfrom __future__ import annotations\n'
HIDDEN = {"OtherProblem"}


def models(catalogue: Catalogue) -> dict[str, str]:
    """File name → text, for `api/models/`."""
    places = {name: place(shape) for name, shape in catalogue.shapes.items() if name not in HIDDEN}
    gather(places, catalogue)
    files: dict[str, str] = {}
    for module in sorted(set(places.values())):
        names = sorted((name for name in places if places[name] == module), key=lambda name: (name != "Problem", name))
        shapes = [catalogue.shapes[name] for name in names]
        files[f"{module}.py"] = one_module(module, shapes, places, catalogue)
    files["aliases.py"] = alias_module(catalogue, places)
    files["index.py"] = index(catalogue, places)
    files["__init__.py"] = MARK + PACKAGE
    return files


def place(shape: Shape) -> str:
    return next(iter(shape.used_by)) if len(shape.used_by) == 1 else "common"


def gather(places: dict[str, str], catalogue: Catalogue) -> None:
    """What a shared struct refers to is shared as well."""
    waiting = ["MatchingRule", *(name for name, where in places.items() if where == "common")]
    while waiting:
        name = waiting.pop()
        places[name] = "common"
        for field in catalogue.shapes[name].fields.values():
            waiting += [each for each in words_in(field.annotation) if places.get(each, "common") != "common"]


def one_module(module: str, shapes: list[Shape], places: dict[str, str], catalogue: Catalogue) -> str:
    bodies = [text for shape in shapes for text in classes(shape, catalogue)]
    if module == "common":
        bodies += [problem_table(catalogue), ENVELOPE]
    text = "\n\n".join(bodies)
    title = "Structs that several groups share." if module == "common" else f"Structs of the group `{module}`."
    lines = [MARK + HEADER.format(title=title)]
    lines += imports(text)
    used = words_in(re.sub(r'"""[^"]*"""', "", text).replace("msgspec.Meta", ""))
    others: dict[str, list[str]] = defaultdict(list)
    for name, where in places.items():
        if where != module and name in used:
            others[where].append(name)
    base = [name for name in ("Model", "Request", "Time", "adopt") if name in used]
    lines.append(f"from xdk_async._core.model import {', '.join(base)}")
    lines += [
        f"from xdk_async.api.models.{where} import {', '.join(sorted(names))}"
        for where, names in sorted(others.items())
    ]
    return "\n".join(lines) + "\n\n\n" + text


def imports(text: str) -> list[str]:
    lines: list[str] = []
    if "Sequence[" in text:
        lines.append("from collections.abc import Sequence")
    if "datetime" in words_in(text):
        lines.append("from datetime import datetime")
    names = [
        name
        for name in (
            "TYPE_CHECKING",
            "Annotated",
            "Any",
            "Generic",
            "Literal",
            "Required",
            "TypeAlias",
            "TypedDict",
            "TypeVar",
        )
        if name in words_in(text)
    ]
    if names:
        lines.append(f"from typing import {', '.join(names)}")
    lines.append("")
    if "msgspec." in text:
        lines.append("import msgspec\n")
    return lines


def words_in(text: str) -> set[str]:
    return set(re.findall(r"[A-Za-z_]\w*", text))


def classes(shape: Shape, catalogue: Catalogue) -> list[str]:
    if shape.request:
        return [request(shape, catalogue), literal(shape, catalogue), either(shape)]
    return [answer(shape, catalogue)]


def answer(shape: Shape, catalogue: Catalogue) -> str:
    base = "Problem" if shape.name.endswith("Problem") and shape.name != "Problem" else "Model"
    sentence = catalogue.sentence("structs", shape.name)
    lines = [f"class {shape.name}({base}, frozen=True, kw_only=True):", f'    """{sentence}"""', ""]
    if base == "Problem":
        return "\n".join(lines)
    for name, field in shape.fields.items():
        annotation = "Time" if field.annotation == "datetime" else field.annotation
        lines += [f"    {name}: {annotation} | None = None", f'    """{catalogue.attribute(shape.name, name)}"""']
    lines += hidden(shape, catalogue)
    return "\n".join(lines) + "\n"


def hidden(shape: Shape, catalogue: Catalogue) -> list[str]:
    """The older spellings: decoded into fields nobody sees, moved to the newer ones, readable as properties."""
    legacy = {name: field for name, field in shape.fields.items() if field.legacy}
    values: dict[str, dict[str, str]] = {
        key.split(".")[1]: table for key, table in catalogue.names["values"].items() if key.split(".")[0] == shape.name
    }
    if not legacy and not values:
        return []
    lines = [
        f'    _{field.legacy}: {field.annotation} | None = msgspec.field(default=None, name="{field.legacy}")'
        for field in legacy.values()
    ]
    lines += ["", "    def __post_init__(self) -> None:"]
    for name, field in legacy.items():
        lines += [
            f"        if self._{field.legacy} is not None:",
            f'            adopt(self, "_{field.legacy}", "{name}")',
        ]
    for name, table in values.items():
        for old, new in table.items():
            lines += [
                f'        if self.{name} == "{old}":',
                f'            msgspec.structs.force_setattr(self, "{name}", "{new}")',
            ]
    for name, field in legacy.items():
        lines += [
            "",
            "    @property",
            f"    def {field.legacy}(self) -> {field.annotation} | None:",
            f'        """The older name of `{name}`."""',
            f"        return self.{name}",
        ]
    return lines


def request(shape: Shape, catalogue: Catalogue) -> str:
    lines = [
        f"class {shape.name}(Request, frozen=True, kw_only=True):",
        f'    """{catalogue.sentence("structs", shape.name)}"""',
        "",
    ]
    for name, field in sorted(shape.fields.items(), key=lambda item: not item[1].required):
        lines += [f"    {name}: {loose(field, catalogue)}{'' if field.required else ' | None = None'}"]
        lines += [f'    """{catalogue.attribute(shape.name, name)}"""']
    return "\n".join(lines) + "\n"


def literal(shape: Shape, catalogue: Catalogue) -> str:
    lines = [
        f"class {shape.name}Dict(TypedDict, total=False):",
        f'    """`{shape.name}` as a literal: a plain dictionary."""',
        "",
    ]
    for name, field in shape.fields.items():
        annotation = loose(field, catalogue).replace("msgspec.Meta", "Meta")
        annotation = re.sub(r"Annotated\[int, Meta\([^)]*\)\]", "int", annotation)
        lines += [f"    {name}: {f'Required[{annotation}]' if field.required else annotation}"]
        lines += [f'    """{catalogue.attribute(shape.name, name)}"""']
    return "\n".join(lines) + "\n"


def either(shape: Shape) -> str:
    """A type checker sees struct or literal; msgspec, which reads one of them at the most, sees the struct."""
    name = shape.name
    return (
        f"if TYPE_CHECKING:\n    {name}Like: TypeAlias = {name} | {name}Dict\n"
        f'    """The struct or a literal."""\nelse:\n    {name}Like = {name}\n'
    )


def loose(field: Field, catalogue: Catalogue) -> str:
    """The annotation with each nested request struct replaced by "struct or literal"."""
    return re.sub(r"[A-Z]\w+", lambda m: liked(m.group(), catalogue), field.annotation).replace(
        "Meta(", "msgspec.Meta("
    )


def liked(name: str, catalogue: Catalogue) -> str:
    shape = catalogue.shapes.get(name)
    return f"{name}Like" if shape and shape.request else name


def problem_table(catalogue: Catalogue) -> str:
    lines = [f'    "{segment}": {name},' for segment, name in sorted(catalogue.problems.items())]
    doc = '"""The last path segment of a problem\'s `type` → its class; hosts and versions before it vary."""'
    return "\n".join(["PROBLEMS: dict[str, type[Problem]] = {", *lines, "}", doc, ""])


ENVELOPE = '''T = TypeVar("T")


class Envelope(Model, Generic[T], frozen=True, kw_only=True):
    """What nearly every answer is wrapped in."""

    data: T | None = None
    """What was asked for."""
    includes: Expansions | None = None
    """Objects that the expansions brought."""
    meta: Meta | None = None
    """Counts and tokens of a page."""
    errors: list[Problem] | None = None
    """What could not be answered, beside what could."""
    matching_rules: list[MatchingRule] | None = None
    """The filtered stream's rules that a post matched."""
'''
