"""`python -m xdk_async`: the command `xdk-async`."""

from __future__ import annotations

import sys

from xdk_async.cli import main

sys.exit(main())
