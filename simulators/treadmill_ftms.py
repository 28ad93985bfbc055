"""The Fitness Machine Service (0x1826) of a simulated treadmill, whatever carries it.

Follows Bluetooth SIG's Fitness Machine Service 1.0 (4.4 treadmill data, 4.16 control point, 4.17
status, 4.19 records in several notifications) and its GATT characteristic documents of 2017.
Quirks follow reports on real belts in qdomyos-zwift's issues: bytes behind bit 13 that hold steps
(CITYSPORTS-Linker), targets taken as mph, success to everything (TM11GY, issue 5100). Own choices:
a speed written to a belt that stands still waits for its start, and a paused belt counts as being
in the middle of a manual training.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable, Collection
from typing import Literal, Protocol, TypeAlias, TypedDict, Unpack

from simulators.treadmill import (
    INCLINE_STEP,
    MAXIMUM_INCLINE,
    MAXIMUM_SPEED,
    MINIMUM_INCLINE,
    MINIMUM_SPEED,
    SPEED_STEP,
    Belt,
    Event,
)

SERVICE = 0x1826
FEATURE, DATA, TRAINING = 0x2ACC, 0x2ACD, 0x2AD3
SPEEDS, INCLINES, CONTROL, STATUS = 0x2AD4, 0x2AD5, 0x2AD9, 0x2ADA
CHARACTERISTICS = (FEATURE, DATA, TRAINING, SPEEDS, INCLINES, CONTROL, STATUS)
READ = (FEATURE, TRAINING, SPEEDS, INCLINES)
NOTIFIED = (DATA, TRAINING, STATUS)

FEATURES = 1 << 2 | 1 << 3 | 1 << 9 | 1 << 10 | 1 << 12
"""Total distance, inclination, expended energy, heart rate, elapsed time."""
TARGETS = 1 << 0 | 1 << 1
"""Speed and inclination."""

SUCCESS, NOT_SUPPORTED, INVALID, FAILED, NOT_PERMITTED = range(1, 6)
REQUEST_CONTROL, RESET, TARGET_SPEED, TARGET_INCLINE, START, STOP = 0, 1, 2, 3, 7, 8
PARAMETERS = {
    REQUEST_CONTROL: "<",
    RESET: "<",
    TARGET_SPEED: "<H",
    TARGET_INCLINE: "<h",
    START: "<",
    STOP: "<B",
}
RESPONSE = 0x80
CONTROL_LOST = bytes([0xFF])
KILOMETRES = 1.609344
UNKNOWN = 0x7FFF
IDLE, MANUAL = 0x01, 0x0D

Quirk: TypeAlias = Literal["steps", "short", "zero-heart", "deaf", "write-only"]
"""What real belts do beside the standard.

steps: two more bytes behind bit 13 · short: a record lacks its last two bytes · zero-heart: without
a strap it says 0 bpm · deaf: it says success and does nothing · write-only: over DIRCON its control
point is not marked as notifying, though it notifies.
"""


class Client(Protocol):
    """One who is connected; it drops what its client has not subscribed to."""

    def notify(self, characteristic: int, value: bytes) -> None:
        """Pass on a value."""


class Habits(TypedDict, total=False):
    """How a treadmill is: see Belt for `rate` and `heart_rate`, Machine for the rest."""

    rate: float
    heart_rate: int | None
    miles: bool
    split: bool
    quirks: Collection[Quirk]


class Machine:
    """A belt's service; a machine may be served over several transports at once.

    `miles`: takes a target of 4.00 km/h as 4 mph. `split`: each record comes in three
    notifications.
    """

    def __init__(
        self,
        belt: Belt | None = None,
        *,
        miles: bool = False,
        split: bool = False,
        quirks: Collection[Quirk] = (),
    ) -> None:
        self.belt = belt or Belt()
        self.miles = miles
        self.split = split
        self.quirks = frozenset(quirks)
        self.clients: list[Client] = []
        self.controller: Client | None = None
        self._beat: asyncio.TimerHandle | None = None
        self._procedures: dict[int, Callable[..., int]] = {
            REQUEST_CONTROL: self._request_control,
            RESET: self._reset,
            TARGET_SPEED: self._target_speed,
            TARGET_INCLINE: self._target_incline,
            START: self._start,
            STOP: self._stop,
        }
        self.belt.listeners.append(self._on_belt)

    @classmethod
    def of(cls, **habits: Unpack[Habits]) -> Machine:
        """Return a machine with these habits and a belt of its own."""
        belt = Belt(rate=habits.pop("rate", 1.0), heart_rate=habits.pop("heart_rate", None))
        return cls(
            belt,
            miles=habits.get("miles", False),
            split=habits.get("split", False),
            quirks=habits.get("quirks", ()),
        )

    def join(self, client: Client) -> None:
        """Somebody connected: while anybody is, a record goes out every second of the belt."""
        self.clients.append(client)
        if self._beat is None:
            self._beat_at(asyncio.get_running_loop().time() + 1 / self.belt.rate)

    def leave(self, client: Client) -> None:
        """Somebody is gone, and its control with it; the belt runs on."""
        self.clients.remove(client)
        if self.controller is client:
            self.controller = None
        if not self.clients and self._beat is not None:
            self._beat.cancel()
            self._beat = None

    def read(self, characteristic: int) -> bytes | None:
        """The value of a characteristic; None for one that is not read."""
        match characteristic:
            case 0x2ACC:
                return struct.pack("<II", FEATURES, TARGETS)
            case 0x2AD3:
                return bytes([0, IDLE if self.belt.state == "idle" else MANUAL])
            case 0x2AD4:
                speeds = (MINIMUM_SPEED, MAXIMUM_SPEED, SPEED_STEP)
                return struct.pack("<HHH", *map(hundredths, speeds))
            case 0x2AD5:
                inclines = (MINIMUM_INCLINE, MAXIMUM_INCLINE, INCLINE_STEP)
                return struct.pack("<hhH", *map(tenths, inclines))
        return None

    def write(self, client: Client, value: bytes) -> bytes:
        """Obey a control point write and return the response; ValueError when it is empty."""
        self.belt.written.append(value)
        if not value:
            raise ValueError("no operation")
        return bytes([RESPONSE, value[0], self._obey(client, value[0], value[1:])])

    def revoke_control(self) -> None:
        """A person takes the control back at the console."""
        loser, self.controller = self.controller, None
        if loser is not None:
            loser.notify(STATUS, CONTROL_LOST)

    def records(self) -> list[bytes]:
        """What is notified of this moment, in order."""
        belt = self.belt
        whole = [
            {2: min(int(belt.distance), 0xFFFFFF).to_bytes(3, "little")}
            | {3: struct.pack("<hh", tenths(belt.incline), UNKNOWN)},
            {7: struct.pack("<HHB", min(int(belt.energy), 0xFFFE), 0xFFFF, 0xFF)},
            {10: struct.pack("<H", min(int(belt.elapsed), 0xFFFF))},
        ]
        if (heart := self._heart()) is not None:
            whole[2] = {8: bytes([heart])} | whole[2]
        if "steps" in self.quirks:
            whole[2][13] = struct.pack("<H", belt.steps & 0xFFFF)
        if not self.split:
            whole = [whole[0] | whole[1] | whole[2]]
        speed = struct.pack("<H", hundredths(belt.speed))
        told = [record(fields) for fields in whole[:-1]] + [record(whole[-1], speed)]
        return [part[:-2] for part in told] if "short" in self.quirks else told

    def _heart(self) -> int | None:
        if self.belt.heart_rate is None and "zero-heart" in self.quirks:
            return 0
        return self.belt.heart_rate

    def _beat_at(self, moment: float) -> None:
        self._beat = asyncio.get_running_loop().call_at(moment, self._publish, moment)

    def _publish(self, moment: float) -> None:
        self._beat_at(max(moment + 1 / self.belt.rate, asyncio.get_running_loop().time()))
        for part in self.records():
            for client in list(self.clients):
                client.notify(DATA, part)

    def _obey(self, client: Client, operation: int, given: bytes) -> int:
        shape = PARAMETERS.get(operation)
        if client is not self.controller and operation != REQUEST_CONTROL:
            return NOT_PERMITTED
        if shape is None:
            return NOT_SUPPORTED
        if struct.calcsize(shape) != len(given):
            return INVALID
        if "deaf" in self.quirks and operation != REQUEST_CONTROL:
            return SUCCESS
        return self._procedures[operation](client, *struct.unpack(shape, given))

    def _request_control(self, client: Client) -> int:
        if self.controller is not client:
            self.revoke_control()
        self.controller = client
        return SUCCESS

    def _reset(self, client: Client) -> int:
        self.belt.reset(by=client)
        self.controller = None
        return SUCCESS

    def _target_speed(self, client: Client, wanted: int) -> int:
        if not hundredths(MINIMUM_SPEED) <= wanted <= hundredths(MAXIMUM_SPEED):
            return INVALID
        if self.belt.key_is_out:
            return FAILED
        self.belt.set_speed(wanted / 100 * (KILOMETRES if self.miles else 1), by=client)
        return SUCCESS

    def _target_incline(self, client: Client, wanted: int) -> int:
        if not tenths(MINIMUM_INCLINE) <= wanted <= tenths(MAXIMUM_INCLINE):
            return INVALID
        if self.belt.key_is_out:
            return FAILED
        self.belt.set_incline(wanted / 10, by=client)
        return SUCCESS

    def _start(self, client: Client) -> int:
        if self.belt.running or self.belt.key_is_out:
            return FAILED
        self.belt.start(by=client)
        return SUCCESS

    def _stop(self, client: Client, how: int) -> int:
        halts = {1: self.belt.stop, 2: self.belt.pause}
        if how not in halts:
            return INVALID
        halts[how](by=client)
        return SUCCESS

    def _on_belt(self, event: Event, by: object) -> None:
        status = self._status(event)
        training = self.read(TRAINING) or b""
        for client in list(self.clients):
            if event not in ("speed", "incline"):
                client.notify(TRAINING, training)
            if client is not by:
                client.notify(STATUS, status)

    def _status(self, event: Event) -> bytes:
        match event:
            case "reset":
                return b"\x01"
            case "stopped":
                return b"\x02\x01"
            case "paused":
                return b"\x02\x02"
            case "safety key":
                return b"\x03"
            case "started":
                return b"\x04"
            case "speed":
                shown = self.belt.chosen / (KILOMETRES if self.miles else 1)
                return struct.pack("<BH", 5, hundredths(shown))
            case "incline":
                return struct.pack("<Bh", 6, tenths(self.belt.incline))


def record(fields: dict[int, bytes], speed: bytes | None = None) -> bytes:
    """One notification; without a speed it says that more of the same record follows."""
    flags = sum(1 << bit for bit in fields) | (speed is None)
    return struct.pack("<H", flags) + (speed or b"") + b"".join(fields.values())


def hundredths(value: float) -> int:
    """A speed as it is written."""
    return round(value * 100)


def tenths(value: float) -> int:
    """An incline as it is written."""
    return round(value * 10)
