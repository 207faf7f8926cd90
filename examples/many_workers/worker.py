"""One worker, as `taskiq worker` starts them: it takes tasks from the queue until it is killed."""

from __future__ import annotations

import asyncio

from taskiq.api import run_receiver_task
from tasks import broker

if __name__ == "__main__":
    asyncio.run(run_receiver_task(broker, run_startup=True))
