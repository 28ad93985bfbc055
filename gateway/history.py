"""What was measured: recorded beside the events, in a file that may be lost.

A sample is kept when it lies beyond its deadband of the last one that was kept, and at least
every quarter of an hour while the device keeps reporting, so that silence shows as a gap.
"""

import asyncio
import logging
import math
import sqlite3
from datetime import datetime
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator

from gateway.capabilities import KINDS
from gateway.clock import milliseconds
from gateway.errors import did_you_mean
from gateway.historian import Historian
from gateway.history_file import HistoryFile
from gateway.history_reader import read, segments, with_waiting
from gateway.history_schema import Key, is_damaged
from gateway.series import GAP, UTC_ZONE, Bucket, buckets
from gateway.series import edges as edges_of

log = logging.getLogger("homeport.history")

HEARTBEAT = 900_000
"""Milliseconds after which a value is kept although it is the same."""
FINER = 4
"""How much finer the history is than the log: it pays a byte where an event costs hundreds."""


class Present(Protocol):
    """What the history needs of a clock."""

    def now(self) -> datetime:
        """Return the present time in UTC."""


class HistorySettings(BaseModel):
    """How much of the past is kept, and how finely."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    keep_mb: int = Field(500, ge=1)
    """Megabytes that history.db may have; the oldest hours go first."""
    deadbands: dict[str, float] = Field(default_factory=dict)
    """By "kind.field": how far a value must move to be kept; by default a quarter of the step
    that is worth an event, and any change of the rest."""

    @field_validator("deadbands")
    @classmethod
    def _known(cls, deadbands: dict[str, float]) -> dict[str, float]:
        names = [
            f"{kind.name}.{field}" for kind in KINDS.values() for field in kind.State.model_fields
        ]
        for name, deadband in deadbands.items():
            if name not in names:
                raise ValueError(f"{name!r} is no field. {did_you_mean(name, names) or ''}".strip())
            if not (math.isfinite(deadband) and deadband >= 0):
                raise ValueError(f"{name}: a deadband is 0 or more")
        return deadbands

    def deadband(self, prop: str) -> float:
        """Return by how much the value of "kind.field" may differ and count as the same."""
        kind, _, field = prop.partition(".")
        marks = KINDS[kind].sampled if kind in KINDS else {}
        default = marks[field].deadband / FINER if field in marks else 0.0
        return self.deadbands.get(prop, default)


class _Line:
    """The last sample of a series that was kept."""

    __slots__ = ("at", "deadband", "key", "value")

    def __init__(self, key: Key, deadband: float) -> None:
        self.key = key
        self.deadband = deadband
        self.value = math.nan
        self.at = 0


class History:
    """The home's measurements; `record` is for the event loop's thread."""

    def __init__(self, path: Path, settings: HistorySettings, clock: Present) -> None:
        self.path = path.absolute()
        self._settings = settings
        self._clock = clock
        self._lines: dict[str, dict[str, _Line]] = {}
        file = HistoryFile(self.path, settings.keep_mb * 1_000_000, self._lines.clear)
        self._file = file
        self._historian = Historian(file, lambda: milliseconds(clock.now()))

    def open(self) -> None:
        """Open history.db and start its writer; what cannot be used is begun again, empty."""
        self._historian.start()
        for device, prop in self._file.series():
            self._line(device, prop)

    def record(self, device: str, prop: str, at: datetime, value: float) -> None:
        """Keep a sample if it says something new; never waits, never raises."""
        try:
            line = self._lines[device][prop]
        except KeyError:
            line = self._line(device, prop)
        time = int(at.timestamp() * 1000)
        if abs(value - line.value) <= line.deadband and time - line.at < HEARTBEAT:
            return
        if math.isfinite(value):
            line.value, line.at = value, time
            self._historian.add((line.key, time, value))

    def _line(self, device: str, prop: str) -> _Line:
        line = _Line((device, prop), self._settings.deadband(prop))
        return self._lines.setdefault(device, {}).setdefault(prop, line)

    @property
    def lost(self) -> dict[str, int]:
        """How many samples could not be kept since the start, by reason: overload, disk."""
        return dict(self._historian.lost)

    @property
    def dropped(self) -> int:
        """How many samples could not be kept since the start."""
        return sum(self._historian.lost.values())

    def properties(self, device: str) -> list[str]:
        """Return what is known of a device's past, as "kind.field"."""
        return sorted(self._lines.get(device, ()))

    async def series(
        self,
        device: str,
        prop: str,
        start: datetime,
        end: datetime,
        every: float,
        zone: ZoneInfo = UTC_ZONE,
    ) -> list[Bucket]:
        """Return what is known from `start` to `end` in steps of `every` seconds, in order.

        Steps of whole days are the zone's days. Steps of which nothing is known are left out.
        Raises InvalidArguments for more than 2,000 steps.
        """
        edges = edges_of(start, end, every, zone)
        until = min(edges[-1], milliseconds(self._clock.now()) + 1)
        waiting = self._historian.waiting((device, prop))
        return await asyncio.to_thread(self._series, (device, prop), edges, until, waiting)

    def _series(
        self, key: Key, edges: list[int], until: int, waiting: list[tuple[int, float]]
    ) -> list[Bucket]:
        start, end = edges[0] - GAP, edges[-1]
        try:
            hours = read(self.path, key, start, end)
        except sqlite3.Error as error:
            hours = {}
            if is_damaged(error):
                log.warning("%s is damaged (%s): begun again, empty", self.path.name, error)
                self._historian.ask("rebuild")
        with_waiting(hours, waiting)
        return buckets(segments(hours, start, end, edges), edges, until)

    async def flush(self) -> None:
        """Write what waits, and pack the hours that are over."""
        await asyncio.wrap_future(self._historian.ask("flush"))

    async def drop(self) -> None:
        """Forget everything and go on with an empty file."""
        await asyncio.wrap_future(self._historian.ask("drop"))

    async def aclose(self) -> None:
        """Write what waits, then close the file."""
        await asyncio.wrap_future(self._historian.ask("stop"))
