"""One clock for the whole process, injected so that tests own the time."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    """What the core needs of time."""

    def now(self) -> datetime:
        """Return the present time in UTC."""

    def monotonic(self) -> float:
        """Return seconds that never go back."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


@dataclass
class SetClock:
    """A clock that stands where a test puts it."""

    present: datetime = field(default_factory=lambda: datetime(2026, 1, 2, 12, tzinfo=UTC))
    seconds: float = 0.0

    def now(self) -> datetime:
        return self.present

    def monotonic(self) -> float:
        return self.seconds


def local(moment: datetime, zone: ZoneInfo) -> str:
    """Return `moment` as RFC 3339 with the home's offset, to the second."""
    return moment.astimezone(zone).isoformat(timespec="seconds")


def clock_time(moment: datetime, now: datetime, zone: ZoneInfo) -> str:
    """Return `moment` as people say it: 14:02 today, otherwise with the date."""
    then, today = moment.astimezone(zone), now.astimezone(zone)
    return f"{then:%H:%M}" if then.date() == today.date() else f"{then:%Y-%m-%d %H:%M}"
