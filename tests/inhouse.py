"""More devices that live in this process: doors, water, belts, and what is of its own meaning."""

from typing import Any

from gateway.capabilities.fan import Fan, FanChange, FanState
from gateway.capabilities.garage import Garage, GarageState
from gateway.capabilities.generic import (
    Number,
    NumberChange,
    NumberState,
    Select,
    SelectChange,
    SelectState,
)
from gateway.capabilities.lock import Lock, LockState
from gateway.capabilities.sensors import Button, ButtonState, Leak, LeakState
from gateway.capabilities.treadmill import SLOWER, StopTreadmill, Treadmill, TreadmillState
from gateway.capabilities.water import Water, WaterChange, WaterState
from gateway.capability import Capability, Nothing
from gateway.device import Device
from gateway.limits import Limit
from gateway.schema import Model
from tests.incore import Obedient, made


class CoreLock(Obedient, Lock):
    async def lock_door(self, change: Nothing) -> None:
        if await self.hear("lock_door"):
            self.report(LockState(locked=True))

    async def unlock_door(self, change: Nothing) -> None:
        if await self.hear("unlock_door"):
            self.report(LockState(locked=False))


class CoreGarage(Obedient, Garage):
    async def close_garage(self, change: Nothing) -> None:
        if await self.hear("close_garage"):
            self.report(GarageState(open=True, target_open=False, moving="closing"))

    async def open_garage(self, change: Nothing) -> None:
        if await self.hear("open_garage"):
            self.report(GarageState(open=True, target_open=True, moving="opening"))


class CoreFan(Obedient, Fan):
    async def set_fan(self, change: FanChange) -> None:
        if await self.hear(change):
            self.report(FanState(on=change.running, speed=change.speed or None))


class CoreWater(Obedient, Water):
    async def set_pool_or_spa(self, change: WaterChange) -> None:
        if not await self.hear(change):
            return
        assert isinstance(self.state, WaterState)
        asked = self.wanted("set_pool_or_spa", change, None)
        self.report(self.state.model_copy(update=asked))


class CoreTreadmill(Obedient, Treadmill):
    async def stop_treadmill(self, change: StopTreadmill) -> None:
        if await self.hear(change):
            self.report(TreadmillState(running=False, speed=0))

    async def slow_treadmill(self, change: Nothing) -> None:
        if await self.hear("slow_treadmill"):
            assert isinstance(self.state, TreadmillState)
            speed = (self.state.speed or 0) * SLOWER
            self.report(self.state.model_copy(update={"speed": speed}))


class CoreNumber(Obedient, Number):
    async def set_number(self, change: NumberChange) -> None:
        if await self.hear(change):
            assert isinstance(self.state, NumberState)
            self.report(self.state.model_copy(update={"value": change.value}))


class CoreSelect(Obedient, Select):
    async def set_option(self, change: SelectChange) -> None:
        if await self.hear(change):
            self.report(SelectState(option=change.option))


class CoreButton(Obedient, Button):
    async def press_button(self, change: Nothing) -> None:
        await self.hear("press_button")


class CoreLeak(Leak):
    pushes = True


def core(
    id: str,
    name: str,
    area: str | None,
    capability: Capability,
    state: Model,
    **limits: Limit,
) -> Device:
    """A device in this process that can do one thing, and has told its state."""
    capability.report(state)
    return made(id, name, area, capability, limits)


def door_lock(id: str, name: str, area: str | None = None, *, locked: bool = False) -> Device:
    return core(id, name, area, CoreLock(), LockState(locked=locked))


def garage_door(id: str, name: str, area: str | None = None) -> Device:
    return core(id, name, area, CoreGarage(), GarageState(open=True, moving="no"))


def fan(id: str, name: str, area: str | None = None, **limits: Limit) -> Device:
    return core(id, name, area, CoreFan(), FanState(on=False), **limits)


def spa(id: str, name: str, area: str | None = None, **limits: Limit) -> Device:
    water = WaterState(body="spa", temperature=36.5, target_temperature=37, heat=True)
    return core(id, name, area, CoreWater(), water, **limits)


def pool(id: str, name: str, area: str | None = None, **limits: Limit) -> Device:
    water = WaterState(body="pool", temperature=24, target_temperature=27, heat=False)
    return core(id, name, area, CoreWater(), water, **limits)


def treadmill(id: str, name: str, area: str | None = None) -> Device:
    state = TreadmillState(running=True, speed=8, incline=1, distance=900, elapsed=405, energy=61)
    return core(id, name, area, CoreTreadmill(), state)


def number(id: str, name: str, area: str | None = None, unit: str = "", **limits: Limit) -> Device:
    return core(id, name, area, CoreNumber(), NumberState(value=20, unit=unit), **limits)


def select(id: str, name: str, area: str | None = None, **limits: Limit) -> Device:
    return core(id, name, area, CoreSelect(), SelectState(option="quiet"), **limits)


def leak(id: str, name: str, area: str | None = None) -> Device:
    return core(id, name, area, CoreLeak(), LeakState(leaking=False))


def remote(id: str, name: str, area: str | None = None, **limits: Limit) -> Device:
    return core(id, name, area, CoreButton(), ButtonState(last="short", presses=2), **limits)


def the_rest() -> list[Device]:
    """One of each kind that `tests.incore` lacks."""
    words: Any = ["quiet", "strong"]
    return [
        door_lock("lock-1", "Front door", "Hall"),
        garage_door("garage-1", "Garage door", "Garage"),
        fan("fan-1", "Ceiling fan", "Bedroom"),
        spa("spa-1", "Hot tub", "Terrace"),
        pool("pool-1", "Pool", "Garden"),
        treadmill("treadmill-1", "Treadmill", "Gym"),
        leak("leak-1", "Laundry leak", "Laundry"),
        number("number-1", "Pump delay", "Garden", value=Limit(min=0, max=60, step=5)),
        select("select-1", "Hood program", "Kitchen", option=Limit(enum=words)),
    ]
