"""What a file says, checked: numbers that are numbers, times that can be, one kind of error."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from gateway.errors import InvalidArguments
from gateway.text import clean
from workouts.rows import LONGEST
from workouts.workout import Activity, Sample, Totals, Workout

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
AHEAD = timedelta(days=1)
"""How far a watch may be ahead of this machine."""
LARGEST = 1e9
"""No metre, second, kilocalorie or beat of one workout is more."""
HEARTBEATS = (20.0, 260.0)
LONGEST_NAME, LONGEST_WORD = 80, 40


@dataclass(frozen=True, slots=True)
class Source:
    """The file that is read, what may be skipped in it, and the present time."""

    name: str
    now: datetime
    skip: Callable[[str], None]
    """takes a sentence about one workout that makes no sense in a file that is sound"""
    within: str = ""
    """the sentence's word for the file that this one lies in"""

    def bad(self, sentence: str, *, hint: str | None = None) -> InvalidArguments:
        """Return the error for a file that cannot be read; `sentence` follows its name."""
        return InvalidArguments(f"{self.called} {sentence}", hint=hint, field="file")

    def backwards(self, at: float) -> InvalidArguments:
        """Return the error for a file whose time goes back to `at`."""
        back = datetime.fromtimestamp(at, UTC)
        return self.bad(f"runs backwards in time, to {back:%Y-%m-%d %H:%M:%S}")

    @property
    def called(self) -> str:
        """Return the file's name for a sentence; it is the sender's and never a path."""
        last = self.name.replace("\\", "/").rsplit("/", 1)[-1]
        shown = f"“{clean(last, LONGEST_NAME) or 'the file'}”"
        return f"{shown} in {self.within}" if self.within else shown

    def member(self, name: str) -> "Source":
        """Return the source for a file inside this one."""
        return replace(self, name=name, within=self.called)

    def number(self, said: object, what: str) -> float:
        """Return a finite number; raise InvalidArguments for everything else."""
        try:
            value = float(said)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            raise self.bad(f"says “{clean(str(said), LONGEST_WORD)}” for {what}") from None
        if not math.isfinite(value) or abs(value) > LARGEST:
            raise self.bad(f"says {value:g} for {what}")
        return value

    def amount(self, said: object, what: str) -> float:
        """Return a number that is not below zero."""
        value = self.number(said, what)
        if value < 0:
            raise self.bad(f"says {value:g} for {what}")
        return value

    def heart_rate(self, said: object) -> float | None:
        """Return beats a minute; None for the zero of a strap that hangs on a hook."""
        value = self.number(said, "a heart rate")
        return value if HEARTBEATS[0] <= value <= HEARTBEATS[1] else None

    def time(self, said: str, what: str) -> datetime:
        """Return an ISO 8601 time in UTC; one without an offset is taken as UTC."""
        try:
            moment = datetime.fromisoformat(said.strip())
            return self.moment(moment, what)
        except (ValueError, OverflowError):
            raise self.bad(f"says “{clean(said, LONGEST_WORD)}” for {what}") from None

    def moment(self, moment: datetime, what: str) -> datetime:
        """Return a time in UTC at which somebody can have worn a watch."""
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        if not EARLIEST <= moment <= self.now + AHEAD:
            raise self.bad(f"says {moment:%Y-%m-%d} for {what}, which cannot be")
        return moment

    def workout(
        self,
        format: str,
        start: datetime,
        end: datetime,
        activity: Activity,
        totals: Totals,
        *,
        samples: list[Sample],
        indoor: bool | None = None,
        title: str | None = None,
    ) -> Workout:
        """Return a workout of this file; raise InvalidArguments where its times cannot be."""
        if end < start:
            raise self.bad(f"has a workout of {start:%Y-%m-%d} that ends before it starts")
        if max(end - start, timedelta(seconds=totals.duration)) > LONGEST:
            raise self.bad(
                f"has a workout of {start:%Y-%m-%d} that lasts longer than {LONGEST.days} days"
            )
        return Workout(
            id="",  # the store gives one
            start=start,
            end=end,
            activity=activity,
            totals=totals,
            source=format,
            indoor=indoor,
            title=clean(title, LONGEST_NAME) or None if title else None,
            samples=samples,
        )
