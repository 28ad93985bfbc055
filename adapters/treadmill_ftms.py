"""The words of treadmills: Bluetooth's Fitness Machine Service 1.0, read and written as bytes.

Reading is lenient: treadmills send records that are shorter or longer than their flags say.
Writing is not: what is built here, and what `allowed` lets pass, is a request for control, a stop,
a pause, and a target speed far below the measured one. Nothing that starts a belt or makes it
faster or steeper can be built, and the gate refuses it whoever built it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from gateway.capabilities.treadmill import SLOWER
from gateway.errors import InvalidArguments

SERVICE = 0x1826
FEATURE, DATA, TRAINING, SPEED_RANGE = 0x2ACC, 0x2ACD, 0x2AD3, 0x2AD4
CONTROL_POINT, STATUS = 0x2AD9, 0x2ADA

REQUEST_CONTROL = b"\x00"
STOP, PAUSE = b"\x08\x01", b"\x08\x02"
_TARGET_SPEED = 0x02
_RESPONSE = 0x80
SUCCESS, NOT_PERMITTED = 1, 5
RESULTS: Mapping[int, str] = {
    2: "it cannot do that",
    3: "it does not take that value",
    4: "it could not do that",
    NOT_PERMITTED: "it lets nobody control it",
}

RESET, STOPPED_BY_USER, SAFETY_KEY, STARTED_BY_USER = 0x01, 0x02, 0x03, 0x04
SPEED_CHANGED, INCLINE_CHANGED, CONTROL_LOST = 0x05, 0x06, 0xFF
IDLE = 1

FRESH = 3.0
"""How old the newest record may be for anything to be decided by it, in seconds."""
FASTEST = 40.0
"""What says to be faster than any treadmill, in km/h, is no speed."""
MILE = 1.609344
_MORE_DATA = 0x0001
_MOST_PARTS = 8
_EXACT = 1e-6


class _Field(NamedTuple):
    bit: int
    name: str
    width: int
    scale: float = 1.0
    signed: bool = False
    missing: int | None = None


_NONE16, _NONE_SIGNED, _NONE8 = 0xFFFF, 0x7FFF, 0xFF
_FIELDS = (
    _Field(0, "speed", 2, 0.01),
    _Field(1, "average_speed", 2, 0.01),
    _Field(2, "distance", 3),
    _Field(3, "incline", 2, 0.1, signed=True, missing=_NONE_SIGNED),
    _Field(3, "ramp", 2, 0.1, signed=True, missing=_NONE_SIGNED),
    _Field(4, "climb", 2, 0.1),
    _Field(4, "descent", 2, 0.1),
    _Field(5, "pace", 1, 0.1),
    _Field(6, "average_pace", 1, 0.1),
    _Field(7, "energy", 2, missing=_NONE16),
    _Field(7, "energy_per_hour", 2, missing=_NONE16),
    _Field(7, "energy_per_minute", 1, missing=_NONE8),
    _Field(8, "heart_rate", 1, missing=_NONE8),
    _Field(9, "metabolic_equivalent", 1, 0.1),
    _Field(10, "elapsed", 2),
    _Field(11, "remaining", 2),
    _Field(12, "force", 2, signed=True, missing=_NONE_SIGNED),
    _Field(12, "power", 2, signed=True, missing=_NONE_SIGNED),
)
"""In the order in which they are sent; bit 0 is inverted: it says that more is to come."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one notification said; a record is whole when its `last` part has come."""

    values: Mapping[str, float | None]
    last: bool
    rest: bytes = b""
    """What lies behind the fields that the flags name, such as a maker's count of steps."""

    def get(self, name: str) -> float | None:
        """Return a value; None where it was not said or is not available."""
        return self.values.get(name)


def part(data: bytes) -> Part | None:
    """Return what Treadmill Data says as far as it reaches; None where there are no flags."""
    if len(data) < 2:
        return None
    flags, at = int.from_bytes(data[:2], "little"), 2
    values: dict[str, float | None] = {}
    for one in _FIELDS:
        if bool(flags >> one.bit & 1) == (one.bit == 0):
            continue
        raw = data[at : at + one.width]
        if len(raw) < one.width:
            return Part(values, not flags & _MORE_DATA, data[at:])
        at += one.width
        number = int.from_bytes(raw, "little", signed=one.signed)
        values[one.name] = None if number == one.missing else round(number * one.scale, 2)
    return Part(values, not flags & _MORE_DATA, data[at:])


@dataclass
class Records:
    """Puts records together that were split over several notifications."""

    _parts: list[Part] = field(default_factory=list)

    def take(self, data: bytes) -> Part | None:
        """Return the whole record that these bytes complete, None while more is to come."""
        new = part(data)
        if new is None:
            return None
        self._parts.append(new)
        if not new.last:
            if len(self._parts) >= _MOST_PARTS:
                self.drop()
            return None
        whole = {name: value for one in self._parts for name, value in one.values.items()}
        rest = b"".join(one.rest for one in self._parts)
        self.drop()
        return Part(whole, True, rest)

    def drop(self) -> None:
        """Forget what was begun: the connection is lost."""
        self._parts.clear()


@dataclass(frozen=True, slots=True)
class SpeedRange:
    """The speeds that a machine takes, in hundredths of what it takes for km/h."""

    lowest: int = 50
    step: int = 1


def speed_range(data: bytes) -> SpeedRange:
    """Return what Supported Speed Range says; where it says nothing, at least 0.5 km/h."""
    if len(data) < 6:
        return SpeedRange()
    lowest, step = int.from_bytes(data[:2], "little"), int.from_bytes(data[4:6], "little")
    return SpeedRange(max(lowest, 1), max(step, 1))


def takes_speed(feature: bytes) -> bool:
    """Say whether a target speed can be set; true where the machine does not tell."""
    return len(feature) < 8 or bool(feature[4] & 1)


def is_idle(training_status: bytes) -> bool:
    """Say whether Training Status tells that nobody trains."""
    return len(training_status) >= 2 and training_status[1] == IDLE


def advertises_treadmill(service_data: bytes) -> bool:
    """Say whether what a machine advertises may be a treadmill's; most do not tell."""
    return len(service_data) < 3 or bool(service_data[1] & 1)


def response(data: bytes) -> tuple[int, int] | None:
    """Return which operation was answered, and how; None where it is no answer."""
    return (data[1], data[2]) if len(data) >= 3 and data[0] == _RESPONSE else None


@dataclass(frozen=True, slots=True)
class Measured:
    """The speed of the belt in km/h, and how many seconds ago it was measured."""

    speed: float
    age: float

    @property
    def is_fresh(self) -> bool:
        return 0 <= self.age <= FRESH

    @property
    def most(self) -> float:
        """The most that a target speed may be, in hundredths."""
        return round(self.speed * 100) * SLOWER


def slower(measured: Measured | None, takes: SpeedRange, *, reads_miles: bool = False) -> bytes:
    """Return the bytes that slow a running belt to at most 0.6 of its measured speed.

    Raises InvalidArguments where that was not measured just now, the belt does not run, or the
    machine cannot run so slowly.
    """
    if measured is None or not measured.is_fresh:
        raise InvalidArguments(
            f"the treadmill has not told its speed in the last {FRESH:g} s", hint=_STOP
        )
    if not 0 < measured.speed <= FASTEST:
        raise InvalidArguments("the treadmill does not run: there is nothing to slow")
    most = int((measured.most + _EXACT) / (MILE if reads_miles else 1))
    if most < takes.lowest:
        lowest = takes.lowest / 100 * (MILE if reads_miles else 1)
        raise InvalidArguments(
            f"at {measured.speed:g} km/h it cannot be slowed by enough: "
            f"it runs at {lowest:.1f} km/h or more",
            hint=_STOP,
        )
    target = most - (most - takes.lowest) % takes.step
    return allowed(bytes((_TARGET_SPEED, *target.to_bytes(2, "little"))), measured)


_STOP = "stop_treadmill stops it."


def allowed(write: bytes, measured: Measured | None) -> bytes:
    """Return what may be written to a control point; raise InvalidArguments for all else.

    The last gate before every transport, whoever calls: control, stop, pause, and a speed above
    nothing and of at most 0.6 of what the belt was just measured to run at.
    """
    if write in (REQUEST_CONTROL, STOP, PAUSE):
        return write
    if len(write) == 3 and write[0] == _TARGET_SPEED and measured is not None:
        target = int.from_bytes(write[1:], "little")
        believable = measured.is_fresh and 0 < measured.speed <= FASTEST
        if believable and 0 < target <= measured.most + _EXACT:
            return write
    raise InvalidArguments("homeport tells a treadmill nothing but to stop, pause or slow down")


def target_of(write: bytes) -> float:
    """Return the speed that a write asks for, in what the machine takes for km/h."""
    return int.from_bytes(write[1:3], "little") / 100
