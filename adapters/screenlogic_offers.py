"""What the controller of a pool offers: water, circuits, lamps, pumps and probes.

A body of water is heated only while its pump runs, and its temperature is measured only then.
"""

from typing import Any

from adapters.screenlogic_line import Line
from gateway.capabilities.energy import Energy, EnergyState
from gateway.capabilities.fan import Fan, FanChange, FanState
from gateway.capabilities.light import Light, LightChange, LightState
from gateway.capabilities.sensors import Measurement, MeasurementState
from gateway.capabilities.switch import Switch, SwitchChange, SwitchState
from gateway.capabilities.water import Source, Water, WaterChange, WaterState
from gateway.errors import DeviceRefused
from gateway.limits import Limit
from gateway.quantities import to_celsius, to_fahrenheit

DIGITS = 8
"""Enough that a hundred steps of a degree Fahrenheit end on a whole one."""
DEGREE_FAHRENHEIT = round(5 / 9, DIGITS)
OFF, UNCHANGED = 0, 4
SOURCES: dict[int, Source] = {1: "solar", 2: "solar_preferred", 3: "heater"}
MODES = {source: mode for mode, source in SOURCES.items()}
SOLAR = 0x1


class Part:
    """What the capabilities below share: they are of one controller."""

    pushes = True

    def __init__(self, line: Line) -> None:
        self.line = line

    def limits(self) -> dict[str, Limit]:
        """Return what there is to say of its limits."""
        return {}

    async def refresh(self) -> None:
        await self.line.status()

    @property
    def celsius(self) -> bool:
        """Whether the controller counts in °C."""
        return bool(value(self.line.data, "controller", "configuration", "is_celsius"))

    def ours(self, degrees: float) -> float:
        """Return °C of what the controller says."""
        return degrees if self.celsius else to_celsius(degrees)


class OnCircuit(Part):
    """What is turned on and off by a circuit."""

    def __init__(self, line: Line, circuit: int) -> None:
        super().__init__(line)
        self.circuit = circuit

    @property
    def on(self) -> bool:
        """Whether it is on."""
        return bool(self.line.data["circuit"][self.circuit]["value"])

    async def turn(self, on: bool) -> None:
        """Turn it on or off."""
        from screenlogicpy import requests

        await self.line.tell(requests.async_request_pool_button_press, self.circuit, int(on))


class PoolSwitch(OnCircuit, Switch):
    def read(self) -> None:
        self.report(SwitchState(on=self.on))

    async def set_switch(self, change: SwitchChange) -> None:
        await self.turn(change.on)


class PoolLight(OnCircuit, Light):
    def limits(self) -> dict[str, Limit]:
        return dict.fromkeys(("brightness", "color", "color_temperature"), Limit(absent=True))

    def read(self) -> None:
        self.report(LightState(on=self.on))

    async def set_light(self, change: LightChange) -> None:
        await self.turn(bool(change.lit))


class PoolWater(Part, Water):
    """The pool or the spa; `circuit` runs its pump, where it has one of its own."""

    def __init__(self, line: Line, number: int, circuit: int | None) -> None:
        super().__init__(line)
        self.number, self.circuit = number, circuit
        self._last: int | None = None

    @property
    def body(self) -> Any:
        """What the controller says of it."""
        return self.line.data["body"][self.number]

    @property
    def is_spa(self) -> bool:
        """Whether it is the spa."""
        return bool(self.body["body_type"])

    @property
    def sources(self) -> list[Source]:
        """What can heat it."""
        return list(MODES) if self.line.equipment() & SOLAR else ["heater"]

    def limits(self) -> dict[str, Limit]:
        low, high, step = self.body["min_setpoint"], self.body["max_setpoint"], 1.0
        if not self.celsius:
            low, high = (round((bound - 32) / 1.8, DIGITS) for bound in (low, high))
            step = DEGREE_FAHRENHEIT
        return {
            "temperature": Limit(min=low, max=high, step=step),
            "source": Limit(enum=[*self.sources]),
        }

    def read(self) -> None:
        runs = self.circuit is None or self.line.data["circuit"][self.circuit]["value"]
        mode = value(self.body, "heat_mode")
        if mode in SOURCES:
            self._last = mode
        self.report(
            WaterState(
                body="spa" if self.is_spa else "pool",
                temperature=self.ours(value(self.body, "last_temperature")) if runs else None,
                target_temperature=self.ours(value(self.body, "heat_setpoint")),
                heat=None if mode == UNCHANGED else mode != OFF,
                heating=bool(value(self.body, "heat_state")),
                source=SOURCES.get(mode),
            )
        )

    async def set_pool_or_spa(self, change: WaterChange) -> None:
        from screenlogicpy import requests

        if change.temperature is not None:
            await self.line.config()  # somebody may have chosen another unit at the controller
            await self.line.status()
            degrees = self._theirs(change.temperature)
            await self.line.tell(requests.async_request_set_heat_setpoint, self.number, degrees)
        if change.heat is not None or change.source is not None:
            mode = OFF if change.heat is False else self._mode(change.source)
            await self.line.tell(requests.async_request_set_heat_mode, self.number, mode)

    def _mode(self, source: Source | None) -> int:
        return self._last or MODES["heater"] if source is None else MODES[source]

    def _theirs(self, celsius: float) -> int:
        low, high = self.body["min_setpoint"], self.body["max_setpoint"]
        try:
            degrees = round(celsius if self.celsius else to_fahrenheit(celsius))
        except (ValueError, OverflowError):
            degrees = high + 1
        if not low <= degrees <= high:
            raise DeviceRefused(f"the controller takes {low} to {high} degrees of its own unit")
        return degrees


class PoolPump(Part, Fan):
    """A pump that follows its circuits."""

    pushes = False

    def __init__(self, line: Line, number: int) -> None:
        super().__init__(line)
        self.number = number

    def limits(self) -> dict[str, Limit]:
        return {"on": Limit(read_only=True), "speed": Limit(read_only=True)}

    @property
    def pump(self) -> Any:
        """What it says of itself."""
        return self.line.data["pump"][self.number]

    def read(self) -> None:
        self.report(FanState(on=bool(value(self.pump, "state"))))

    async def refresh(self) -> None:
        await self.line.details()

    async def set_fan(self, change: FanChange) -> None:
        raise DeviceRefused("the pump follows the circuits of the pool: turn one of them on or off")


class PumpPower(Part, Energy):
    """What a pump draws."""

    pushes = False

    def __init__(self, of: PoolPump) -> None:
        super().__init__(of.line)
        self.of = of

    def read(self) -> None:
        self.report(EnergyState(power=float(value(self.of.pump, "watts_now"))))

    async def refresh(self) -> None:
        await self.line.details()


class Probes(Part, Measurement):
    """The air, and the chemistry of the water; 0 stands for what is not measured."""

    def read(self) -> None:
        data = self.line.data
        salt = value(data, "controller", "sensor", "salt_ppm")
        self.report(
            MeasurementState(
                temperature=self.ours(value(data, "controller", "sensor", "air_temperature")),
                ph=self._probed("ph") or None,
                orp=self._probed("orp") or None,
                salt=salt if salt and salt > 0 else None,
            )
        )

    def _probed(self, name: str) -> float | None:
        of_its_own = value(self.line.data, "intellichem", "sensor", f"{name}_now")
        found = of_its_own or value(self.line.data, "controller", "sensor", name)
        return found if found and found > 0 else None


def value(data: Any, *path: str) -> Any:
    """Return what the library has under `path`, None where it has nothing."""
    for name in path:
        data = data.get(name, {})
    return data.get("value")
