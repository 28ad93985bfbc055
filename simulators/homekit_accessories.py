"""The accessories of the simulated HomeKit bridge, made of HAP-python's services."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from pyhap.accessory import Accessory

Wrote = Callable[[str, str, Any], None]
PRESSES: Mapping[str, int] = {"short": 0, "double": 1, "long": 2}
STEPS = 4


class Simulated(Accessory):  # type: ignore[misc]
    """An accessory that its bridge can lose, and that prints nothing."""

    away = False

    @property
    def available(self) -> bool:
        return not self.away

    def setup_message(self) -> None:
        """Nothing is printed."""


class Made:
    """One accessory, its characteristics, and what it does of itself when one is written."""

    def __init__(self, name: str, driver: Any, wrote: Wrote, travel: float) -> None:
        self.name, self.travel = name, travel
        self.accessory = Simulated(driver, name)
        serial = name.replace(" ", "-").lower()
        self.accessory.set_info_service("1.0", "Simulated", "Accessory", serial)
        self._wrote = wrote
        self._services: list[Any] = []
        self._later: list[asyncio.TimerHandle] = []

    def has(
        self,
        service: str,
        *more: str,
        then: Mapping[str, Callable[[Any], None]] = {},
        **values: Any,
    ) -> Made:
        """Give it a service with these characteristics beside the required ones."""
        made = self.accessory.add_preload_service(
            service, chars=[*more] or None, unique_id=len(self._services)
        )
        self._services.append(made)
        for name, value in values.items():
            made.configure_char(name, value=value)
        for one in made.characteristics:
            if "pw" in one.properties["Permissions"]:
                one.setter_callback = self._writer(one.display_name, then.get(one.display_name))
        return self

    def narrow(self, characteristic: str, **properties: Any) -> Made:
        """Say what a characteristic may be, such as maxValue=30."""
        self.characteristic(characteristic).override_properties(properties)
        return self

    def choose(self, characteristic: str, **choices: int) -> Made:
        """Say which words a characteristic knows."""
        self.characteristic(characteristic).override_properties(valid_values=choices)
        return self

    def characteristic(self, name: str, number: int = 1) -> Any:
        """Return one by its name, of the service of that number that has it."""
        found = [
            one
            for service in self._services
            for one in service.characteristics
            if one.display_name == name
        ]
        return found[number - 1]

    def put(self, name: str, value: Any) -> None:
        self.characteristic(name).set_value(value)

    def later(self, part: float, do: Callable[[], None]) -> None:
        """Do something after a part of its travel."""
        loop = asyncio.get_running_loop()
        self._later.append(loop.call_later(part * self.travel, do))

    def settle(self) -> None:
        """Stop where it is."""
        for one in self._later:
            one.cancel()
        self._later = []

    def refuse(self) -> None:
        """Fail whatever is written."""

        def fail(value: Any) -> None:
            raise OSError("the radio is dead")

        for service in self._services:
            for one in service.characteristics:
                one.setter_callback = fail

    def _writer(self, name: str, then: Callable[[Any], None] | None) -> Callable[[Any], None]:
        def wrote(value: Any) -> None:
            self._wrote(self.name, name, value)
            if then is not None:
                then(value)

        return wrote


Maker = Callable[[Any, Wrote, float], Made]


def _lamp(driver: Any, wrote: Wrote, travel: float) -> Made:
    made = Made("Gallery lamp", driver, wrote, travel).has(
        "Lightbulb", "Brightness", "Hue", "Saturation", "ColorTemperature"
    )
    made.narrow("ColorTemperature", minValue=153, maxValue=500)
    made.put("Brightness", 60)
    made.put("ColorTemperature", 370)
    return made


def _lock(driver: Any, wrote: Wrote, travel: float) -> Made:
    made = Made("Back door", driver, wrote, travel)

    def turn(target: int) -> None:
        made.later(0.5, lambda: made.put("LockCurrentState", target))

    made.has("LockMechanism", then={"LockTargetState": turn})
    made.narrow("LockTargetState", Permissions=["pr", "pw", "ev", "tw"])
    return made.has("BatteryService", BatteryLevel=83)


def _garage(driver: Any, wrote: Wrote, travel: float) -> Made:
    made = Made("Carport door", driver, wrote, travel)

    def drive(target: int) -> None:
        made.settle()
        made.later(0.1, lambda: made.put("CurrentDoorState", 3 if target else 2))
        made.later(1.0, lambda: made.put("CurrentDoorState", target))

    made.has("GarageDoorOpener", then={"TargetDoorState": drive})
    made.put("CurrentDoorState", 1)
    made.put("TargetDoorState", 1)
    return made


def _shade(driver: Any, wrote: Wrote, travel: float) -> Made:
    made = Made("Bay window shade", driver, wrote, travel)

    def move(target: int) -> None:
        made.settle()
        start = made.characteristic("CurrentPosition").value
        made.later(0.1, lambda: made.put("PositionState", 1 if target > start else 0))
        for step in range(1, STEPS + 1):
            place = start + (target - start) * step // STEPS
            made.later(0.1 + 0.9 * step / STEPS, partial(made.put, "CurrentPosition", place))
        made.later(1.0, lambda: made.put("PositionState", 2))

    def hold(value: Any) -> None:
        made.settle()
        made.put("PositionState", 2)

    made.has("WindowCovering", "HoldPosition", then={"TargetPosition": move, "HoldPosition": hold})
    made.put("CurrentPosition", 100)
    made.put("TargetPosition", 100)
    made.put("PositionState", 2)
    return made


def _thermostat(driver: Any, wrote: Wrote, travel: float) -> Made:
    made = Made("Hall thermostat", driver, wrote, travel)

    def heat(mode: int) -> None:
        made.put("CurrentHeatingCoolingState", {0: 0, 1: 1, 2: 2, 3: 0}[mode])

    made.has(
        "Thermostat",
        "HeatingThresholdTemperature",
        "CoolingThresholdTemperature",
        "CurrentRelativeHumidity",
        then={"TargetHeatingCoolingState": heat},
    )
    made.narrow("TargetTemperature", minValue=10, maxValue=30, minStep=0.5)
    for name, value in (
        ("CurrentTemperature", 20.5),
        ("TargetTemperature", 20),
        ("HeatingThresholdTemperature", 19),
        ("CoolingThresholdTemperature", 25),
        ("CurrentRelativeHumidity", 45),
        ("TargetHeatingCoolingState", 1),
        ("CurrentHeatingCoolingState", 1),
        ("TemperatureDisplayUnits", 1),
    ):
        made.put(name, value)
    return made


def _room(driver: Any, wrote: Wrote, travel: float) -> Made:
    made = Made("Study sensor", driver, wrote, travel)
    made.has("TemperatureSensor", CurrentTemperature=21.5)
    made.has("HumiditySensor", CurrentRelativeHumidity=40)
    made.has("MotionSensor")
    return made.has("LightSensor", CurrentAmbientLightLevel=120)


def _window(driver: Any, wrote: Wrote, travel: float) -> Made:
    return Made("Study window", driver, wrote, travel).has("ContactSensor", "StatusLowBattery")


def _leak(driver: Any, wrote: Wrote, travel: float) -> Made:
    return Made("Cellar leak sensor", driver, wrote, travel).has("LeakSensor")


def _fan(driver: Any, wrote: Wrote, travel: float) -> Made:
    made = Made("Bedroom fan", driver, wrote, travel).has("Fanv2", "RotationSpeed")
    made.put("RotationSpeed", 40)
    return made


def _buttons(driver: Any, wrote: Wrote, travel: float) -> Made:
    made = Made("Bedside button", driver, wrote, travel)
    for number in (1, 2):
        made.has("StatelessProgrammableSwitch", "ServiceLabelIndex", ServiceLabelIndex=number)
    return made


def _switch(driver: Any, wrote: Wrote, travel: float) -> Made:
    return Made("Boiler relay", driver, wrote, travel).has("Switch")


def plug(name: str) -> Maker:
    """What makes a plug of this name."""
    return lambda driver, wrote, travel: Made(name, driver, wrote, travel).has("Outlet")


HOUSE: tuple[Maker, ...] = (
    _lamp,
    _lock,
    _garage,
    _shade,
    _thermostat,
    _room,
    _window,
    _leak,
    _fan,
    _buttons,
    _switch,
)
