"""What the core's tests stand on: a house of every kind, and grants that hide and limit."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from typing import Any

import pytest

from gateway.capabilities.sensors import (
    Contact,
    ContactState,
    Measurement,
    MeasurementState,
    Occupancy,
    OccupancyState,
)
from gateway.capabilities.switch import SwitchState
from gateway.capability import Capability
from gateway.device import Device
from gateway.dispatch import Door
from gateway.entry import Entry
from gateway.errors import GatewayError
from gateway.limits import Limits
from gateway.local import LocalSession
from gateway.policy import OwnerGrant
from gateway.schema import Model
from gateway.session import Session
from tests.incore import CoreSwitch, House, lamp, plug, shade, speaker, thermostat
from tests.inhouse import core, remote, the_rest


class Sensor:
    """What the sensors below share: they only report, and the device pushes."""

    pushes = True


class CoreContact(Sensor, Contact):
    pass


class CoreOccupancy(Sensor, Occupancy):
    pass


class CoreMeasurement(Sensor, Measurement):
    pass


def reporting(
    id: str, name: str, capability: Capability, state: Model, area: str | None = None
) -> Device:
    """A device that only tells."""
    return core(id, name, area, capability, state)


def sensors() -> list[Device]:
    measured = MeasurementState(temperature=19.5, humidity=48, co2=600)
    return [
        reporting("contact-1", "Terrace door", CoreContact(), ContactState(open=True), "Kitchen"),
        reporting("motion-1", "Hall motion", CoreOccupancy(), OccupancyState(occupied=False)),
        reporting("climate-1", "Cellar air", CoreMeasurement(), measured, "Cellar"),
    ]


def every_kind() -> list[Device]:
    """A house that has each kind."""
    return [*small_house(), *the_rest()]


def small_house() -> list[Device]:
    """A house of lamps, music, heating and sensors, two lamps among them."""
    return [
        lamp("lamp-1", "Desk lamp", "Office"),
        lamp("lamp-2", "Reading lamp", "Living room"),
        plug("plug-1", "Kettle", "Kitchen"),
        speaker("speaker-1", "Kitchen speaker", "Kitchen"),
        speaker("speaker-2", "Bathroom speaker", "Bathroom"),
        thermostat("heat-1", "Hall heating", "Hall"),
        shade("shade-1", "Kitchen blind", "Kitchen"),
        *sensors(),
        remote("button-1", "Bed button"),
    ]


def socket(id: str, name: str, parent: str) -> Device:
    """A part: one socket of a strip."""
    device = Device(id, name, maker="Core", model="In-core", part_of=parent)
    switch = CoreSwitch()
    switch.report(SwitchState(on=True))
    device.offer(switch)
    return device


def strip(id: str, name: str, sockets: Mapping[str, str], area: str | None = None) -> list[Device]:
    """A parent that can do nothing itself, and its parts."""
    parent = Device(id, name, maker="Core", model="In-core", area=area)
    return [parent, *(socket(f"{id}-{part}", said, id) for part, said in sockets.items())]


class Hiding(OwnerGrant):
    """Everything but some devices."""

    owner = False

    def __init__(self, *hidden: str, agent: str = "guest") -> None:
        super().__init__(agent)
        self.hidden = hidden

    def sees(self, entry: Entry) -> bool:
        return entry.id not in self.hidden


class Limited(OwnerGrant):
    """Everything, within narrower values."""

    owner = False

    def __init__(self, agent: str = "child", **limits: Limits) -> None:
        super().__init__(agent)
        self.narrow = limits

    def limits(self, entry: Entry, kind: str) -> Limits:
        return self.narrow.get(kind, {})


def session_of(house: House, grant: OwnerGrant) -> Session:
    """Return the session of a grant that no token carries."""
    return LocalSession(Door(house.home), grant)


def told(house: House, id: str, kind: str) -> list[Any]:
    """Return what a device was told, in order."""
    return list(getattr(house.capability(id, kind), "told", []))


def told_anything(house: House) -> Collection[str]:
    """Return the ids of the devices that were told anything."""
    return [
        entry.id
        for entry in house.home.registry
        if any(getattr(capability, "told", []) for capability in entry.capabilities.values())
    ]


async def until(condition: Callable[[], object]) -> None:
    """Wait for a condition, at most five seconds."""
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0)


async def error_of(session: Session, tool: str, arguments: Mapping[str, Any]) -> GatewayError:
    """Return the error that a call ends with."""
    with pytest.raises(GatewayError) as raised:
        await session.call(tool, arguments)
    return raised.value


async def one(session: Session, tool: str, **arguments: Any) -> dict[str, Any]:
    """Return the one result of a call."""
    answer = await session.call(tool, arguments)
    (result,) = answer["results"]
    return dict(result)
