"""Which devices this home has: stable ids, the owner's names, what is on, and since when."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from gateway.capabilities import KINDS
from gateway.clock import HomeClock
from gateway.device import Device
from gateway.entry import Entry, Observed
from gateway.errors import StoreFailed
from gateway.schema import Model
from gateway.store import Store
from gateway.twins import Twins

Listener = Callable[[Entry, str, Observed | None], None]
Teller = Callable[[Entry, str, Model], None]
Presence = Callable[[Entry, str], None]


class Registry:
    """Every device that was ever announced, by id; the one place that knows who is online."""

    def __init__(self, store: Store, clock: HomeClock, prefer: Iterable[str] = ()) -> None:
        self.store = store
        self.clock = clock
        self.entries: dict[str, Entry] = {}
        self.version = 0
        """Grows whenever names, areas or kinds change, so that indexes know they are old."""
        self._twins = Twins(prefer)
        self._kinds: tuple[str, ...] = ()
        self._obeying: tuple[str, ...] = ()
        self._on_kinds: list[Callable[[], None]] = []
        self._on_report: list[Listener] = []
        self._on_event: list[Teller] = []
        self._on_presence: list[Presence] = []
        self._unsaved: set[str] = set()
        self._restless: set[str] = set()

    async def load(self) -> None:
        """Take up what the store remembers; everything is offline until it is announced."""
        rows = await self.store.read(_select)
        for row in rows:
            entry = Entry.from_row(row, self.clock.now())
            self.entries[entry.id] = entry
            self._connect(entry)
        self._changed()

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries.values())

    def get(self, id: str) -> Entry | None:
        return self.entries.get(id)

    def kinds(self) -> tuple[str, ...]:
        """Return the kinds that some known device has, in the order of their declaration."""
        return self._kinds

    def obeying(self) -> tuple[str, ...]:
        """Return the kinds of which some known device is not merely read-only."""
        return self._obeying

    def areas(self) -> list[str]:
        """Return the areas' names, sorted."""
        return sorted({entry.area for entry in self if entry.area and not entry.twin_of})

    def on_kinds_changed(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call back whenever a kind appears or goes; return the way to stop that."""
        self._on_kinds.append(callback)
        return lambda: self._on_kinds.remove(callback)

    def on_report(self, listener: Listener) -> Callable[[], None]:
        """Call `listener(entry, kind, before)` on every report; return the way to stop that."""
        self._on_report.append(listener)
        return lambda: self._on_report.remove(listener)

    def on_event(self, teller: Teller) -> Callable[[], None]:
        """Call `teller(entry, name, data)` on what devices tell; return the way to stop that."""
        self._on_event.append(teller)
        return lambda: self._on_event.remove(teller)

    def on_presence(self, presence: Presence) -> Callable[[], None]:
        """Call `presence(entry, word)` with found, online, offline or lost; return how to stop.

        A parent speaks for its parts.
        """
        self._on_presence.append(presence)
        return lambda: self._on_presence.remove(presence)

    def announce(self, device: Device, adapter: str, address: str, port: int) -> Entry:
        """Take a device up, or back: it is here and answers."""
        now = self.clock.now()
        entry = self.entries.get(device.id)
        is_new = entry is None
        if entry is None:
            entry = self.entries[device.id] = Entry(device.id, adapter, now)
        before = (entry.name, entry.area, entry.kinds)
        _unlisten(entry)
        entry.adopt(device, adapter, address, port, now)
        self._listen(entry)
        for kind, capability in entry.capabilities.items():
            if capability.state is not None:
                self._reported(entry, kind, capability.state)
        twins_changed = self._connect(entry)
        self._unsaved.add(entry.id)
        if twins_changed or before != (entry.name, entry.area, entry.kinds):
            self._changed()
        if is_new or entry.online:
            self._present(entry, "found" if is_new else "online")
        return entry

    def offline(self, entry: Entry, reason: str) -> None:
        """Mark a device, and its parts, as not answering; once."""
        if entry.online:
            self._present(entry, "offline")
        for one in (entry, *self._parts(entry)):
            if one.online:
                one.lose(self.clock.now(), reason)
                self._unsaved.add(one.id)

    async def edit(self, entry: Entry, changes: dict[str, Any]) -> None:
        """Keep the owner's names and choices; they win for ever."""
        columns = {name: _column(value) for name, value in changes.items()}
        setting = ", ".join(f"{name} = :{name}" for name in columns)
        await self.save()
        await self.store.write(
            lambda db: db.execute(
                f"UPDATE devices SET {setting} WHERE id = :id", columns | {"id": entry.id}
            )
        )
        entry.edit(changes)
        self._listen(entry)
        self._changed()

    async def forget(self, entry: Entry) -> None:
        """Drop a device and its parts; it comes back as new when it is heard again."""
        gone = [entry.id, *(part.id for part in self._parts(entry))]
        await self.store.write(
            lambda db: db.executemany("DELETE FROM devices WHERE id = ?", [(id,) for id in gone])
        )
        self._present(entry, "lost")
        for id in gone:
            _unlisten(self.entries[id])
            self._follow(self._twins.leave(self.entries.pop(id)))
        self._changed()

    async def save(self, *, states: bool = False) -> None:
        """Write what was learnt of devices since the last time; `states` adds their last values.

        Values change all the time and are written seldom, to spare the flash.
        """
        unsaved, self._unsaved = self._unsaved, set()
        if states:
            unsaved, self._restless = unsaved | self._restless, set()
        rows = [self.entries[id].to_row() for id in sorted(unsaved) if id in self.entries]
        if not rows:
            return
        try:
            await self.store.write(lambda db: db.executemany(_UPSERT, rows))
        except StoreFailed:
            self._unsaved |= unsaved
            raise

    def _listen(self, entry: Entry) -> None:
        for kind, capability in entry.capabilities.items():
            capability.listener = lambda _, state, kind=kind: self._reported(entry, kind, state)
            capability.teller = lambda _, name, data: self._told(entry, name, data)

    def _reported(self, entry: Entry, kind: str, state: Any) -> None:
        before = entry.observed.get(kind)
        entry.observe(kind, state, self.clock.now())
        self._restless.add(entry.id)
        for listener in tuple(self._on_report):
            listener(entry, kind, before)

    def _told(self, entry: Entry, name: str, data: Model) -> None:
        for teller in tuple(self._on_event):
            teller(entry, name, data)

    def _present(self, entry: Entry, word: str) -> None:
        if entry.part_of is None or word in ("found", "lost"):
            for presence in tuple(self._on_presence):
                presence(entry, word)

    def _connect(self, entry: Entry) -> bool:
        """Link a device to its twins, a part to its parent's; say whether any twin has changed."""
        if entry.part_of is None:
            return self._follow(self._twins.join(entry))
        parent = self.entries.get(entry.part_of)
        was, entry.twin_of = entry.twin_of, parent.twin_of if parent else None
        return was != entry.twin_of

    def _follow(self, changed: list[Entry]) -> bool:
        for entry in changed:
            for part in self._parts(entry):
                part.twin_of = entry.twin_of
                self._unsaved.add(part.id)
            self._unsaved.add(entry.id)
        return bool(changed)

    def _parts(self, entry: Entry) -> list[Entry]:
        return [part for part in self if part.part_of == entry.id]

    def _changed(self) -> None:
        self.version += 1
        shown = [entry for entry in self if not entry.twin_of]
        kinds = _ordered(kind for entry in shown for kind in entry.kinds)
        obeying = _ordered(kind for entry in shown for kind in entry.obeying)
        if (kinds, obeying) != (self._kinds, self._obeying):
            self._kinds, self._obeying = kinds, obeying
            for callback in tuple(self._on_kinds):
                callback()


def _ordered(kinds: Iterable[str]) -> tuple[str, ...]:
    """Return these kinds, each once, in the order of their declaration."""
    known = set(kinds)
    return tuple(kind for kind in KINDS if kind in known)


def _unlisten(entry: Entry) -> None:
    """Hear no more of what stood for the device until now: it may linger and speak late."""
    for capability in entry.capabilities.values():
        capability.listener = capability.teller = None


def _column(value: Any) -> Any:
    if isinstance(value, bool):
        return int(value)
    return json.dumps(value) if isinstance(value, list) else value


_UPSERT = """
    INSERT INTO devices (id, adapter, address, port, facts, twin_of, first_seen, last_seen, states)
    VALUES (:id, :adapter, :address, :port, :facts, :twin_of, :first_seen, :last_seen, :states)
    ON CONFLICT (id) DO UPDATE SET
        adapter = excluded.adapter, address = excluded.address, port = excluded.port,
        facts = excluded.facts, twin_of = excluded.twin_of, last_seen = excluded.last_seen,
        states = excluded.states
"""


def _select(db: sqlite3.Connection) -> list[dict[str, Any]]:
    cursor = db.execute("SELECT * FROM devices ORDER BY first_seen, id")
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]
