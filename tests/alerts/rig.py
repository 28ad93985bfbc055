"""A house with sensors, standing orders and a clock of the test."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from gateway.alerts import Alerts
from gateway.call import Call
from gateway.capabilities.sensors import (
    ButtonPress,
    ContactState,
    MeasurementState,
    OccupancyState,
)
from gateway.clock import SetClock
from gateway.device import Device
from gateway.dispatch import Door
from gateway.entry import Entry
from gateway.event import Event
from gateway.messages import Address, Channels, Message
from gateway.outside import Outside
from gateway.policy import Grant
from gateway.schema import Model
from gateway.tools.alerts import CREATE_ALERT
from tests.core.rigs import CoreContact, CoreMeasurement, CoreOccupancy, reporting
from tests.incore import House, house, lamp, made, plug, shade, speaker, thermostat
from tests.inhouse import CoreButton

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def contact(id: str, name: str, area: str | None = None, open: bool = False) -> Device:
    return reporting(id, name, CoreContact(), ContactState(open=open), area)


def motion(id: str, name: str, area: str | None = None) -> Device:
    return reporting(id, name, CoreOccupancy(), OccupancyState(occupied=False), area)


def sensor(id: str, name: str, area: str | None = None, **values: float) -> Device:
    return reporting(id, name, CoreMeasurement(), MeasurementState(**values), area)


def button(id: str, name: str, area: str | None = None) -> Device:
    return made(id, name, area, CoreButton(), {})


def devices() -> list[Device]:
    """Return the house that every test here begins with."""
    return [
        contact("garage", "Garage door", "Garage"),
        contact("front", "Front door", "Hallway"),
        contact("window", "Kitchen window", "Kitchen"),
        motion("hall-motion", "Hallway motion", "Hallway"),
        motion("bath-motion", "Bathroom motion", "Bathroom"),
        sensor("pool", "Pool thermometer", "Pool", temperature=12.0),
        sensor("cellar", "Cellar sensor", "Cellar", temperature=9.0, humidity=55.0),
        button("bell", "Doorbell", "Hallway"),
        lamp("lamp", "Kitchen lamp", "Kitchen"),
        lamp("porch", "Porch light", "Porch"),
        plug("washer", "Washing machine", "Cellar"),
        speaker("radio", "Kitchen radio", "Kitchen"),
        thermostat("heating", "Living room thermostat", "Living room"),
        shade("shade", "Bedroom shades", "Bedroom"),
    ]


class Told(Channels):
    """What people were told."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    async def send(self, address: Address, message: Message) -> str | None:
        self.messages.append(message.text)
        return None


class Scene:
    """One opened house, in which the test reports, waits and asks."""

    def __init__(self, opened: House, alerts: Alerts, clock: SetClock, told: Told) -> None:
        self.house, self.home, self.alerts = opened, opened.home, alerts
        self.clock, self.told = clock, told
        self.door = Door(opened.home)
        self.events: list[Event] = []
        self.home.events.on_event(self.events.append)

    @property
    def owner(self) -> Grant:
        grant = self.home.tokens.of("owner")
        assert grant is not None
        return grant

    async def create(self, grant: Grant | None = None, **arguments: Any) -> Any:
        """Call create_alert as the door would."""
        call = Call(self.door, grant or self.owner, CREATE_ALERT, arguments, None)
        assert CREATE_ALERT.handler is not None
        return await CREATE_ALERT.handler(call, CREATE_ALERT.parse(arguments))

    def report(self, id: str, kind: str, **values: Any) -> None:
        """Let a device show something; what is left out is not known."""
        capability = self.house.capability(id, kind)
        capability.report(capability.State(**values))

    def press(self, id: str, press: Any = "short") -> None:
        self.house.capability(id, "button").pressed(ButtonPress(press=press))

    def away(self, id: str) -> None:
        self.home.registry.offline(self.entry(id), "unplugged")

    def back(self, id: str) -> None:
        entry = self.entry(id)
        assert entry.device is not None
        self.home.registry.announce(entry.device, "core", f"core-{id}", 0)

    def entry(self, id: str) -> Entry:
        return self.house.entry(id)

    async def passes(self, **time: float) -> None:
        """Let time go by, and look at it."""
        span = timedelta(**time)
        self.clock.present += span
        self.clock.seconds += span.total_seconds()
        await self.settle()

    async def settle(self) -> None:
        """Wait until all that was begun is done and on the disk."""
        for _ in range(4):
            await self.home.store.read(lambda db: None)
            await self.alerts.tick()
            await self.home.events.aclose()

    async def fired(self, name: str = "alert.fired") -> list[Event]:
        await self.settle()
        return [event for event in self.events if event.name == name]

    async def number(self, name: str = "alert.fired") -> int:
        return len(await self.fired(name))


@asynccontextmanager
async def scene(
    state: Path,
    *more: Device,
    clock: SetClock | None = None,
    people: Sequence[str] = ("anna",),
    base: Sequence[Device] | None = None,
    **settings: Any,
) -> AsyncIterator[Scene]:
    """Open the house; `base` takes the place of its usual devices."""
    clock, told = clock or SetClock(NOON), Told()
    everybody: Mapping[str, Any] = {name: {"notify": ["mailto:a@b.example"]} for name in people}
    mail = {"host": "127.0.0.1", "from": "home@example.org"}
    settings = {"people": everybody, "mail": mail} | settings
    found = devices() if base is None else base
    outside = Outside(channels=told)
    async with house(state, clock=clock, outside=outside, **settings) as opened:
        opened.add(*found, *more)
        made = Scene(opened, opened.home.alerts, clock, told)
        await made.settle()
        yield made


def model(answer: Model) -> dict[str, Any]:
    """Return an answer as agents read it."""
    return answer.model_dump(mode="json", exclude_none=True)
