"""Standing orders: what is waited for, here, at no cost to the agent that asked.

A condition is worked out on the reports that it looks at, and fires where it becomes true; words
and filters are compared with the log; times are looked at by one task. What comes true in one
breath fires once, for all its devices.
"""

import asyncio
import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from gateway import alert_rows, standing
from gateway.alert import Alert, revived
from gateway.alert_index import AlertIndex
from gateway.background import begin
from gateway.drafting import Draft, kept_schedule
from gateway.entry import Entry
from gateway.errors import Conflict, InvalidArguments, NotFound, nearest
from gateway.event import Event
from gateway.firing import Calling, Firing, log
from gateway.policy import Grant
from gateway.standing import Standing
from gateway.subscriptions import audible

if TYPE_CHECKING:
    from gateway.home import Home

MOST, MOST_PER_AGENT = 200, 50
LATE = timedelta(minutes=5)
LOOK_EVERY = 30.0
"""Short, because a machine that slept or was given another time wakes nobody."""
SETTLES_WITHIN = timedelta(seconds=0.05)


class Alerts:
    """The standing orders of one home."""

    def __init__(self, home: "Home") -> None:
        self._home = home
        self._alerts: dict[int, Alert] = {}
        self._index = AlertIndex()
        self._heard: set[str] = set()
        self._causes: dict[tuple[int, str], str | None] = {}
        self._coming: dict[int, list[tuple[Entry, str | None]]] = {}
        self._stirred = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._firing = Firing(home, self._ended)

    async def open(self) -> None:
        """Take up what the store remembers, and listen from now on."""

        def read(db: sqlite3.Connection) -> tuple[list[alert_rows.Row], dict[int, Any]]:
            return alert_rows.rows(db), alert_rows.standings(db)

        rows, standings = await self._home.store.read(read)
        for row in rows:
            alert = self._revived(row)
            alert.standing = standings.get(alert.number, {})
            self._take(alert)
        self._heard = {entry.id for entry in self._home.registry if entry.online}
        self._home.feed.on_state(self._saw)
        self._home.events.on_event(self._happened)

    def start(self, call: Calling) -> None:
        """Act through this door from now on, and look at the time."""
        self._firing.call = call
        if self._task is None:
            self._task = begin(self._run(), "alerts", log)

    async def aclose(self) -> None:
        """Stop, and let what is being done end; what is reported after that is not looked at."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self.idle()
        self._alerts, self._index = {}, AlertIndex()

    async def idle(self) -> None:
        """Wait until all that came true is done."""
        for number in [*self._coming]:
            self._together(number)
        await self._firing.idle()

    def list(self, grant: Grant) -> Sequence[dict[str, Any]]:
        """Return the agent's own, the owner's list has all."""
        return [self._shown(one) for one in self._alerts.values() if _belongs(one, grant)]

    async def keep(self, draft: Draft) -> Alert:
        """Keep a standing order; how things are now is taken without firing.

        Raises Conflict where there are too many.
        """
        alert = draft.alert
        own = [one for one in self._alerts.values() if one.agent == alert.agent]
        if len(self._alerts) >= MOST or len(own) >= MOST_PER_AGENT:
            raise Conflict("There are too many alerts already", hint="Remove some of them first.")
        values = alert.values()
        alert.number = await self._home.store.write(lambda db: alert_rows.insert(db, values))
        self._take(alert)
        for entry in self._home.registry:
            if not entry.twin_of:
                self._judge(alert, entry, None, quiet=True)
        self._stirred.set()
        return alert

    async def remove(self, id: str, grant: Grant) -> dict[str, Any]:
        """Throw one of the caller's own away, and return what it was; raise NotFound."""
        alert = self.find(id, grant)
        self._drop(alert)
        await self._home.store.write(lambda db: alert_rows.remove(db, alert.number))
        return self._shown(alert)

    def find(self, id: str, grant: Grant) -> Alert:
        """Return one of the caller's own; another's is answered as one that is not there."""
        own = {one.id: one for one in self._alerts.values() if _belongs(one, grant)}
        if id not in own:
            raise NotFound(f"There is no alert {id[:40]!r}", choices=nearest(id, own))
        return own[id]

    async def tick(self) -> None:
        """Look at the time once, and wait until what came true is done."""
        self._look()
        await self.idle()

    def _revived(self, row: alert_rows.Row) -> Alert:
        try:
            schedule = kept_schedule(self._home, row[4]) if row[4] else None
        except InvalidArguments as error:
            alert = revived(row, None)
            alert.suspended = error.detail
            return alert
        return revived(row, schedule)

    def _take(self, alert: Alert) -> None:
        if alert.condition is None and alert.matcher is None:
            alert.prepare(self._home.registry.get)
        self._alerts[alert.number] = alert
        self._index.add(alert)

    def _drop(self, alert: Alert) -> None:
        if self._alerts.pop(alert.number, None) is not None:
            self._index.remove(alert)
        self._firing.forget(alert)

    def _ended(self, alert: Alert) -> None:
        self._drop(alert)
        number = alert.number
        self._home.store.later(lambda db: alert_rows.remove(db, number))

    def _shown(self, alert: Alert) -> dict[str, Any]:
        due = self._home.clock.local(alert.due) if alert.due and not alert.suspended else None
        shown = {"id": alert.id, "text": alert.text, "agent": alert.agent}
        more = {"next": due, "suspended": alert.suspended}
        return shown | {name: value for name, value in more.items() if value}

    def _saw(self, entry: Entry, kind: str) -> None:
        if entry.id not in self._heard:
            self._heard.add(entry.id)
            self._stirred.set()
        if not kind:
            self._came_or_went(entry)
        for alert in self._index.of(kind, entry.id) if kind else ():
            self._judge(alert, entry, entry.cause(kind, self._home.clock.clock.monotonic()))

    def _came_or_went(self, entry: Entry) -> None:
        for one in (entry, *self._home.index.parts(entry)):
            self._heard.add(one.id)
            for alert in list(self._alerts.values()):
                self._judge(alert, one, None)

    def _judge(self, alert: Alert, entry: Entry, cause: str | None, quiet: bool = False) -> None:
        if alert.condition is None or not alert.means(entry):
            return
        was = alert.standing.get(entry.id)
        if not standing.holds(alert.condition, standing.sight(entry)):
            if was is not None:
                self._stand(alert, entry.id, None)
            return
        if was is None:
            at_once = not alert.seconds
            self._stand(alert, entry.id, Standing(self._home.clock.now(), at_once))
            self._causes[alert.number, entry.id] = cause
            if at_once and not quiet:
                self._came_true(alert, entry)
            self._stirred.set()

    def _stand(self, alert: Alert, device: str, stands: Standing | None) -> None:
        if stands is None:
            alert.standing.pop(device, None)
            self._causes.pop((alert.number, device), None)
        else:
            alert.standing[device] = stands
        number = alert.number
        self._home.store.later(lambda db: alert_rows.stand(db, number, device, stands))

    def _came_true(self, alert: Alert, entry: Entry) -> None:
        """Fire with whatever else comes true in this breath, unless it led to this itself."""
        cause = self._causes.get((alert.number, entry.id))
        if alert.schedule is not None or alert.suspended or alert.id in self._firing.chain(cause):
            return
        if alert.number not in self._coming:
            self._coming[alert.number] = []
            asyncio.get_running_loop().call_soon(self._together, alert.number)
        self._coming[alert.number].append((entry, cause))

    def _together(self, number: int) -> None:
        coming, alert = self._coming.pop(number, []), self._alerts.get(number)
        if coming and alert is not None:
            causes = {cause for _, cause in coming}
            cause = causes.pop() if len(causes) == 1 else None
            self._firing.fire(alert, [entry for entry, _ in coming], cause)

    def _happened(self, event: Event) -> None:
        if event.device is not None and event.name == "device.lost":
            for alert in self._alerts.values():
                if event.device in alert.standing:
                    self._stand(alert, event.device, None)
        entry = self._home.registry.get(event.device) if event.device else None
        if entry is not None and event.name == "device.offline" and not entry.online:
            self._came_or_went(entry)
        for alert in list(self._alerts.values()):
            if alert.matcher is not None and not alert.suspended:
                self._compare(alert, event, entry)

    def _compare(self, alert: Alert, event: Event, entry: Entry | None) -> None:
        assert alert.matcher is not None
        cause = event.cause
        if event.name.startswith("alert."):
            filter = alert.order.filter if alert.order else None
            if filter is None or not (filter.where or filter.names):
                return  # words that were waited for may be in the text of any standing order
            cause = str(event.data["alert"])
        if not alert.matcher.matches(event) or alert.id in self._firing.chain(cause):
            return
        grant = self._home.tokens.of(alert.agent)
        if grant is None or audible(event, grant, self._home.registry.get):
            self._firing.fire(alert, [entry] if entry else [], cause, event)

    async def _run(self) -> None:
        while True:
            self._stirred.clear()
            self._look()
            try:
                async with asyncio.timeout(self._patience()):
                    await self._stirred.wait()
            except TimeoutError:
                continue

    def _patience(self) -> float:
        now = self._home.clock.now()
        dues = [alert.due for alert in self._alerts.values() if alert.due]
        dues += [alert.expires for alert in self._alerts.values() if alert.expires]
        dues += [due for alert in self._alerts.values() for _, due in alert.pending()]
        ahead = (due - now for due in dues if due > now)
        wait = min(ahead, default=timedelta(seconds=LOOK_EVERY))
        return min(LOOK_EVERY, max(SETTLES_WITHIN, wait).total_seconds())

    def _look(self) -> None:
        now = self._home.clock.now()
        for alert in list(self._alerts.values()):
            if alert.expires is not None and alert.expires <= now:
                self._ended(alert)
            elif alert.due is not None and alert.due <= now and not alert.suspended:
                self._due(alert, alert.due, now)
            else:
                self._held(alert, now)

    def _held(self, alert: Alert, now: datetime) -> None:
        for device, due in list(alert.pending()):
            entry = self._home.registry.get(device)
            if due <= now and entry is not None and device in self._heard:
                self._stand(alert, device, Standing(alert.standing[device].since, True))
                self._came_true(alert, entry)

    def _due(self, alert: Alert, due: datetime, now: datetime) -> None:
        assert alert.schedule is not None
        self._held(alert, now)
        alert.due = alert.schedule.next(now)
        self._firing.save(alert)
        latest = alert.schedule.next(now - LATE - timedelta(microseconds=1))
        if latest is None or latest > now:
            self._firing.missed(alert, due)
        elif alert.order is None:
            self._firing.fire(alert, [])
        elif entries := self._holding(alert):
            self._firing.fire(alert, entries)
        if alert.due is None and not alert.over:
            self._ended(alert)

    def _holding(self, alert: Alert) -> Sequence[Entry]:
        found = [
            self._home.registry.get(device) for device, one in alert.standing.items() if one.told
        ]
        return [entry for entry in found if entry is not None and entry.id in self._heard]


def _belongs(alert: Alert, grant: Grant) -> bool:
    return grant.owner or alert.agent == grant.agent
