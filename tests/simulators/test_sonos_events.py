"""Events of the simulated Sonos household, as both of SoCo's event modules receive them."""

from __future__ import annotations

import asyncio
import atexit
import socket
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import soco
from aiohttp import ClientResponseError
from soco import events, events_asyncio

from simulators.sonos import Household

from .sonos_house import LISTENER, PATIENCE, ROOMS, ask, fresh_soco, play_favorite, read


@pytest.fixture(autouse=True)
def forgetful() -> Iterator[None]:
    with fresh_soco():
        yield


@pytest.fixture
async def house() -> AsyncIterator[Household]:
    async with Household(ROOMS) as household:
        yield household


@pytest.fixture
def kitchen(house: Household) -> soco.SoCo:
    return soco.SoCo(house["Kitchen"].address)


@pytest.fixture
def living(house: Household) -> soco.SoCo:
    return soco.SoCo(house["Living Room"].address)


def free_port() -> int:
    """SoCo tries port after port, and leaks a socket for each one that it finds taken."""
    with socket.socket() as probe:
        probe.bind((LISTENER, 0))
        return int(probe.getsockname()[1])


class Threads:
    """Subscriptions of `soco.events`, which blocks and receives in threads."""

    def __init__(self) -> None:
        events.event_listener.requested_port_number = free_port()
        self.held: list[Any] = []

    async def subscribe(self, service: Any, **asked: Any) -> Any:
        subscription = await ask(service.subscribe, **asked)
        self.held.append(subscription)
        return subscription

    async def next(self, subscription: Any) -> Any:
        return await ask(subscription.events.get, timeout=PATIENCE)

    async def cancel(self, subscription: Any) -> None:
        await ask(subscription.unsubscribe)

    async def close(self) -> None:
        for subscription in self.held:
            await ask(subscription.unsubscribe, strict=False)
            atexit.unregister(subscription.unsubscribe)
        await self.stop_listening()

    async def stop_listening(self) -> None:
        await ask(events.event_listener.stop)
        # SoCo ends the thread and leaves its socket open.
        await ask(events.event_listener._listener_thread.server.server_close)


class Asyncio:
    """Subscriptions of `soco.events_asyncio`, which receives in this loop."""

    def __init__(self) -> None:
        events_asyncio.event_listener.requested_port_number = free_port()
        self.told: dict[Any, asyncio.Queue[Any]] = {}

    async def subscribe(self, service: Any, **asked: Any) -> Any:
        # Without it SoCo asks the player for it from within the loop, and blocks.
        await read(service.soco, "household_id")
        subscription = events_asyncio.Subscription(service)
        self.told[subscription] = asyncio.Queue()
        subscription.callback = self.told[subscription].put_nowait
        await subscription.subscribe(**asked)
        return subscription

    async def next(self, subscription: Any) -> Any:
        async with asyncio.timeout(PATIENCE):
            return await self.told[subscription].get()

    async def cancel(self, subscription: Any) -> None:
        await subscription.unsubscribe()

    async def close(self) -> None:
        for subscription in self.told:
            await subscription.unsubscribe(strict=False)
        listener = events_asyncio.event_listener
        await listener.async_stop()
        # Stopping at once does not call off the stop that SoCo planned for later.
        if listener._stop_grace_task is not None:
            listener._stop_grace_task.cancel()


@pytest.fixture(params=[Threads, Asyncio])
async def listener(request: pytest.FixtureRequest, house: Household) -> AsyncIterator[Any]:
    chosen = request.param()
    yield chosen
    await chosen.close()


@pytest.fixture
async def loop_listener(house: Household) -> AsyncIterator[Asyncio]:
    chosen = Asyncio()
    yield chosen
    await chosen.close()


async def test_the_first_event_has_everything_and_further_ones_count_up(
    house: Household, kitchen: soco.SoCo, listener: Any
) -> None:
    subscription = await listener.subscribe(kitchen.renderingControl)
    first = await listener.next(subscription)
    assert (first.seq, first.volume["Master"], first.mute["Master"]) == ("0", "20", "0")
    await house["Kitchen"].turn_volume(44)
    await house["Kitchen"].set_mute(True)
    second, third = await listener.next(subscription), await listener.next(subscription)
    assert (second.seq, second.volume["Master"], second.mute["Master"]) == ("1", "44", "0")
    assert (third.seq, third.mute["Master"]) == ("2", "1")


async def test_music_is_told_from_transition_to_track(
    house: Household, kitchen: soco.SoCo, listener: Any
) -> None:
    subscription = await listener.subscribe(kitchen.avTransport)
    assert (await listener.next(subscription)).transport_state == "STOPPED"
    await play_favorite(kitchen, "Harbour Songs")
    told = [await listener.next(subscription) for _ in range(5)]
    assert [event.transport_state for event in told[-2:]] == ["TRANSITIONING", "PLAYING"]
    assert told[-1].current_track_meta_data.title == "Low Water"
    assert told[-1].current_track_uri == house["Kitchen"].queue[0].uri
    await house["Kitchen"].press_play_pause()
    assert (await listener.next(subscription)).transport_state == "PAUSED_PLAYBACK"


async def test_every_player_tells_of_a_new_group(
    house: Household, kitchen: soco.SoCo, living: soco.SoCo, listener: Any
) -> None:
    subscription = await listener.subscribe(kitchen.zoneGroupTopology)
    apart = await listener.next(subscription)
    assert apart.zone_player_uui_ds_in_group == house["Kitchen"].uid
    await ask(living.join, kitchen)
    together = await listener.next(subscription)
    assert len(together.zone_player_uui_ds_in_group.split(",")) == 2
    assert len((await read(kitchen, "group")).members) == 2


async def test_a_member_does_not_tell_that_its_group_pauses(
    house: Household, kitchen: soco.SoCo, living: soco.SoCo, listener: Any
) -> None:
    await play_favorite(kitchen, "Harbour Songs")
    subscription = await listener.subscribe(living.avTransport)
    await listener.next(subscription)
    await ask(living.join, kitchen)
    joined = await listener.next(subscription)
    assert joined.av_transport_uri == f"x-rincon:{house['Kitchen'].uid}"
    await ask(kitchen.pause)
    await ask(living.unjoin)
    left = await listener.next(subscription)
    assert (joined.transport_state, left.transport_state) == ("PLAYING", "STOPPED")


async def test_no_event_follows_the_end_of_a_subscription(
    house: Household, kitchen: soco.SoCo, listener: Any
) -> None:
    ended = await listener.subscribe(kitchen.renderingControl)
    kept = await listener.subscribe(kitchen.renderingControl)
    await listener.next(ended)
    await listener.next(kept)
    await listener.cancel(ended)
    assert house["Kitchen"].subscribers == 1
    await house["Kitchen"].turn_volume(50)
    assert (await listener.next(kept)).volume["Master"] == "50"


async def test_a_subscription_lasts_as_long_as_asked(
    house: Household, kitchen: soco.SoCo, loop_listener: Asyncio
) -> None:
    subscription = await loop_listener.subscribe(kitchen.renderingControl, requested_timeout=1)
    assert subscription.timeout == 1
    await subscription.renew(requested_timeout=600)
    assert 590 < subscription.time_left <= 600
    await subscription.renew(requested_timeout=0)
    assert house["Kitchen"].subscribers == 0


async def test_an_unplugged_player_has_forgotten_its_subscribers(
    house: Household, kitchen: soco.SoCo, loop_listener: Asyncio
) -> None:
    subscription = await loop_listener.subscribe(kitchen.renderingControl)
    await house["Kitchen"].unplug()
    await house["Kitchen"].plug_in()
    with pytest.raises(ClientResponseError) as caught:
        await subscription.renew()
    assert caught.value.status == 412


async def test_a_subscriber_that_refuses_is_dropped(house: Household, kitchen: soco.SoCo) -> None:
    listener = Threads()
    subscription = await listener.subscribe(kitchen.renderingControl)
    await listener.next(subscription)
    await listener.stop_listening()
    await house["Kitchen"].turn_volume(1)
    async with asyncio.timeout(PATIENCE):
        while house["Kitchen"].subscribers:
            await read(kitchen, "volume")
    await listener.close()
