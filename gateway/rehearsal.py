"""What a standing order would have done in the last week, from the log and the history."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from gateway import alert_words
from gateway.alert import Alert
from gateway.capabilities import KINDS
from gateway.entry import Entry
from gateway.event import Event
from gateway.history import History
from gateway.policy import Grant
from gateway.presets import sentence
from gateway.schedule import Schedule
from gateway.standing import Sight, holds, kinds_of
from gateway.subscriptions import audible, naming

if TYPE_CHECKING:
    from gateway.home import Home

WEEK = timedelta(days=7)
STEP = 600.0
MOST_HITS = 20
MOST_EVENTS = 20_000
MOST_SERIES = 50
_ABOUT = ("state.changed", "state.sampled", "device.online", "device.offline")


class Hit(NamedTuple):
    """Once that it would have fired."""

    at: datetime
    device: str | None
    text: str


async def rehearse(home: "Home", grant: Grant, alert: Alert, entries: Sequence[Entry]) -> list[Hit]:
    """Return when it would have fired, the newest first."""
    now = home.clock.now()
    if alert.matcher is not None:
        return await _events(home, grant, alert, now)
    dues = list(_dues(alert.schedule, now)) if alert.schedule is not None else None
    if alert.condition is None:
        return [Hit(due, None, alert.text) for due in (dues or [])[::-1]][:MOST_HITS]
    replay = _Replay(alert, {entry.id: _Past(entry) for entry in entries})
    moments = await _moments(home, alert, entries, now)
    return await asyncio.to_thread(replay.run, moments, dues, now)


async def _events(home: "Home", grant: Grant, alert: Alert, now: datetime) -> list[Hit]:
    matcher, look = alert.matcher, home.registry.get
    assert matcher is not None

    def wanted(event: Event) -> bool:
        own = event.name.startswith("alert.")
        return not own and matcher.matches(event) and audible(event, grant, look)

    found = await home.events.past(now - WEEK, now, MOST_HITS, wanted)
    return [Hit(event.at, event.device, sentence(event, naming(look))) for event in found]


def _dues(schedule: Schedule, now: datetime) -> Iterator[datetime]:
    """Give the times at which it was due, in order: of the last day where they are many."""
    week = list(_between(schedule, now - WEEK, now, 2 * MOST_HITS))
    if len(week) < 2 * MOST_HITS:
        yield from week
        return
    yield from list(_between(schedule, now - timedelta(days=1), now, 1441))


def _between(schedule: Schedule, start: datetime, end: datetime, most: int) -> Iterator[datetime]:
    due = schedule.next(start)
    for _ in range(most):
        if due is None or due > end:
            return
        yield due
        due = schedule.next(due)


class _Moment(NamedTuple):
    """What a device showed at one time; `kind` is "" for whether it answered."""

    at: datetime
    device: str
    kind: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]


async def _moments(
    home: "Home", alert: Alert, entries: Sequence[Entry], now: datetime
) -> list[_Moment]:
    assert alert.condition is not None
    kinds = kinds_of(alert.condition) - {""}
    parents = {entry.part_of or entry.id for entry in entries}
    devices = {entry.id for entry in entries} | parents

    def wanted(event: Event) -> bool:
        if event.name not in _ABOUT or event.device not in devices:
            return False
        return not event.name.startswith("state.") or event.data.get("kind") in kinds

    measured = await _measured(home.history, kinds, entries, now)
    series = {(one.device, one.kind, name) for one in measured for name in one.after}
    found = await home.events.past(now - WEEK, now, MOST_EVENTS, wanted)
    moments = [one for event in found for one in _told(event, entries, series)]
    return sorted([*moments, *measured], key=lambda one: one.at)


def _told(
    event: Event, entries: Sequence[Entry], series: set[tuple[str, str, str]]
) -> Iterator[_Moment]:
    device = str(event.device)
    if not event.name.startswith("state."):
        online = event.name == "device.online"
        for entry in entries:
            if device in (entry.id, entry.part_of):
                yield _Moment(event.at, entry.id, "", {"online": not online}, {"online": online})
        return
    kind, before, after = event.data["kind"], event.data["before"], event.data["after"]
    kept = [name for name in {*before, *after} if (device, kind, name) not in series]
    if kept and any(entry.id == device for entry in entries):
        yield _Moment(
            event.at,
            device,
            kind,
            {name: before.get(name) for name in kept},
            {name: after.get(name) for name in kept},
        )


async def _measured(
    history: History, kinds: set[str], entries: Sequence[Entry], now: datetime
) -> list[_Moment]:
    """Return what the history knows of the fields that drift, in steps of ten minutes."""
    found: list[_Moment] = []
    wanted = [
        (entry.id, kind, name)
        for entry in entries
        for kind in kinds.intersection(entry.kinds)
        for name in KINDS[kind].sampled
    ]
    for device, kind, name in wanted[:MOST_SERIES]:
        if f"{kind}.{name}" not in history.properties(device):
            continue
        for one in await history.series(device, f"{kind}.{name}", now - WEEK, now, STEP):
            at = min(now, one.start + timedelta(seconds=STEP))
            found.append(_Moment(at, device, kind, {name: None}, {name: one.last}))
    return found


@dataclass(slots=True)
class _Past:
    """One device while the past passes again; what never changed is as it is now."""

    entry: Entry
    online: bool = True
    values: dict[str, dict[str, Any]] = field(default_factory=dict)
    since: datetime | None = None

    def __post_init__(self) -> None:
        self.online = self.entry.online
        self.values = {kind: dict(one.values) for kind, one in self.entry.observed.items()}

    def sight(self) -> Sight:
        return Sight(self.entry.kinds, self.online, self.entry.area, self.values)

    def take(self, kind: str, values: Mapping[str, Any]) -> None:
        if not kind:
            self.online = bool(values["online"])
            return
        own = self.values.setdefault(kind, {})
        for name, value in values.items():
            if value is None:
                own.pop(name, None)
            else:
                own[name] = value


class _Replay:
    """Lets the past pass again, in order."""

    def __init__(self, alert: Alert, past: dict[str, _Past]) -> None:
        assert alert.condition is not None and alert.order is not None
        self._alert, self._past = alert, past
        self._condition, self._order = alert.condition, alert.order
        self._length = timedelta(seconds=alert.order.seconds)
        self._asked = 0
        self._waiting: dict[str, _Past] = {}
        self._hits: list[Hit] = []

    def run(
        self, moments: Sequence[_Moment], dues: list[datetime] | None, now: datetime
    ) -> list[Hit]:
        """Return when it would have fired up to now, the newest first."""
        self._begin(moments, now - WEEK)
        for moment in moments:
            self._pass_to(moment.at, dues)
            past = self._past[moment.device]
            past.take(moment.kind, moment.after)
            self._judge(past, moment.at)
        self._pass_to(now, dues)
        return sorted(self._hits, key=lambda hit: hit.at, reverse=True)[:MOST_HITS]

    def _begin(self, moments: Sequence[_Moment], start: datetime) -> None:
        """Set every device back to how it was before the first of these; that counts as told."""
        for moment in reversed(moments):
            self._past[moment.device].take(moment.kind, moment.before)
        for past in self._past.values():
            self._judge(past, start, quiet=True)

    def _judge(self, past: _Past, at: datetime, quiet: bool = False) -> None:
        """Note whether the condition holds from now on."""
        if not holds(self._condition, past.sight()):
            past.since = None
            self._waiting.pop(past.entry.id, None)
        elif past.since is None:
            past.since = at
            if quiet or self._alert.schedule is not None:
                return
            if self._length:
                self._waiting[past.entry.id] = past
            else:
                self._hit(at, past)

    def _pass_to(self, at: datetime, dues: list[datetime] | None) -> None:
        """Let the time pass; what has held long enough comes true."""
        for past in list(self._waiting.values()):
            assert past.since is not None
            if past.since + self._length <= at:
                del self._waiting[past.entry.id]
                self._hit(past.since + self._length, past)
        while dues is not None and self._asked < len(dues) and dues[self._asked] <= at:
            for past in self._past.values():
                if past.since is not None and past.since + self._length <= dues[self._asked]:
                    self._hit(dues[self._asked], past)
            self._asked += 1

    def _hit(self, at: datetime, past: _Past) -> None:
        text = alert_words.state(self._order)
        self._hits.append(Hit(at, past.entry.id, f"{alert_words.named([past.entry])} {text}"))
