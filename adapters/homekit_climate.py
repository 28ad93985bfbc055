"""Thermostats and heater-coolers of HomeKit, which speak °C whatever their display shows."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from adapters import homekit_words as words
from adapters.homekit_offer import Offer, steps
from gateway.capabilities.climate import Climate, ClimateChange, ClimateState, Doing, Mode
from gateway.errors import DeviceRefused
from gateway.limits import Limit

LOW, HIGH = words.HEATING_THRESHOLD, words.COOLING_THRESHOLD


class _Climate(Offer, Climate):
    """In automatic mode, most keep the room between two temperatures, else at one."""

    target_mode: ClassVar[str]
    modes: ClassVar[Mapping[int, Mode]]
    current: ClassVar[str]
    doings: ClassVar[Mapping[float | None, Doing]]
    acts = True

    @abstractmethod
    def _mode(self) -> Mode | None:
        """Return how it works now."""

    @abstractmethod
    def _single(self, mode: Mode | None) -> str | None:
        """Return the type of the one temperature it keeps in a mode; None where it keeps two."""

    @abstractmethod
    def _switched(self, mode: Mode) -> dict[str, float]:
        """Return what makes it work so."""

    @abstractmethod
    def _temperature(self) -> Limit:
        """Return the limit of the one temperature."""

    @property
    def _keeps_between(self) -> bool:
        return self.get(LOW) is not None and self.get(HIGH) is not None

    def limits(self, writable: bool) -> dict[str, Limit]:
        mode, absent = self.get(self.target_mode), Limit(absent=True)
        known = {number: word for number, word in self.modes.items() if word != "off"}
        if mode is not None:
            offered = mode.choices or {number for number in known if mode.admits(number)}
            known = {number: word for number, word in known.items() if number in offered}
        return {
            "temperature": self._temperature(),
            "low": steps(self.get(LOW)) if self._keeps_between else absent,
            "high": steps(self.get(HIGH)) if self._keeps_between else absent,
            "mode": Limit(enum=["off", *known.values()]),
            "preset": absent,
            "fan": absent,
        }

    def read(self) -> None:
        mode = self._mode()
        single = None if mode in ("off", None) else self._single(mode)
        between = mode == "auto" and single is None
        doing = self.number(self.current)
        humidity = self.number(words.HUMIDITY)
        self.report(
            ClimateState(
                temperature=self._degrees(words.CURRENT_TEMPERATURE),
                target_temperature=self._degrees(single) if single else None,
                target_low=self._degrees(LOW) if between else None,
                target_high=self._degrees(HIGH) if between else None,
                mode=mode,
                doing="off" if mode == "off" else self.doings.get(doing),
                humidity=None if humidity is None else min(max(humidity, 0.0), 100.0),
            )
        )

    def _degrees(self, type: str) -> float | None:
        number = self.number(type)
        return None if number is None or not -100 <= number <= 200 else round(number, 2)

    async def set_thermostat(self, change: ClimateChange) -> None:
        mode = change.mode or self._mode()
        values = self._switched(change.mode) if change.mode else {}
        if change.temperature is not None:
            single = self._single(mode)
            if mode == "off":
                raise DeviceRefused("it is off: send a mode with the temperature")
            if single is None:
                raise DeviceRefused("it keeps between two temperatures: send low and high")
            if self.get(single) is None:
                raise DeviceRefused(f"it takes no temperature in mode {mode}")
            values[single] = change.temperature
        if change.low is not None or change.high is not None:
            if mode != "auto":
                raise DeviceRefused("it keeps between two temperatures in mode auto: send it too")
            asked = {LOW: change.low, HIGH: change.high}
            values |= {type: value for type, value in asked.items() if value is not None}
        for type, value in values.items():
            found = self.get(type)
            if found is not None and not found.admits(value):
                raise DeviceRefused(f"it takes {found.low:g} to {found.high:g} °C in mode {mode}")
        await self.write(values)


class HomeKitThermostat(_Climate):
    target_mode = words.TARGET_HEATING
    modes: ClassVar[Mapping[int, Mode]] = {0: "off", 1: "heat", 2: "cool", 3: "auto"}
    current = words.CURRENT_HEATING
    doings: ClassVar[Mapping[float | None, Doing]] = {0: "idle", 1: "heating", 2: "cooling"}
    has = (words.TARGET_TEMPERATURE,)
    reads = (
        words.CURRENT_TEMPERATURE,
        words.TARGET_TEMPERATURE,
        words.TARGET_HEATING,
        words.CURRENT_HEATING,
        LOW,
        HIGH,
        words.HUMIDITY,
    )

    def _mode(self) -> Mode | None:
        number = self.number(self.target_mode)
        return None if number is None else self.modes.get(int(number))

    def _single(self, mode: Mode | None) -> str | None:
        between = mode == "auto" and self._keeps_between
        return None if between else words.TARGET_TEMPERATURE

    def _switched(self, mode: Mode) -> dict[str, float]:
        return {self.target_mode: next(key for key, word in self.modes.items() if word == mode)}

    def _temperature(self) -> Limit:
        return steps(self.get(words.TARGET_TEMPERATURE))


class HomeKitHeaterCooler(_Climate):
    """An air conditioner: it is turned off beside its mode, and has a temperature for each."""

    target_mode = words.TARGET_HEATER_COOLER
    modes: ClassVar[Mapping[int, Mode]] = {0: "auto", 1: "heat", 2: "cool"}
    current = words.CURRENT_HEATER_COOLER
    doings: ClassVar[Mapping[float | None, Doing]] = {
        0: "off",
        1: "idle",
        2: "heating",
        3: "cooling",
    }
    has = (words.TARGET_HEATER_COOLER,)
    reads = (
        words.ACTIVE,
        words.CURRENT_TEMPERATURE,
        words.TARGET_HEATER_COOLER,
        words.CURRENT_HEATER_COOLER,
        LOW,
        HIGH,
        words.HUMIDITY,
    )

    def _mode(self) -> Mode | None:
        number = self.number(self.target_mode)
        if self.truth(words.ACTIVE) is False:
            return "off"
        return None if number is None else self.modes.get(int(number))

    def _single(self, mode: Mode | None) -> str | None:
        if mode in ("heat", "cool"):
            return LOW if mode == "heat" else HIGH
        if self._keeps_between:
            return None
        return LOW if self.get(LOW) is not None else HIGH

    def _switched(self, mode: Mode) -> dict[str, float]:
        if mode == "off":
            return {words.ACTIVE: 0}
        target = next(key for key, word in self.modes.items() if word == mode)
        return {words.ACTIVE: 1, self.target_mode: target}

    def _temperature(self) -> Limit:
        found = [one for one in map(self.get, (LOW, HIGH)) if one is not None]
        if not found:
            return Limit(absent=True)
        lows = [one.low for one in found if one.low is not None]
        highs = [one.high for one in found if one.high is not None]
        finest = min((one.step for one in found if one.step), default=None)
        return Limit(min=min(lows, default=None), max=max(highs, default=None), step=finest)
