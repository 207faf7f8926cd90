"""Published rate limits → `api/limits.py`."""

from __future__ import annotations

import re

from codegen.catalogue import Catalogue
from codegen.emit_index import MARK

UNITS = {"s": 1, "min": 60, "h": 3600}
ALLOWANCE = re.compile(r"([1-9]\d*)/(\d*)(s|min|h)")


def limits(catalogue: Catalogue) -> str:
    """The table, in the order of the operations.

    Raises:
        SystemExit: A row is of no operation, or is not written as `100/15min 1000/24h`.
    """
    known = {operation.key: operation for operation in catalogue.operations}
    table = catalogue.limits["limits"]
    if stray := sorted(set(table) - set(known)):
        raise SystemExit(f"limits.toml has limits of what is no operation: {', '.join(stray)}")
    lines = [MARK + LIMITS, f'SOURCE = "{catalogue.limits["source"]}"', f'DATE = "{catalogue.limits["date"]}"']
    lines += ["LIMITS: dict[str, Published] = {"]
    for key, operation in known.items():
        if key in table:
            parts = [
                f"{scope}={allowances(key, table[key][scope])}" for scope in ("app", "user") if scope in table[key]
            ]
            lines.append(f'    "{operation.group}.{operation.name}": Published({", ".join(parts)}),')
    lines += ["}", '"""What X publishes, by the name of the operation; one that is not here has no published limit."""']
    return "\n".join(lines) + "\n"


def allowances(key: str, text: str) -> str:
    found = [ALLOWANCE.fullmatch(each) for each in text.split()]
    if not all(found):
        raise SystemExit(f"limits.toml: {key}: {text!r} is not written as '100/15min 1000/24h'")
    made = [
        f"Allowance({each[1]}, {int(each[2] or 1) * UNITS[each[3]]})"
        for each in sorted((each for each in found if each), key=lambda each: int(each[2] or 1) * UNITS[each[3]])
    ]
    return f"({', '.join(made)}{',' if len(made) == 1 else ''})"


LIMITS = '''"""How many calls X allows, as it publishes it. Answers' headers know better, and come first."""

from __future__ import annotations

from xdk_async._core.limits import Allowance, Published
'''
