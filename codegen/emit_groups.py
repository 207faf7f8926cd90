"""A module for each group, and `api/groups.py`, which gives a client its groups."""

from __future__ import annotations

import re
from itertools import groupby

from codegen.catalogue import Catalogue, Operation
from codegen.emit_index import MARK
from codegen.emit_method import INDENT, alias_method, method
from codegen.emit_table import python
from codegen.shapes import camel


def groups(catalogue: Catalogue) -> dict[str, str]:
    """File name → text of each group."""
    return {
        f"{name}.py": group(name, list(each), catalogue)
        for name, each in groupby(catalogue.operations, lambda op: op.group)
    }


def group(name: str, operations: list[Operation], catalogue: Catalogue) -> str:
    methods = {each.name: method(each, catalogue) for each in operations}
    methods |= {each.name: alias_method(each, catalogue) for each in catalogue.aliases_of if each.group == name}
    body = "\n".join(line for _, lines in sorted(methods.items()) for line in lines)
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


def instead(catalogue: Catalogue) -> str:
    """What to call in place of what is not there."""
    lines = [MARK + INSTEAD, "INSTEAD: dict[str, tuple[str, str]] = {"]
    for place, row in sorted(catalogue.names["instead"].items()):
        lines.append(f"    {python(place)}: ({python(row['use'])}, {python(row.get('why', ''))}),")
    lines += [
        "}",
        '"""`group.method` of X\'s documentation → the call to make instead, and why if that is another call."""',
        "TWEEPY = {",
        *(f"    {python(name)}: {python(use)}," for name, use in sorted(catalogue.names["tweepy"].items())),
        "}",
        '"""Method of tweepy\'s clients → the call to make instead."""',
    ]
    return "\n".join(lines) + "\n"


GROUPS = '''"""The groups of a client."""

from __future__ import annotations

from xdk_async import groups
from xdk_async._core.sender import Sender


class Groups:
    """What a client has a property for."""

    _sender: Sender'''

INSTEAD = '''"""Names that X's documentation, or tweepy, has for what is called otherwise here. Loaded when one is not found."""

from __future__ import annotations
'''
