"""The one place where whatever an adapter or its library throws becomes a typed error."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from gateway.errors import AdapterFault, GatewayError, TimedOut

log = logging.getLogger("homeport.adapters")

Value = TypeVar("Value")


async def answered(call: Awaitable[Value], what: str, within: float | None) -> Value:
    """Return what an adapter's call returns; raise GatewayError and nothing else.

    `within` bounds it in seconds; `what` names it in the error and the log.
    """
    try:
        async with asyncio.timeout(within):
            return await call
    except GatewayError:
        raise
    except TimeoutError:
        limit = "" if within is None else f" within {within:g} s"
        raise TimedOut(f"{what} gave no answer{limit}") from None
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        # nobody cancelled us: the library gave up on something of its own
        raise AdapterFault(f"{what} was broken off") from None
    except Exception as error:  # makers' libraries raise anything; here it ends
        log.warning("%s failed: %s: %s", what, type(error).__name__, error, exc_info=True)
        raise AdapterFault(f"{what} failed: {type(error).__name__}") from error


def at_once(call: Callable[[], Value], what: str, otherwise: Value) -> Value:
    """Return what an adapter answers without waiting, `otherwise` where it raises anything."""
    try:
        return call()
    except Exception as error:  # as above: one adapter's fault must not reach another
        log.warning("%s failed: %s: %s", what, type(error).__name__, error)
        return otherwise
