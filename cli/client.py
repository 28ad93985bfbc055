"""How commands reach the homeport that serves: as the owner, over HTTP on this machine."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from cli.options import Chosen
from cli.remote import RemoteSession
from cli.state import not_running

Value = TypeVar("Value")


def as_owner(chosen: Chosen, work: Callable[[RemoteSession], Awaitable[Value]]) -> Value:
    """Run `work` in the owner's session; raise CannotStart where homeport is not running."""
    return asyncio.run(_within(*found(chosen), work))


def found(chosen: Chosen) -> tuple[str, str]:
    """Return where homeport serves and the owner's token; raise CannotStart where it does not."""
    holder = chosen.state.holder()
    if holder is None or holder.url is None:
        raise not_running(chosen.state)
    return holder.url, chosen.state.owner_token()


async def _within(url: str, token: str, work: Callable[[RemoteSession], Awaitable[Value]]) -> Value:
    async with RemoteSession(url, token) as session:
        return await work(session)
