"""The house of `house.json` in a real registry: 1,000 devices that obey and are known by state.

Kinds that the gateway does not declare yet stand in by name only, while `every_kind` lasts; one
that it declares later is taken from there without a change here.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gateway.capabilities import KINDS
from gateway.capabilities.climate import ClimateState
from gateway.capabilities.cover import CoverState
from gateway.capabilities.energy import EnergyState
from gateway.capabilities.garage import GarageState
from gateway.capabilities.light import LightState
from gateway.capabilities.lock import LockState
from gateway.capabilities.media import MediaState
from gateway.capabilities.sensors import (
    ButtonState,
    ContactState,
    MeasurementState,
    OccupancyState,
)
from gateway.capabilities.switch import SwitchState
from gateway.capability import Capability
from gateway.device import Device
from gateway.registry import Registry
from gateway.schema import Model

DEVICES: list[dict[str, Any]] = json.loads(
    Path(__file__).with_name("house.json").read_text(encoding="utf-8")
)
STATES: dict[str, Model] = {
    "switch": SwitchState(on=False),
    "light": LightState(on=True, brightness=60),
    "media": MediaState(playing=True, volume=20),
    "climate": ClimateState(temperature=20.5, target_temperature=21, mode="heat"),
    "cover": CoverState(open=0, target_open=0, moving="no"),
    "contact": ContactState(open=False),
    "occupancy": OccupancyState(occupied=False),
    "energy": EnergyState(power=12.5, total=3.2),
    "measurement": MeasurementState(temperature=18.5),
    "button": ButtonState(),
    "lock": LockState(locked=False),
    "garage": GarageState(open=True),
}


class NoState(Model):
    """Nothing is known."""


class Camera(Capability):
    """A camera, by name only."""

    name = "camera"
    State = NoState


@contextmanager
def every_kind() -> Iterator[None]:
    """Declare the kinds of the house that the gateway does not, as long as this lasts."""
    missing = {kind.name: kind for kind in (Camera,) if kind.name not in KINDS}
    KINDS.update(missing)
    try:
        yield
    finally:
        for name in missing:
            del KINDS[name]


async def fill(registry: Registry, devices: list[dict[str, Any]] = DEVICES) -> None:
    """Announce the devices and give them the owner's aliases; `every_kind` must last."""
    for device in devices:
        entry = registry.announce(_device(device), device["id"].split("-")[0], "192.0.2.1", 0)
        if device["aliases"]:
            await registry.edit(entry, {"aliases": device["aliases"]})


def _device(told: dict[str, Any]) -> Device:
    device = Device(
        told["id"], told["name"], maker=told["maker"], model=told["model"], area=told["area"]
    )
    for kind in told["kinds"]:
        device.offer(_capability(kind))
    return device


def _capability(kind: str) -> Capability:
    declared = KINDS[kind]
    obeying = {name: _obey for name in declared.__abstractmethods__}
    capability: Capability = type(f"House{declared.__name__}", (declared,), obeying)()
    if kind in STATES:
        capability.report(STATES[kind])
    return capability


async def _obey(self: Capability, *told: Any) -> None:
    """Do as told, with nothing to show."""
