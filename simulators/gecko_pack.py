"""What a simulated Gecko spa keeps: a block of 1024 bytes, of which a few places have a meaning.

The places are those of the pack inYT, configuration 50 and log 50, as geckolib 0.4.20 lists them
(facts alone: position, length, bits, words). Temperatures are words in tenths of a degree
Fahrenheit above freezing, whatever unit the keypad shows: 18 of them are one degree Celsius.
"""

from __future__ import annotations

from dataclasses import dataclass

SIZE = 1024
PER_CELSIUS = 18
OFF_ON = ("OFF", "ON")


@dataclass(frozen=True)
class Place:
    """Where a value stands; `bits` of the byte from `shift` on, or all of `length` bytes."""

    at: int
    length: int = 1
    shift: int = 0
    bits: int = 0
    words: tuple[str, ...] = ()

    @property
    def mask(self) -> int:
        """The bits of the value, in its place."""
        bits = self.bits or 8 * self.length
        return ((1 << bits) - 1) << self.shift

    def overlaps(self, at: int, length: int) -> bool:
        """Say whether any of its bytes are among those."""
        return at < self.at + self.length and self.at < at + length


SETPOINT = Place(1, 2)
UNITS = Place(33, words=("F", "C"))
LOWEST, HIGHEST = Place(70, 2), Place(72, 2)
ECONOMY = Place(280, shift=2, bits=1)
SHOWN_TEMPERATURE, REAL_SETPOINT = Place(276, 2), Place(274, 2)
HEATING = Place(259, shift=5, bits=2)
NO_TEMPERATURE = Place(278, shift=2, bits=1)
CLEANING, PURGING = Place(272, bits=1), Place(272, shift=2, bits=1)

TWO_SPEEDS, RUNS_AT = ("OFF", "LO", "HI"), ("OFF", "HIGH", "LOW")
DEMANDS = {
    "P1": Place(258, bits=2, words=TWO_SPEEDS),
    "P2": Place(258, shift=2, bits=2, words=TWO_SPEEDS),
    "P5": Place(257, bits=1, words=("OFF", "HI")),
    "BL": Place(257, shift=1, bits=1, words=OFF_ON),
    "LI": Place(307, words=("OFF", "HI")),
}
"""What people want of each thing."""
RUNNING = {
    "P1": Place(260, bits=2, words=RUNS_AT),
    "P2": Place(260, shift=2, bits=2, words=RUNS_AT),
    "P5": Place(259, bits=1, words=("OFF", "HIGH")),
    "BL": Place(259, shift=1, bits=1, words=OFF_ON),
}
"""What each does; a light has no such place."""
WRITABLE = (SETPOINT, UNITS, ECONOMY, *DEMANDS.values())

KEYS = {1: "P1", 2: "P2", 5: "P5", 6: "BL", 16: "LI"}
"""The keys of the keypad, by number."""

OUTPUTS = {"P1": (1, 2), "P2": (3,), "P5": (9,), "BL": (10,)}
"""How the relays are told what hangs on them: a fast and a slow winding, or one of them."""
FIRST_OUTPUT, HEATER_OUTPUT, LIGHT_OUTPUT = 12, Place(17), Place(83)
ABOUT = {Place(0): 1, Place(289): 10, Place(297, 2): 163, Place(299): 4, Place(300): 0}
"""Configuration, type of pack, and which programme it runs."""


class Block:
    """The bytes; what is wired to the pack is known by the keys of DEMANDS."""

    def __init__(self, wired: tuple[str, ...]) -> None:
        self.data = bytearray(SIZE)
        for place, value in ABOUT.items():
            self.put(place, value)
        relays = [relay for key in wired for relay in OUTPUTS.get(key, ())]
        for number, relay in enumerate(relays):
            self.put(Place(FIRST_OUTPUT + number), relay)
        self.put(HEATER_OUTPUT, 14)
        self.put(LIGHT_OUTPUT, 15 if "LI" in wired else 0)

    def get(self, place: Place) -> int:
        """Return the number in a place."""
        number = int.from_bytes(self.data[place.at : place.at + place.length], "big")
        return (number & place.mask) >> place.shift

    def put(self, place: Place, value: int) -> None:
        """Put a number into a place, its neighbours in the same byte untouched."""
        end = place.at + place.length
        number = int.from_bytes(self.data[place.at : end], "big")
        number = number & ~place.mask | (value << place.shift) & place.mask
        self.data[place.at : end] = number.to_bytes(place.length, "big")

    def word(self, place: Place) -> str:
        """Return what the number in a place means."""
        return place.words[self.get(place)]

    def put_word(self, place: Place, word: str) -> None:
        """Put the number of a word into a place; ValueError where it has no such word."""
        self.put(place, place.words.index(word))

    def degrees(self, place: Place) -> float:
        """Return a temperature in °C."""
        return self.get(place) / PER_CELSIUS

    def put_degrees(self, place: Place, celsius: float) -> None:
        """Put a temperature, in °C, into a place."""
        self.put(place, round(celsius * PER_CELSIUS))
