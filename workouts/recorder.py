"""Sessions on the home's treadmills record themselves, from what the machines report."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from gateway.background import begin
from gateway.capabilities.treadmill import TreadmillState
from gateway.entry import Entry, Observed
from gateway.errors import NotFound, StoreFailed
from gateway.home import Home
from workouts.belt import HOLDS, Counters, Session, activity
from workouts.store import Kept, WorkoutStore, new_id
from workouts.workout import Sample, Workout

log = logging.getLogger("homeport.workouts")

KIND = "treadmill"
FINISHED = "workout.finished"
STOPPED_FOR = 120.0
SILENT_FOR = 600.0
REMEMBERED = timedelta(hours=1)
"""For so long a machine that shows more than before was not set back while nobody looked."""
LEAST = 10.0
"""Seconds in motion below which nobody has trained."""
EARLIEST = 86_400.0
EVERY = 1.0
MOST_WAITING = 50_000
"""Samples in memory while the disk takes none: half a day."""

Emit = Callable[[str, dict[str, Any], str], None]


@dataclass
class Recording:
    """A session that goes on. `heard` and `stopped` are of the clock that never goes back."""

    workout: Workout
    session: Session
    anchor: tuple[float, float]
    """the same moment by both clocks: samples keep their order when the wall clock is set"""
    heard: float
    stopped: float | None = None
    is_kept: bool = False
    changed: bool = True
    end: float = 0.0
    waiting: list[Sample] = field(default_factory=list)

    def take(self, state: TreadmillState, monotonic: float) -> None:
        """Add a report; of each second one sample is kept, the last that is not yet written."""
        at = self.anchor[0] + monotonic - self.anchor[1]
        sample = self.session.take(state, at)
        self.heard = monotonic
        if state.running or self.stopped is None:
            self._add(sample)
        if state.running:
            self.stopped = None
        elif self.stopped is None:
            self.stopped = monotonic

    def _add(self, sample: Sample) -> None:
        if int(sample.at) > int(self.end):
            if len(self.waiting) < MOST_WAITING:
                self.waiting.append(sample)
        elif self.waiting:
            self.waiting[-1] = sample
        self.end, self.changed = max(sample.at, self.end), True

    def over(self, monotonic: float, stopped_for: float) -> bool:
        """Say whether it has ended by now."""
        if self.stopped is not None and monotonic - self.stopped >= stopped_for:
            return True
        return monotonic - self.heard >= SILENT_FOR

    def ended(self) -> datetime:
        return datetime.fromtimestamp(self.end, UTC)


class Recorder:
    """Listens to every treadmill and writes what it hears, at most two seconds late.

    A session is over once the belt has stood still for `stopped_for` seconds, was not heard for
    ten minutes, or counts anew. `person` is whose sessions they are until somebody says.
    """

    def __init__(
        self,
        home: Home,
        store: WorkoutStore,
        *,
        person: str | None = None,
        stopped_for: float = STOPPED_FOR,
        emit: Emit | None = None,
    ) -> None:
        self.recordings: dict[str, Recording] = {}
        self._home = home
        self._clock = home.clock
        self._store = store
        self._person = person
        self._stopped_for = stopped_for
        self._emit = emit or self._note
        self._over: list[Recording] = []
        self._idle: dict[str, tuple[Counters, datetime]] = {}
        """what a machine showed when no session went on, and when"""
        self._failing = False
        self._deaf: Callable[[], None] | None = None
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def open(self, *, by_itself: bool = True) -> None:
        """Take up what was going on, and listen; write `by_itself`, or where `tick` is called."""
        for kept in await self._store.unfinished():
            await self._resume(kept)
        for entry in self._home.registry:
            last = await self._store.last(entry.id) if KIND in entry.kinds else None
            if last is not None and self._is_recent(last, REMEMBERED):
                self._remember(last)
        self._deaf = self._home.registry.on_report(self._reported)
        for entry in self._home.registry:
            seen = entry.observed.get(KIND)
            if seen is not None and entry.online and seen.age(self._clock.now()) <= HOLDS:
                self._reported(entry, KIND, None)
        if by_itself:
            self._task = begin(self._run(), "recording workouts", log)

    async def aclose(self) -> None:
        """Write what is not yet written; what goes on is taken up at the next start."""
        if self._deaf is not None:
            self._deaf()
        self._stopping.set()
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)
        await self.tick()

    async def tick(self) -> None:
        """End what is over, and write what was heard."""
        now = self._clock.clock.monotonic()
        for id, recording in list(self.recordings.items()):
            if recording.over(now, self._stopped_for):
                self._end(id)
        try:
            while self._over:
                await self._finish(self._over[0])
                del self._over[0]
            for id, recording in list(self.recordings.items()):
                await self._keep(id, recording)
            self._failing = False
        except StoreFailed as error:
            if not self._failing:
                log.warning("workouts wait in memory: %s", error)
            self._failing = True

    async def _run(self) -> None:
        while not self._stopping.is_set():
            await self.tick()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), EVERY)

    def _reported(self, entry: Entry, kind: str, before: Observed | None) -> None:
        state = entry.observed[kind].state if kind == KIND and not entry.twin_of else None
        if not isinstance(state, TreadmillState):
            return
        now, shown = self._clock.clock.monotonic(), Counters.of(state)
        recording = self.recordings.get(entry.id)
        if recording is not None and (
            recording.over(now, self._stopped_for) or recording.session.shown.set_back(shown)
        ):
            self._end(entry.id)
            recording = None
        if recording is None:
            if not state.running:
                if shown.known():
                    self._idle[entry.id] = (shown, self._clock.now())
                return
            recording = self.recordings[entry.id] = self._begun(entry.id, shown, now)
        recording.take(state, now)

    def _begun(self, device: str, shown: Counters, now: float) -> Recording:
        base, since = self._idle.get(device, (Counters(), None))
        if base.set_back(shown):
            base = Counters()
        present = self._clock.now()
        ago = timedelta(seconds=min(EARLIEST, shown.since(base).elapsed or 0.0))
        start = max(present - ago, since) if since is not None else present - ago
        workout = Workout(
            id=new_id(),
            start=min(start, present),
            end=present,
            activity="walk",
            totals=Session().totals(),
            source=device,
            indoor=True,
            person=self._person,
            finished=False,
        )
        return Recording(workout, Session(base), (present.timestamp(), now), heard=now)

    def _end(self, device: str) -> None:
        recording = self.recordings.pop(device)
        self._idle[device] = (recording.session.shown, recording.ended())
        self._over.append(recording)

    async def _keep(self, device: str, recording: Recording) -> None:
        """Write what is new of a session; one that somebody removed is forgotten."""
        if not recording.changed:
            return
        taken, recording.waiting, recording.changed = recording.waiting, [], False
        totals, memory = recording.session.totals(), recording.session.memory()
        end, id = recording.ended(), recording.workout.id
        try:
            if recording.is_kept:
                await self._store.append(id, taken, end=end, totals=totals, memory=memory)
            else:
                begun = replace(recording.workout, end=end, totals=totals, samples=taken)
                await self._store.begin(begun, memory)
                recording.is_kept = True
        except StoreFailed:
            recording.waiting, recording.changed = [*taken, *recording.waiting], True
            raise
        except NotFound:
            if self.recordings.get(device) is recording:
                self._end(device)

    async def _finish(self, recording: Recording) -> None:
        await self._keep(recording.workout.source, recording)
        totals, id = recording.session.totals(), recording.workout.id
        with suppress(NotFound):  # somebody has removed it
            if totals.duration < LEAST:
                await self._store.remove(id)
                return
            kept = await self._store.finish(
                id, totals, end=recording.ended(), activity=activity(totals)
            )
            self._emit(FINISHED, _told(kept), recording.workout.source)

    async def _resume(self, kept: Kept) -> None:
        session = Session.remembered(kept.memory) if kept.memory else Session()
        continues = REMEMBERED if session.shown.known() else timedelta(seconds=SILENT_FOR)
        now = self._clock.clock.monotonic()
        recording = Recording(
            workout=kept,
            session=session,
            anchor=(max(self._clock.now(), kept.end).timestamp(), now),
            heard=now,
            stopped=None if session.running else now,
            is_kept=True,
            changed=False,
            end=kept.end.timestamp(),
        )
        if kept.source in self.recordings:
            self._end(kept.source)
        self.recordings[kept.source] = recording
        if not self._is_recent(kept, continues):
            self._end(kept.source)

    def _is_recent(self, kept: Kept, within: timedelta) -> bool:
        return self._clock.now() - kept.end <= within

    def _remember(self, kept: Kept) -> None:
        if kept.memory and kept.source not in self._idle:
            self._idle[kept.source] = (Session.remembered(kept.memory).shown, kept.end)

    def _note(self, name: str, data: dict[str, Any], device: str) -> None:
        self._home.events.note(name, data, device=device)


def sole(people: list[str]) -> str | None:
    """Return whose sessions they are where only one person is known; nobody is guessed."""
    return people[0] if len(people) == 1 else None


def _told(kept: Kept) -> dict[str, Any]:
    totals = kept.totals
    told = {
        "workout": kept.id,
        "activity": kept.activity,
        "duration": round(totals.duration),
        "distance": None if totals.distance is None else round(totals.distance),
        "energy": None if totals.energy is None else round(totals.energy),
        "person": kept.person,
    }
    return {name: value for name, value in told.items() if value is not None}
