"""What an accessory says that it is: its services and their characteristics, as data."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from math import isfinite
from typing import Any

from adapters import homekit_words as words
from gateway.errors import AdapterFault

MOST_ACCESSORIES = 150
"""No bridge may have more (HAP R2, 2.5.3.2)."""
LARGEST_ID = 2**64 - 1
LARGEST = 1e9
"""What is beyond is no number that a thing in a house measures."""
WHOLE = frozenset({"bool", "int", "uint8", "uint16", "uint32", "uint64"})
READ, EVENTS, TIMED = "pr", "ev", "tw"


@dataclass(eq=False, slots=True)
class Characteristic:
    """One value of a service, and what may be done with it."""

    aid: int
    iid: int
    type: str
    may: frozenset[str]
    format: str
    value: Any = None
    low: float | None = None
    high: float | None = None
    step: float | None = None
    choices: frozenset[int] | None = None

    def number(self) -> float | None:
        """Return the value as a number; None where it is none."""
        return _number(self.value)

    def fit(self, value: float) -> int | float:
        """Return `value` on the steps and in the format that it is written in."""
        if self.step:
            start = self.low or 0.0
            value = start + round((value - start) / self.step) * self.step
        return round(value) if self.format in WHOLE else round(value, 4)

    def admits(self, value: float) -> bool:
        """Say whether a value lies in its range."""
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


@dataclass(eq=False, slots=True)
class Service:
    """One function of an accessory, by the short forms of its characteristics' types."""

    iid: int
    type: str
    hidden: bool
    characteristics: Mapping[str, Characteristic]

    def text(self, *types: str) -> str:
        """Return the first of these values that is a text with something in it."""
        for type in types:
            found = self.characteristics.get(type)
            if found is not None and isinstance(found.value, str) and found.value.strip():
                return found.value
        return ""


@dataclass(eq=False, slots=True)
class Accessory:
    """One accessory: alone, a bridge, or behind one."""

    aid: int
    services: list[Service] = field(default_factory=list)

    @property
    def information(self) -> Service | None:
        return next((one for one in self.services if one.type == words.INFORMATION), None)

    def told(self, *types: str) -> str:
        """Return what it says of itself."""
        return self.information.text(*types) if self.information else ""


def parse(answer: Any) -> list[Accessory]:
    """Return the accessories of an answer to /accessories; raise AdapterFault for nonsense."""
    try:
        found = [_accessory(one) for one in answer["accessories"][:MOST_ACCESSORIES]]
    except (LookupError, TypeError, ValueError, AttributeError):
        raise AdapterFault("the accessory describes itself in a way that makes no sense") from None
    if len({one.aid for one in found}) < len(found) or not any(one.aid == 1 for one in found):
        raise AdapterFault("the accessory describes itself twice, or not at all")
    return found


def values(answer: Any) -> Iterator[tuple[int, int, Mapping[str, Any]]]:
    """Yield aid, iid and the rest of every row of an answer or an event; nonsense is left out."""
    rows = answer.get("characteristics") if isinstance(answer, dict) else None
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict) and _is_id(row.get("aid")) and _is_id(row.get("iid")):
            yield row["aid"], row["iid"], row


def fraction(value: float | None, of: Characteristic | None) -> float | None:
    """Return a value as a percentage of the highest that its characteristic takes."""
    whole = (of.high if of is not None else None) or 100.0
    return None if value is None else round(min(max(value / whole, 0.0), 1.0) * 100, 1)


def numbered(services: Iterable[Service], name: str) -> Iterator[tuple[Service, str]]:
    """Yield several services of one accessory with a name for each."""
    for place, service in zip(count(1), services, strict=False):
        own = service.text(words.CONFIGURED_NAME, words.NAME)
        label = service.characteristics.get(words.LABEL_INDEX)
        index = (label.number() if label else None) or place
        if not own or own == name:
            yield service, f"{name} {index:g}"
        else:
            yield service, own if own.startswith(name) else f"{name} {own}"


def _accessory(told: Any) -> Accessory:
    accessory = Accessory(_id(told["aid"]))
    for one in told["services"]:
        characteristics = [_characteristic(accessory.aid, each) for each in one["characteristics"]]
        by_type = {each.type: each for each in reversed(characteristics)}
        service = Service(
            _id(one["iid"]), words.short(one["type"]), one.get("hidden") is True, by_type
        )
        accessory.services.append(service)
    return accessory


def _characteristic(aid: int, told: Any) -> Characteristic:
    choices = told.get("valid-values")
    return Characteristic(
        aid,
        _id(told["iid"]),
        words.short(told["type"]),
        frozenset(str(one) for one in told["perms"]),
        str(told.get("format", "")),
        told.get("value"),
        _number(told.get("minValue")),
        _number(told.get("maxValue")),
        _number(told.get("minStep")),
        frozenset(int(one) for one in choices) if choices else None,
    )


def _number(value: Any) -> float | None:
    if isinstance(value, int | float) and isfinite(value) and abs(value) < LARGEST:
        return float(value)
    return None


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= LARGEST_ID


def _id(value: Any) -> int:
    if not _is_id(value):
        raise ValueError(value)
    return int(value)
