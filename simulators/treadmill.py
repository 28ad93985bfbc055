"""A simulated treadmill's belt, and the console that a person has at hand.

    belt = Belt(rate=10)
    belt.start(5.0)
    belt.heart_rate = 120
    belt.speed, belt.distance, belt.elapsed, belt.energy

Its motion is worked out exactly from the clock at every look, so totals hang on no timer. Own
work: no real belt stood for it. `treadmill_ftms` says how it speaks, `treadmill_dircon` and
`treadmill_bluetooth` over what.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal, TypeAlias

MINIMUM_SPEED, MAXIMUM_SPEED, SPEED_STEP = 0.8, 16.0, 0.1
MINIMUM_INCLINE, MAXIMUM_INCLINE, INCLINE_STEP = 0.0, 12.0, 0.5
ACCELERATION = 1.0
"""km/h in a second, up and down."""
KCAL_PER_METRE = 0.07
"""A person of 70 kg burns about 1 kcal per kg and km."""
METRES_PER_STEP = 0.75

State: TypeAlias = Literal["idle", "running", "paused"]
Event: TypeAlias = Literal[
    "reset", "started", "stopped", "paused", "safety key", "speed", "incline"
]
Listener: TypeAlias = Callable[[Event, object], None]


class Belt:
    """Speeds in km/h, incline in %, distance in m, energy in kcal, elapsed in seconds of the belt.

    A second of `clock` is `rate` seconds of the belt. Totals stand still with the belt and begin
    anew at the first start after a stop. `written` has every control point write of every client.
    """

    def __init__(
        self,
        *,
        rate: float = 1.0,
        heart_rate: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.rate = rate
        self.heart_rate = heart_rate
        self.state: State = "idle"
        self.key_is_out = False
        self.incline = 0.0
        self.chosen = MINIMUM_SPEED
        """What a start that names no speed runs up to."""
        self.written: list[bytes] = []
        self.listeners: list[Listener] = []
        self._clock = clock
        self._seen = clock()
        self._speed = 0.0
        self._target = 0.0
        self._distance = 0.0
        self._elapsed = 0.0

    @property
    def running(self) -> bool:
        """Whether it was started and neither paused nor stopped since; it may still run down."""
        return self.state == "running"

    @property
    def paused(self) -> bool:
        """Whether a start would carry on with the same session."""
        return self.state == "paused"

    @property
    def target(self) -> float:
        """The speed that it runs up or down to."""
        return self._target

    @property
    def speed(self) -> float:
        """The belt's speed now."""
        self._move()
        return self._speed

    @property
    def distance(self) -> float:
        """How far the belt has run in this session."""
        self._move()
        return self._distance

    @property
    def elapsed(self) -> float:
        """How long the belt has moved in this session."""
        self._move()
        return self._elapsed

    @property
    def energy(self) -> float:
        """What a person of 70 kg has burned in this session."""
        return self.distance * KCAL_PER_METRE

    @property
    def steps(self) -> int:
        """The steps of this session."""
        return int(self.distance / METRES_PER_STEP)

    def start(self, speed: float | None = None, by: object = None) -> None:
        """Run, with the safety key back in; `by` is whose doing it is, None for the console's."""
        self._move()
        self.key_is_out = False
        if speed is not None:
            self.chosen = within(speed, MINIMUM_SPEED, MAXIMUM_SPEED)
        if self.state == "idle":
            self._distance = self._elapsed = 0.0
        self.state = "running"
        self._target = self.chosen
        self._tell("started", by)

    def set_speed(self, speed: float, by: object = None) -> None:
        """Choose a speed, cut to what it can; a belt that stands still takes it at its start."""
        self._move()
        self.chosen = within(speed, MINIMUM_SPEED, MAXIMUM_SPEED)
        if self.running:
            self._target = self.chosen
        self._tell("speed", by)

    def set_incline(self, incline: float, by: object = None) -> None:
        """Tilt, at once."""
        self.incline = within(incline, MINIMUM_INCLINE, MAXIMUM_INCLINE)
        self._tell("incline", by)

    def touch(self) -> None:
        """Somebody presses a key that changes nothing."""
        self._tell("speed" if self.running else "incline", None)

    def pause(self, by: object = None) -> None:
        """Run down and keep the session."""
        self._halt("paused", "paused", by)

    def stop(self, by: object = None) -> None:
        """Run down and end the session; its totals stay to be read."""
        self._halt("idle", "stopped", by)

    def reset(self, by: object = None) -> None:
        """Run down with totals and incline back at zero."""
        self._halt("idle", "reset", by)
        self._distance = self._elapsed = self.incline = 0.0

    def safety_key(self) -> None:
        """The key is pulled: the belt stands at once, and only the console starts it again."""
        self.key_is_out = True
        self._halt("idle", "safety key", None)
        self._speed = 0.0

    def _halt(self, state: State, event: Event, by: object) -> None:
        self._move()
        self.state = state
        self._target = 0.0
        self._tell(event, by)

    def _tell(self, event: Event, by: object) -> None:
        for listener in list(self.listeners):
            listener(event, by)

    def _move(self) -> None:
        """Bring the totals to this moment: first the ramp to the target, then the even rest."""
        now = self._clock()
        left, self._seen = (now - self._seen) * self.rate, now
        ramp = min(left, abs(self._target - self._speed) / ACCELERATION)
        before = self._speed
        if ramp < left:
            self._speed = self._target
        else:
            self._speed += ramp * (ACCELERATION if self._target > before else -ACCELERATION)
        rest = left - ramp
        self._distance += ((before + self._speed) / 2 * ramp + self._target * rest) / 3.6
        self._elapsed += left if self._target else ramp


def within(value: float, lowest: float, highest: float) -> float:
    """`value`, or the bound that it is beyond."""
    return min(max(value, lowest), highest)
