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
    holder = chosen.state.holder()
    if holder is None or holder.url is None:
        raise not_running(chosen.state)
    return asyncio.run(_within(holder.url, chosen.state.owner_token(), work))


async def _within(url: str, token: str, work: Callable[[RemoteSession], Awaitable[Value]]) -> Value:
    async with RemoteSession(url, token) as session:
        return await work(session)
