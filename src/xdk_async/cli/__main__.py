"""`python -m xdk_async.cli`: the command."""

from __future__ import annotations

import sys

from xdk_async.cli import main

sys.exit(main())
