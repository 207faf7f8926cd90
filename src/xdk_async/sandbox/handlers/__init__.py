"""What each operation does. Every module of this package registers its functions when it is imported."""

from __future__ import annotations

import importlib
import pkgutil

from xdk_async.sandbox.ask import HANDLERS

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")

__all__ = ["HANDLERS"]
