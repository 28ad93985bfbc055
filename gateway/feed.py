"""The one way of a report: device → registry → here → history, standing orders, log.

What is discrete is logged at once; further changes of it within 100 ms are one more event, with
the last value. What is sampled is logged seldom, and only beyond its deadband.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

from gateway.capabilities import KINDS
from gateway.clock import HomeClock
from gateway.entry import Entry, Observed
from gateway.events import Events
from gateway.registry import Registry
from gateway.schema import Model

CALM = 0.1
SAMPLED_EVERY = 60.0
SETTLES_WITHIN = 60.0
"""After a start: until then a device that has not answered yet counts as it did before."""

Values = Mapping[str, Any]


class Recorder(Protocol):
    """What the feed needs of the history."""

    def record(self, device: str, property: str, at: datetime, value: float) -> None:
        """Keep a sample."""


class Feed:
    """Takes in what devices report and hands it on."""

    def __init__(self, registry: Registry, events: Events, recorder: Recorder) -> None:
        self._registry = registry
        self._events = events
        self._recorder = recorder
        self._clock: HomeClock = registry.clock
        self._told: dict[str, str] = {}
        self._moved: dict[str, Entry] = {}
        self._stirring: dict[tuple[str, str], _Stir] = {}
        self._sampled: dict[tuple[str, str], tuple[float, Values]] = {}
        self._saw: list[Callable[[Entry, str], None]] = []
        self._timers: set[asyncio.TimerHandle] = set()

    async def start(self) -> None:
        """Take up what was last told of each device, and listen from now on."""
        self._told = await self._events.presence()
        self._registry.on_report(self._reported)
        self._registry.on_event(self._happened)
        self._registry.on_presence(self._presence)
        self._later(SETTLES_WITHIN, self._missing)

    def on_state(self, saw: Callable[[Entry, str], None]) -> None:
        """Call `saw(entry, kind)` on every report; with "" where it came or went."""
        self._saw.append(saw)

    def close(self) -> None:
        """Log what is held back, and nothing more."""
        for timer in self._timers:
            timer.cancel()
        for stir in list(self._stirring.values()):
            stir.end()

    def _reported(self, entry: Entry, kind: str, before: Observed | None) -> None:
        seen = entry.observed[kind]
        if entry.twin_of:
            return
        for name, value in seen.values.items():
            if isinstance(value, bool | int | float):
                self._recorder.record(entry.id, f"{kind}.{name}", seen.at, float(value))
        if before is not None:
            self._compare(entry, kind, before.values, seen.values)
        for saw in self._saw:
            saw(entry, kind)

    def _compare(self, entry: Entry, kind: str, before: Values, after: Values) -> None:
        if _differing(kind, before, after):
            key = (entry.id, kind)
            stir = self._stirring.get(key)
            if stir is None:
                stir = self._stirring[key] = _Stir(self, entry, kind, before)
            stir.change()
        if KINDS[kind].sampled:
            self._sample(entry, kind, after)

    def _sample(self, entry: Entry, kind: str, after: Values) -> None:
        key, now = (entry.id, kind), self._clock.clock.monotonic()
        known = self._sampled.get(key)
        if known is None:
            self._sampled[key] = (now - SAMPLED_EVERY, after)
            return
        since, before = known
        if now - since < SAMPLED_EVERY:
            return
        marks = KINDS[kind].sampled
        drifted = [name for name in marks if _drifted(before, after, name, marks[name].deadband)]
        if drifted:
            self._sampled[key] = (now, after)
            self._note(entry, "state.sampled", kind, before, after, drifted, sampled=True)

    def changed(self, entry: Entry, kind: str, before: Values) -> Values | None:
        """Log how the discrete fields differ from `before`; return what they are, or None."""
        seen = entry.observed.get(kind)
        after = seen.values if seen else {}
        differing = _differing(kind, before, after)
        if not differing:
            return None
        self._note(entry, "state.changed", kind, before, after, differing)
        return after

    def _note(
        self,
        entry: Entry,
        name: str,
        kind: str,
        before: Values,
        after: Values,
        names: list[str],
        sampled: bool = False,
    ) -> None:
        data = {"kind": kind, "before": _only(before, names), "after": _only(after, names)}
        cause = entry.cause(kind, self._clock.clock.monotonic())
        # What an agent has just caused it knows: that may share a commit with its receipt's end.
        patient = sampled or cause is not None
        self._events.note(
            name, data, device=entry.id, cause=cause, sampled=sampled, patient=patient
        )

    def _happened(self, entry: Entry, name: str, data: Model) -> None:
        if not entry.twin_of:
            self._events.note(
                name, data.model_dump(mode="json", exclude_none=True), device=entry.id
            )

    def _presence(self, entry: Entry, word: str) -> None:
        """Look again once all is said: what is announced and lost in one breath never came."""
        if word == "lost":
            self._told.pop(entry.id, None)
            self._events.note("device.lost", {"name": entry.name}, device=entry.id)
            return
        if not self._moved:
            asyncio.get_running_loop().call_soon(self._settle)
        self._moved[entry.id] = entry

    def _settle(self) -> None:
        moved, self._moved = self._moved, {}
        for entry in moved.values():
            if self._registry.get(entry.id) is entry and not entry.twin_of:
                self._tell(entry)
                for saw in self._saw:
                    saw(entry, "")

    def _tell(self, entry: Entry) -> None:
        told = self._told.get(entry.id)
        if told is None:
            facts = {name: entry.facts.get(name) for name in ("maker", "model")}
            found = {"name": entry.name, "area": entry.area, "kinds": list(entry.kinds)} | facts
            self._say(entry, "device.found", {key: one for key, one in found.items() if one})
        if entry.online and told == "device.offline":
            self._say(entry, "device.online", {"name": entry.name})
        elif not entry.online and told != "device.offline" and not entry.needs:
            reason = {"name": entry.name, "reason": entry.reason}
            self._say(entry, "device.offline", reason)

    def _say(self, entry: Entry, name: str, data: dict[str, Any]) -> None:
        self._told[entry.id] = name
        if entry.part_of is None or name == "device.found":
            self._events.note(name, data, device=entry.id)

    def _missing(self) -> None:
        for entry in self._registry:
            if entry.part_of is None and not entry.twin_of and not entry.online:
                self._tell(entry)

    def _later(self, seconds: float, call: Callable[[], None]) -> None:
        def run() -> None:
            self._timers.discard(timer)
            call()

        timer = asyncio.get_running_loop().call_later(seconds, run)
        self._timers.add(timer)

    def now(self) -> float:
        """Return seconds that never go back."""
        return self._clock.clock.monotonic()

    def calm(self, stir: "_Stir") -> None:
        """Come back to a device that has just changed."""
        self._later(CALM, stir.settle)

    def forget(self, entry: Entry, kind: str) -> None:
        """Note that a device has calmed down."""
        self._stirring.pop((entry.id, kind), None)


class _Stir:
    """One kind of one device that is changing: what was last logged of it."""

    def __init__(self, feed: Feed, entry: Entry, kind: str, before: Values) -> None:
        self._feed, self._entry, self._kind = feed, entry, kind
        self._logged = before
        self._waits = False
        self._at = 0.0

    def change(self) -> None:
        """Log the first change at once, and let further ones wait."""
        if not self._waits or self._feed.now() - self._at >= CALM:
            self._log()

    def settle(self) -> None:
        """Log what has changed meanwhile; without any, it is calm."""
        self._waits = False
        self._log()
        if not self._waits:
            self._feed.forget(self._entry, self._kind)

    def end(self) -> None:
        """Log what is held back."""
        self._feed.changed(self._entry, self._kind, self._logged)

    def _log(self) -> None:
        after = self._feed.changed(self._entry, self._kind, self._logged)
        if after is not None:
            self._logged, self._waits, self._at = after, True, self._feed.now()
            self._feed.calm(self)


def _differing(kind: str, before: Values, after: Values) -> list[str]:
    """Return the discrete fields that are not the same."""
    names = {*before, *after} - KINDS[kind].sampled.keys()
    return sorted(name for name in names if before.get(name) != after.get(name))


def _only(values: Values, names: list[str]) -> dict[str, Any]:
    return {name: values[name] for name in names if name in values}


def _drifted(before: Values, after: Values, name: str, deadband: float) -> bool:
    was, now = before.get(name), after.get(name)
    if was is None or now is None:
        return bool(was != now)
    return abs(float(now) - float(was)) > deadband
