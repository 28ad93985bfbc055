"""In-core devices that misbehave: mute, deaf, forgetful, hanging, and replaced under our hands."""

import asyncio
from typing import Any

from gateway.capabilities.light import LightChange, LightState
from gateway.capability import Capability
from gateway.device import Device
from gateway.errors import Unreachable
from gateway.limits import Limit
from tests.incore import CoreLight


class AskedLight(CoreLight):
    """A lamp that obeys and tells only when it is asked."""

    pushes = False
    really: LightState = LightState(on=False)
    asked = 0
    deaf: BaseException | None = None

    async def set_light(self, change: LightChange) -> None:
        if await self.hear(change) and change.lit is not None:
            self.really = self.really.model_copy(update={"on": change.lit})

    async def refresh(self) -> None:
        self.asked += 1
        if self.deaf is not None:
            raise self.deaf
        self.report(self.really)


class HeldLight(CoreLight):
    """A lamp whose answer waits until the test lets it go; it notes who is inside at once."""

    def __init__(self) -> None:
        self.entered = asyncio.Event()
        self.free = asyncio.Event()
        self.inside = 0
        self.most_inside = 0

    async def set_light(self, change: LightChange) -> None:
        self.inside += 1
        self.most_inside = max(self.most_inside, self.inside)
        self.entered.set()
        try:
            await self.free.wait()
            await super().set_light(change)
        finally:
            self.inside -= 1


class GoneLight(CoreLight):
    """A lamp that finds out that it is unreachable only when it is told something."""

    async def set_light(self, change: LightChange) -> None:
        await self.hear(change)
        raise Unreachable("no route to 192.0.2.7")


def lit(id: str, name: str, light: Capability, **limits: Limit) -> Device:
    """Return a lamp with this very capability, off at first."""
    if light.state is None:
        light.report(LightState(on=False, brightness=50))
    device = Device(id, name, maker="Core", model="In-core")
    device.offer(light, **limits)
    return device


def changes(told: list[Any]) -> list[dict[str, Any]]:
    """Return what a device was told, as plain data."""
    return [change.model_dump(exclude_unset=True) for change in told]
