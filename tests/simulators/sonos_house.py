"""What the tests of the simulated Sonos household share: SoCo, asked with patience."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import pytest
import soco
from soco.core import soco_reset
from soco.data_structures_entry import from_didl_string
from soco.exceptions import SoCoUPnPException

ROOMS = {"Kitchen": "127.0.72.21", "Living Room": "127.0.72.22"}
LISTENER = "127.0.72.1"
PATIENCE = 10.0

Result = TypeVar("Result")


@contextmanager
def fresh_soco() -> Iterator[None]:
    """SoCo bounded, and without players, groups and parsed lists of another test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(soco.config, "REQUEST_TIMEOUT", 3.0)
        patch.setattr(soco.config, "EVENT_LISTENER_IP", LISTENER)
        yield
    soco_reset()
    soco.SoCo.zone_group_states.clear()
    from_didl_string.cache_clear()


async def ask(question: Callable[..., Result], *arguments: Any, **named: Any) -> Result:
    """What SoCo, which blocks, answers within our patience."""
    async with asyncio.timeout(PATIENCE):
        return await asyncio.to_thread(question, *arguments, **named)


async def read(player: soco.SoCo, name: str) -> Any:
    """A property, which SoCo asks the player for."""
    return await ask(getattr, player, name)


async def write(player: soco.SoCo, name: str, value: object) -> None:
    """Sets a property, which SoCo tells the player."""
    await ask(setattr, player, name, value)


async def refusal(question: Callable[..., object], *arguments: Any, **named: Any) -> str:
    """The UPnP error code with which the player refuses."""
    with pytest.raises(SoCoUPnPException) as caught:
        await ask(question, *arguments, **named)
    return str(caught.value.error_code)


async def favorite(player: soco.SoCo, title: str) -> Any:
    """The favourite of this title."""
    listed = await ask(player.music_library.get_sonos_favorites)
    return next(held for held in listed if held.title == title)


async def play_favorite(player: soco.SoCo, title: str) -> None:
    """Plays a favourite as a controller does: a station by its URI, the rest from the queue."""
    chosen = await favorite(player, title)
    uri = chosen.resources[0].uri
    if player.music_source_from_uri(uri) == "RADIO":
        await ask(player.play_uri, uri, chosen.resource_meta_data)
    else:
        number = await ask(player.add_to_queue, chosen.reference)
        await ask(player.play_from_queue, number - 1)


async def state_of(player: soco.SoCo) -> str:
    """The transport state that the player itself gives."""
    told = await ask(player.get_current_transport_info)
    return str(told["current_transport_state"])
