"""One session on one belt: what its machine's counters and reports add up to. Pure.

A counter counts what the machine has done since its own start, so that it covers what was not
heard; where a machine has none, speed times time stands in for it.
"""

import json
from dataclasses import asdict, dataclass, field, fields

from gateway.capabilities.treadmill import TreadmillState
from workouts.workout import Activity, Sample, Totals

RUN = 7.5
"""km/h of the mean speed from which it is a run: ours, between the 7.2 and 7.6 at which studies
see people change over (PMC8629136; Scientific Reports, s41598-017-01972-1)."""
HOLDS = 10.0
"""Seconds for which a speed that was heard counts at most."""
JITTER = 1.0
"""A counter that falls by no more than this was rounded, not set back."""


@dataclass(frozen=True, slots=True)
class Counters:
    """What a machine shows: m, s, kcal; what it does not count is None."""

    distance: float | None = None
    elapsed: float | None = None
    energy: float | None = None

    @classmethod
    def of(cls, state: TreadmillState) -> "Counters":
        return cls(state.distance, state.elapsed, state.energy)

    def known(self) -> bool:
        """Say whether a later reading can be told from that of another session."""
        return self.distance is not None or self.elapsed is not None

    def set_back(self, now: "Counters") -> bool:
        """Say whether the machine has begun to count anew."""
        return _fell(self.distance, now.distance) or _fell(self.elapsed, now.elapsed)

    def risen(self, now: "Counters") -> "Counters":
        """Return the higher of two readings, one by one."""
        return Counters(
            _higher(self.distance, now.distance),
            _higher(self.elapsed, now.elapsed),
            _higher(self.energy, now.energy),
        )

    def since(self, base: "Counters") -> "Counters":
        """Return how much was counted since another reading."""
        return Counters(
            _less(self.distance, base.distance),
            _less(self.elapsed, base.elapsed),
            _less(self.energy, base.energy),
        )


@dataclass
class Session:
    """What has been heard of one session; `at` is always seconds since 1970."""

    base: Counters = field(default_factory=Counters)
    """what the machine showed when it began"""
    shown: Counters = field(default_factory=Counters)
    running: bool = True
    heard: float = 0.0
    speed: float | None = None
    moved: float = 0.0
    """seconds in motion that were heard"""
    walked: float = 0.0
    """m, by speed and time"""
    beats: float = 0.0
    heartbeats: int = 0
    """sum and number of the heart rates heard"""
    highest: float | None = None

    def take(self, state: TreadmillState, at: float) -> Sample:
        """Add a report and return it as a sample of this session."""
        self._hold(at)
        self.shown = self.shown.risen(Counters.of(state))
        self.running, self.speed, self.heard = state.running, state.speed, at
        heart = state.heart_rate or None
        if heart is not None and state.running:
            self.beats += heart
            self.heartbeats += 1
            self.highest = max(heart, self.highest or 0.0)
        totals = self.totals()
        return Sample(
            at=at,
            speed=state.speed,
            incline=state.incline,
            distance=totals.distance,
            energy=totals.energy,
            heart_rate=heart,
        )

    def totals(self) -> Totals:
        """Return what it came to so far."""
        counted = self.shown.since(self.base)
        walked = self.walked if self.walked > 0 else None
        return Totals(
            duration=self.moved if counted.elapsed is None else counted.elapsed,
            distance=walked if counted.distance is None else counted.distance,
            energy=counted.energy,
            mean_heart_rate=self.beats / self.heartbeats if self.heartbeats else None,
            max_heart_rate=self.highest,
        )

    def memory(self) -> str:
        """Return what goes on with it after a restart."""
        return json.dumps(asdict(self))

    @classmethod
    def remembered(cls, memory: str) -> "Session":
        """Return the session that `memory` was of, whichever version wrote it."""
        known = {one.name for one in fields(cls)}
        found = {name: value for name, value in json.loads(memory).items() if name in known}
        counters = {name: Counters(**found[name]) for name in ("base", "shown") if name in found}
        return cls(**found | counters)

    def _hold(self, at: float) -> None:
        if self.running and self.heard:
            held = min(HOLDS, max(0.0, at - self.heard))
            self.moved += held
            self.walked += (self.speed or 0.0) / 3.6 * held


def activity(totals: Totals) -> Activity:
    """Say what it was by its mean speed."""
    if not totals.distance or totals.duration <= 0:
        return "walk"
    return "run" if totals.distance / totals.duration * 3.6 >= RUN else "walk"


def _fell(before: float | None, now: float | None) -> bool:
    return before is not None and now is not None and now < before - JITTER


def _higher(before: float | None, now: float | None) -> float | None:
    return before if now is None else now if before is None else max(before, now)


def _less(now: float | None, base: float | None) -> float | None:
    return None if now is None else max(0.0, now - (base or 0.0))
