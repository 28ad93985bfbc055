"""When a person is left in peace, and how many messages an hour are enough."""

import re
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from gateway.spans import instant

HOUR = 3600.0
_DAY = timedelta(days=1)
_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)\s*-\s*([01]\d|2[0-3]):([0-5]\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours of every day in the home's time; they may go across midnight."""

    start: time
    end: time

    @classmethod
    def parse(cls, text: str) -> "Quiet":
        """Return the hours of "22:00-07:00"; raise ValueError that shows how to write them."""
        found = _HOURS.fullmatch(text.strip())
        if not found:
            raise ValueError('quiet hours are written "22:00-07:00"')
        hours = [int(part) for part in found.groups()]
        quiet = cls(time(hours[0], hours[1]), time(hours[2], hours[3]))
        if quiet.start == quiet.end:
            raise ValueError("quiet hours that begin when they end say nothing")
        return quiet

    def until(self, now: datetime, zone: ZoneInfo) -> datetime | None:
        """Return when the quiet hours that `now` lies in end, in UTC; None outside of them.

        Where clocks change, a skipped time is the next that exists, a repeated one the first.
        """
        today = now.astimezone(zone).date()
        later = _DAY if self.end < self.start else timedelta()
        for day in (today - _DAY, today):
            start = instant(datetime.combine(day, self.start), zone)
            end = instant(datetime.combine(day + later, self.end), zone)
            if start <= now < end:
                return end.astimezone(UTC)
        return None


@dataclass(slots=True)
class Rate:
    """At most so many in any hour, by a clock that never goes back."""

    per_hour: int
    _sent: deque[float] = field(default_factory=deque)

    def wait(self, now: float) -> float:
        """Return in how many seconds the next may go; 0 is at once."""
        while self._sent and self._sent[0] <= now - HOUR:
            self._sent.popleft()
        return self._sent[0] + HOUR - now if len(self._sent) >= self.per_hour else 0.0

    def count(self, now: float) -> None:
        """Note that one goes now."""
        self._sent.append(now)
