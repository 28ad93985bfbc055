"""What is made of a treadmill's records: whether it is in use, and what came of slowing it. Pure.

Moments are seconds of one monotonic clock, speeds km/h.
"""

from dataclasses import dataclass, field
from typing import Literal

from adapters.treadmill_ftms import FASTEST, FRESH, MILE, Measured

SPEED_MOVES, INCLINE_MOVES = 0.15, 0.25
"""What measuring alone does not make: somebody, or we, changed it."""
OURS = 20.0
"""For so long after an order of ours a belt may still run down because of it."""
CHANGES = 15.0
"""For so long a belt may run up or down to a speed that was chosen."""
RISES, FALLS = 0.1, 0.05
SETTLED, SETTLED_RECORDS = 0.06, 3
SLOWED = 0.98
"""What is left of a speed, at most, when an order has shown: with miles for km/h it is 0.97."""
LIKE = 0.05


class Use:
    """Whether somebody is on the belt: a heart beats, or its console was touched.

    Nobody is said to be on it only after `unused_after` seconds without a gap in which nothing
    of that was seen.
    """

    def __init__(self, unused_after: float) -> None:
        self._unused_after = unused_after
        self._seen: float | None = None
        self._quiet_since = 0.0
        self._used: float | None = None
        self._ours_until = float("-inf")
        self._speed: float | None = None
        self._incline: float | None = None

    @property
    def in_use(self) -> bool | None:
        """Return None while it is not known."""
        if self._seen is None:
            return None
        if self._seen - self._quiet_since >= self._unused_after:
            return False
        return None if self._used is None else True

    def seen(
        self, now: float, speed: float, incline: float | None, heart_rate: float | None
    ) -> None:
        """Take a record in."""
        if self._seen is None or now - self._seen > FRESH:
            self._quiet_since, self._used = now, None
        self._seen = now
        if self._moved(now, speed, incline) or heart_rate:
            self.touched(now)

    def touched(self, now: float) -> None:
        """Take note of somebody at the console."""
        self._used = self._quiet_since = now

    def ours(self, now: float) -> None:
        """Take note that the belt was just told to run slower: that is nobody at the console."""
        self._ours_until = now + OURS

    def _moved(self, now: float, speed: float, incline: float | None) -> bool:
        """Say whether somebody moved it, measured from where it last stood still."""
        by_hand = False
        if self._speed is None or abs(speed - self._speed) > SPEED_MOVES:
            slows = self._speed is None or speed < self._speed
            by_hand = self._speed is not None and not (slows and now <= self._ours_until)
            self._speed = speed
        if incline is None:
            return by_hand
        if self._incline is None or abs(incline - self._incline) > INCLINE_MOVES:
            by_hand = by_hand or self._incline is not None
            self._incline = incline
        return by_hand


@dataclass
class Speeds:
    """The newest two speeds, as a single odd record moves nothing, and what was chosen lately.

    Who has just chosen a lower speed at the console is not to be run over by an older record.
    """

    _two: list[tuple[float, float]] = field(default_factory=list)
    _chosen: tuple[float, float] = (float("-inf"), 0.0)

    def take(self, now: float, speed: float) -> None:
        """Take a record in."""
        self._two = [*self._two[-1:], (now, speed)]

    def choose(self, now: float, speed: float) -> None:
        """Take note of a speed that the belt runs up or down to."""
        self._chosen = (now, speed)

    def forget(self) -> None:
        """Somebody has started the belt, nobody knows at which speed: what was is no guide."""
        self._two, self._chosen = [], (float("-inf"), 0.0)

    @property
    def enough(self) -> bool:
        """Whether it can be told how fast the belt runs, and whether it slows down."""
        return len(self._two) == 2

    def falls(self, now: float) -> bool:
        """Say whether the belt slows down already, to a speed that is not known."""
        falling = self.enough and self._two[1][1] < self._two[0][1] - FALLS
        return falling and self._known(now) is None

    def age(self, now: float) -> float | None:
        """Return how old the newest is; None before the first."""
        return now - self._two[-1][0] if self._two else None

    def is_fresh(self, now: float) -> bool:
        age = self.age(now)
        return age is not None and age <= FRESH

    def measured(self, now: float) -> Measured | None:
        """Return the lowest of what counts, with the age of the newest record; needs two."""
        if not self.enough:
            return None
        speeds = [speed for _, speed in self._two]
        if (chosen := self._known(now)) is not None:
            speeds.append(chosen)
        return Measured(min(speeds), now - self._two[-1][0])

    def _known(self, now: float) -> float | None:
        at, speed = self._chosen
        return speed if now - at <= CHANGES else None

    @property
    def newest(self) -> float:
        return self._two[-1][1] if self._two else 0.0


Came = Literal["waits", "rose", "settled", "over"]


@dataclass
class Watch:
    """What comes of a target speed: `before` is the speed at which it was sent."""

    before: float
    target: float
    """What was written, in what the machine takes for km/h."""
    until: float
    _speeds: list[float] = field(default_factory=list)

    def take(self, now: float, speed: float) -> Came:
        """Take a record in and say what came of it."""
        if speed > self.before + RISES:
            return "rose"
        self._speeds = [*self._speeds[1 - SETTLED_RECORDS :], speed]
        steady = max(self._speeds) - min(self._speeds) <= SETTLED
        slowed = speed <= self.before * SLOWED
        if len(self._speeds) == SETTLED_RECORDS and steady and slowed:
            return "settled"
        return "over" if now > self.until else "waits"

    def reads_miles(self, settled: float) -> bool | None:
        """Say whether the machine takes km/h for mph, by where it settled; None if unclear."""
        if not 0 < settled <= FASTEST:
            return None
        for factor, miles in ((MILE, True), (1.0, False)):
            if abs(settled / self.target - factor) <= LIKE * factor:
                return miles
        return None
