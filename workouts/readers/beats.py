"""Heart rates of many years in five bytes each, by day, until it is known which workout's."""

from array import array
from datetime import datetime

from workouts.readers.source import AHEAD, EARLIEST, HEARTBEATS, Source
from workouts.workout import Sample

DAY = 86_400
MOST = 20_000_000
MOST_DAYS = 10_000
HIGHEST = 255


class Beats:
    """Heart rates in any order; what is no heart rate at a time is no heart rate."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._days: dict[int, tuple[array[int], array[int]]] = {}
        self._midnights: dict[str, int | None] = {}
        self._count = 0
        self._earliest = int(EARLIEST.timestamp())
        self._latest = int((source.now + AHEAD).timestamp())

    def add(self, time: str, value: str) -> None:
        """Take one as the export says it; raise InvalidArguments where there are far too many."""
        # a call for each of millions: so no datetime is made of each
        midnight = self._midnight(time[:10] + time[19:])
        try:
            beats = float(value)
            clock = int(time[11:13]) * 3600 + int(time[14:16]) * 60 + int(time[17:19])
        except ValueError:
            return
        if midnight is None or not HEARTBEATS[0] <= beats <= HIGHEST:
            return
        at = midnight + clock
        if not self._earliest <= at <= self._latest:
            return
        self._count += 1
        if self._count > MOST:
            raise self._source.bad(f"has more than {MOST} heart rates")
        day, second = divmod(at, DAY)
        kept = self._days.get(day)
        if kept is None:
            kept = self._days[day] = (array("I"), array("B"))
        kept[0].append(second)
        kept[1].append(round(beats))

    def _midnight(self, day: str) -> int | None:
        """Return when a day began where it was measured: `2026-11-01 +0100`."""
        if day not in self._midnights:
            if len(self._midnights) > MOST_DAYS:
                self._midnights.clear()
            try:
                began = datetime.strptime(day, "%Y-%m-%d %z")
                self._midnights[day] = int(began.timestamp())
            except (ValueError, OverflowError):
                self._midnights[day] = None
        return self._midnights[day]

    def within(self, start: datetime, end: datetime) -> list[Sample]:
        """Return the heart rates from one time to another as samples, one for each second."""
        first, last = start.timestamp(), end.timestamp()
        found: dict[int, int] = {}
        for day in range(int(first) // DAY, int(last) // DAY + 1):
            seconds, beats = self._days.get(day, ((), ()))
            for second, beat in zip(seconds, beats, strict=True):
                if first <= day * DAY + second <= last:
                    found.setdefault(day * DAY + second, beat)
        return [Sample(at=float(at), heart_rate=float(found[at])) for at in sorted(found)]


def moment(said: str, source: Source, what: str) -> datetime:
    """Return a time as the export says it, `2026-11-01 08:00:00 +0100`."""
    return source.time(said.replace(" +", "+").replace(" -", "-"), what)
