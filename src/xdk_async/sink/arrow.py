"""Rows as an Arrow table, which Parquet files are made of and DuckDB reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from xdk_async.sink.column import Table, as_json, as_json_or_text
from xdk_async.sink.shape import Leaf, Many, Node, Object
from xdk_async.sink.target import needed


class Arrow:
    """Makes tables of one kind of items.

    Args:
        table: their columns.
        extra: the extra that is to be installed if pyarrow is not there.
        what: what needs it.
    """

    def __init__(self, table: Table, extra: str, what: str) -> None:
        self.pa: Any = needed("pyarrow", extra, what)
        self._table = table
        self.schema: Any = self.pa.schema([(column.name, self._type(column.node)) for column in table.columns])
        self._forms = [form_of(column.node) for column in table.columns]

    def _type(self, node: Node) -> Any:
        pa = self.pa
        if isinstance(node, Many):
            return pa.list_(self._type(node.of))
        if isinstance(node, Object):  # Parquet has no objects without members
            members = [(name, self._type(each)) for name, each in node.members.items()]
            return pa.struct(members) if members else pa.string()
        kinds = {"int": pa.int64(), "float": pa.float64(), "bool": pa.bool_(), "time": pa.timestamp("us", tz="UTC")}
        return kinds.get(node.kind, pa.string())

    def wider(self, field: Any) -> Any:
        """A column that is there, with members of objects that it lacks; None if there are none, or it is another."""
        number = self.schema.get_field_index(field.name)
        if number < 0 or not self.pa.types.is_nested(self.schema.field(number).type):
            return None
        try:
            found = self.pa.unify_schemas(
                [self.pa.schema([each]) for each in (field, self.schema.field(number))]
            ).field(0)
        except self.pa.ArrowException:
            return None
        return None if found.type.equals(field.type) else found

    def _column(self, values: list[Any], form: Callable[[Any], Any] | None) -> list[Any]:
        return values if form is None else [None if each is None else form(each) for each in values]

    def of(self, plain: Sequence[dict[str, Any]]) -> Any:
        """A table of objects; what does not fit is in its last column."""
        rows = [self._table.row(each) for each in plain]
        columns = [
            self.pa.array(self._column([row[number] for row in rows], form), type=self.schema.field(number).type)
            for number, form in enumerate(self._forms)
        ]
        return self.pa.Table.from_arrays(columns, schema=self.schema)


def form_of(node: Node) -> Callable[[Any], Any] | None:
    """How a value becomes what Arrow takes; None if it is that already. What may be anything is JSON."""
    if isinstance(node, Leaf):
        return as_json_or_text if node.kind == "json" else None
    if isinstance(node, Many):
        inner = form_of(node.of)
        return None if inner is None else lambda value: [None if each is None else inner(each) for each in value]
    if not node.members:
        return as_json
    forms = {name: form for name, each in node.members.items() if (form := form_of(each))}

    def formed(value: dict[str, Any]) -> dict[str, Any]:
        return {name: forms[name](each) if name in forms and each is not None else each for name, each in value.items()}

    return formed if forms else None
