"""Work that goes on by itself; what ends it is logged, as nobody waits for it."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any


def begin(work: Coroutine[Any, Any, None], name: str, log: logging.Logger) -> asyncio.Task[None]:
    """Start `work`; should it fail, say so under its name."""

    def notice(task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception() is not None:
            log.error("%s has failed", name, exc_info=task.exception())

    task = asyncio.create_task(work, name=f"homeport-{name}")
    task.add_done_callback(notice)
    return task
