"""One message by several ways at once, tried again where that may help."""

import asyncio
from collections.abc import Sequence

from gateway.messages import Address, Became, ChannelFailed, Channels, Message

ATTEMPT = 8.0
RETRY_AFTER = (1.0, 4.0)
"""Seconds before the second and the third attempt: with ATTEMPT, three fit into 30 s."""


async def deliver(
    channels: Channels, addresses: Sequence[Address], message: Message
) -> tuple[Became, ...]:
    """Return what became of a message on every channel: one that fails hides no other."""
    ways = [_attempts(channels, address, message) for address in addresses]
    found = await asyncio.gather(*ways, return_exceptions=True)
    return tuple(_became(address, result) for address, result in zip(addresses, found, strict=True))


async def _attempts(channels: Channels, address: Address, message: Message) -> str | None:
    for pause in RETRY_AFTER:
        try:
            return await _attempt(channels, address, message)
        except ChannelFailed as error:
            if not error.transient:
                raise
        await asyncio.sleep(pause)
    return await _attempt(channels, address, message)


async def _attempt(channels: Channels, address: Address, message: Message) -> str | None:
    try:
        async with asyncio.timeout(ATTEMPT):
            return await channels.send(address, message)
    except TimeoutError:
        raise ChannelFailed(f"no answer within {ATTEMPT:g} s", transient=True) from None


def _became(address: Address, result: str | BaseException | None) -> Became:
    if isinstance(result, ChannelFailed):
        return Became(address.kind, "failed", result.detail)
    if isinstance(result, BaseException):
        return Became(address.kind, "failed", f"it broke: {type(result).__name__}")
    return Became(address.kind, "sent", result)
