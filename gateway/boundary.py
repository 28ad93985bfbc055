"""The one place where whatever an adapter or its library throws becomes a typed error."""

import asyncio
import logging
from collections.abc import Awaitable
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
        raise TimedOut(f"{what} gave no answer within {within or 0:g} s") from None
    except Exception as error:  # makers' libraries raise anything; here it ends
        log.warning("%s failed: %s: %s", what, type(error).__name__, error, exc_info=True)
        raise AdapterFault(f"{what} failed: {type(error).__name__}") from error
