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


@dataclass(frozen=True, slots=True)
class HomeClock:
    """The clock in the home's time zone: what is stored is UTC, what is said is local."""

    clock: Clock
    zone: ZoneInfo

    def now(self) -> datetime:
        """Return the present time in UTC."""
        return self.clock.now()

    def local(self, moment: datetime) -> str:
        """Return `moment` as RFC 3339 with the home's offset, to the second."""
        return moment.astimezone(self.zone).isoformat(timespec="seconds")

    def exact(self, moment: datetime) -> str:
        """Return `moment` as RFC 3339 with the home's offset, to the millisecond."""
        return moment.astimezone(self.zone).isoformat(timespec="milliseconds")

    def said(self, moment: datetime) -> str:
        """Return `moment` as people say it: 14:02 today, otherwise with the date."""
        then, today = moment.astimezone(self.zone), self.now().astimezone(self.zone)
        return f"{then:%H:%M}" if then.date() == today.date() else f"{then:%Y-%m-%d %H:%M}"


def milliseconds(moment: datetime) -> int:
    """Return a time as whole milliseconds since 1970, as the tables keep it."""
    return int(moment.timestamp() * 1000)


def moment(milliseconds: int) -> datetime:
    """Return the time of a number of milliseconds since 1970, in UTC."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
