"""What reports in HomeKit: quantities, contacts, presence, leaks, keys."""

from collections.abc import Mapping

from adapters import homekit_words as words
from adapters.homekit_offer import Offer
from gateway.capabilities.sensors import (
    ButtonPress,
    ButtonState,
    Contact,
    ContactState,
    Key,
    Leak,
    LeakState,
    Measurement,
    MeasurementState,
    Occupancy,
    OccupancyState,
    Press,
)

PRESSES: Mapping[float | None, Press] = {0: "short", 1: "double", 2: "long"}
NOT_IN_CONTACT = 1


class HomeKitMeasurement(Offer, Measurement):
    """What every sensor of an accessory measures, and how full its battery is."""

    reads = (
        words.CURRENT_TEMPERATURE,
        words.HUMIDITY,
        words.ILLUMINANCE,
        words.CO2_LEVEL,
        words.PM25,
        words.BATTERY_LEVEL,
    )
    has = reads
    merges = True

    def read(self) -> None:
        self.report(
            MeasurementState(
                temperature=self.number(words.CURRENT_TEMPERATURE),
                humidity=self._within(words.HUMIDITY, 100.0),
                illuminance=self._within(words.ILLUMINANCE),
                co2=self._within(words.CO2_LEVEL),
                pm25=self._within(words.PM25),
                battery=self._within(words.BATTERY_LEVEL, 100.0),
            )
        )

    def _within(self, type: str, most: float = float("inf")) -> float | None:
        number = self.number(type)
        return None if number is None else min(max(number, 0.0), most)


class HomeKitContact(Offer, Contact):
    has = reads = (words.CONTACT,)

    def read(self) -> None:
        if (contact := self.number(words.CONTACT)) is not None:
            self.report(ContactState(open=contact == NOT_IN_CONTACT))


class HomeKitOccupancy(Offer, Occupancy):
    """Somebody moves, or is there without moving."""

    has = reads = (words.MOTION, words.OCCUPANCY)
    merges = True

    def read(self) -> None:
        told = [one for one in map(self.truth, self.reads) if one is not None]
        if told:
            self.report(OccupancyState(occupied=any(told)))


class HomeKitLeak(Offer, Leak):
    has = reads = (words.LEAK,)

    def read(self) -> None:
        if (leaking := self.truth(words.LEAK)) is not None:
            self.report(LeakState(leaking=leaking))


class HomeKitButton(Offer, Key):
    """A key has no value, it only tells when it is pressed."""

    has = (words.PRESS,)
    reads = ()

    def read(self) -> None:
        self.report(self.speaker.pressed.get(self.device, ButtonState()))

    def heard(self, changed: frozenset[str]) -> None:
        how = PRESSES.get(self.number(words.PRESS))
        if words.PRESS in changed and how is not None:
            before = self.speaker.pressed.get(self.device, ButtonState())
            after = ButtonState(last=how, presses=before.presses + 1)
            self.speaker.pressed[self.device] = after
            self.read()
            self.pressed(ButtonPress(press=how))
