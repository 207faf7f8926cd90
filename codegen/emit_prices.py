"""Published prices → `api/prices.py`."""

from __future__ import annotations

from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Any

from codegen.catalogue import Catalogue, Operation
from codegen.emit_index import MARK

MICRO = 1_000_000  # prices are kept in millionths of a dollar, so that sums are exact


def prices(catalogue: Catalogue) -> str:
    """The table.

    Raises:
        SystemExit: A row is of no operation, or an operation that writes has no row.
    """
    table = catalogue.prices
    known = {f"{each.group}.{each.name}": each for each in catalogue.operations}
    requests = {name: each["price"] for each in table["request"] for name in each["operations"]}
    check(table, requests, known)
    amounts = {**table["resources"], **requests, **table["events"], "owned": table["owned"]["price"]}
    lines = [MARK + PRICES, "PRICES = Prices(", f'    source="{table["source"]}",', f'    date="{table["date"]}",']
    lines += ["    amounts={", *(f'        "{name}": {micros(price):_},' for name, price in amounts.items()), "    },"]
    lines += [f"    models={table['models']!r},", f"    returns={table['returns']!r},"]
    lines += [
        "    owned=frozenset({",
        *(f'        "{name}",' for name in sorted(table["owned"]["operations"])),
        "    }),",
    ]
    lines += ["    expansions={", *(f'        "{name}": {brings!r},' for name, brings in table["expansions"].items())]
    lines += ["    },", f"    results={results(known)!r},", f"    includes={table['includes']},", ")"]
    lines += ['"""What X publishes; `PRICES.replace(...)` makes another one."""']
    return "\n".join(lines).replace("'", '"') + "\n"


def check(table: dict[str, Any], requests: dict[str, Decimal], known: dict[str, Operation]) -> None:
    named = {*requests, *table["returns"], *table["owned"]["operations"]}
    if stray := sorted(name for name in named if name.partition(":")[0] not in known):
        raise SystemExit(f"prices.toml has prices of what is no operation: {', '.join(stray)}")
    free = table["free"]["writes"]
    unplaced = [
        name
        for name, each in known.items()
        if each.method != "GET" and name not in requests and not any(fnmatchcase(name, pattern) for pattern in free)
    ]
    if unplaced:
        raise SystemExit(f"prices.toml says neither what these cost nor that they are free: {', '.join(unplaced)}")


def micros(price: Decimal | int) -> int:
    return int(Decimal(price) * MICRO)


def results(known: dict[str, Operation]) -> dict[str, int]:
    """How many results a page has if `max_results` is left out, where X says so."""
    found = {
        name: param.default for name, each in known.items() for param in each.params if param.name == "max_results"
    }
    return {name: default for name, default in found.items() if isinstance(default, int)}


PRICES = '''"""What X charges, as it publishes it, in millionths of a US dollar."""

from __future__ import annotations

from xdk_async._core.price import Prices

'''
