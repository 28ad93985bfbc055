"""Which devices this home has: stable ids, the owner's names, what is on, and since when."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from gateway.capabilities import KINDS
from gateway.clock import HomeClock
from gateway.device import Device
from gateway.entry import Entry
from gateway.store import Store
from gateway.twins import prefer

Listener = Callable[[Entry, str], None]


class Registry:
    """Every device that was ever announced, by id; the one place that knows who is online."""

    def __init__(self, store: Store, clock: HomeClock, prefer: Iterable[str] = ()) -> None:
        self.store = store
        self.clock = clock
        self.entries: dict[str, Entry] = {}
        self.version = 0
        """Grows whenever names, areas or kinds change, so that indexes know they are old."""
        self._prefer = tuple(prefer)
        self._by_connection: dict[str, list[Entry]] = {}
        self._kinds: tuple[str, ...] = ()
        self._on_kinds: list[Callable[[], None]] = []
        self._on_report: list[Listener] = []
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

    def areas(self) -> list[str]:
        """Return the areas' names, sorted."""
        return sorted({entry.area for entry in self if entry.area and not entry.twin_of})

    def on_kinds_changed(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call back whenever a kind appears or goes; return the way to stop that."""
        self._on_kinds.append(callback)
        return lambda: self._on_kinds.remove(callback)

    def on_report(self, listener: Listener) -> Callable[[], None]:
        """Call `listener(entry, kind)` on every report; return the way to stop that."""
        self._on_report.append(listener)
        return lambda: self._on_report.remove(listener)

    def announce(self, device: Device, adapter: str, address: str, port: int) -> Entry:
        """Take a device up, or back: it is here and answers."""
        now = self.clock.now()
        entry = self.entries.get(device.id)
        if entry is None:
            entry = self.entries[device.id] = Entry(device.id, adapter, now)
        before = (entry.name, entry.area, entry.kinds)
        entry.adopt(device, adapter, address, port, now)
        for kind, capability in entry.capabilities.items():
            capability.listener = lambda _, state, kind=kind: self._reported(entry, kind, state)
            if capability.state is not None:
                self._reported(entry, kind, capability.state)
        self._connect(entry)
        self._unsaved.add(entry.id)
        if before != (entry.name, entry.area, entry.kinds):
            self._changed()
        return entry

    def offline(self, entry: Entry, reason: str) -> None:
        """Mark a device, and its parts, as not answering; once."""
        if entry.online:
            entry.lose(self.clock.now(), reason)
            self._unsaved.add(entry.id)

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
        for kind, capability in entry.capabilities.items():
            capability.listener = lambda _, state, kind=kind: self._reported(entry, kind, state)
        self._changed()

    async def forget(self, entry: Entry) -> None:
        """Drop a device and its parts; it comes back as new when it is heard again."""
        gone = [entry.id, *(part.id for part in self if part.part_of == entry.id)]
        await self.store.write(
            lambda db: db.executemany("DELETE FROM devices WHERE id = ?", [(id,) for id in gone])
        )
        for id in gone:
            self._disconnect(self.entries.pop(id))
        self._changed()

    async def save(self, *, states: bool = False) -> None:
        """Write what was learnt of devices since the last time; `states` adds their last values.

        Values change all the time and are written seldom, to spare the flash.
        """
        unsaved, self._unsaved = self._unsaved, set()
        if states:
            unsaved, self._restless = unsaved | self._restless, set()
        rows = [self.entries[id].to_row() for id in sorted(unsaved) if id in self.entries]
        if rows:
            await self.store.write(lambda db: db.executemany(_UPSERT, rows))

    def _reported(self, entry: Entry, kind: str, state: Any) -> None:
        entry.observe(kind, state, self.clock.now())
        self._restless.add(entry.id)
        for listener in tuple(self._on_report):
            listener(entry, kind)

    def _connect(self, entry: Entry) -> None:
        for connection in entry.connections:
            seen = self._by_connection.setdefault(connection, [])
            if entry not in seen:
                seen.append(entry)
            prefer(seen, self._prefer)

    def _disconnect(self, entry: Entry) -> None:
        for connection in entry.connections:
            self._by_connection[connection].remove(entry)
            prefer(self._by_connection[connection], self._prefer)

    def _changed(self) -> None:
        self.version += 1
        kinds = {kind for entry in self if not entry.twin_of for kind in entry.kinds}
        ordered = tuple(kind for kind in KINDS if kind in kinds)
        if ordered != self._kinds:
            self._kinds = ordered
            for callback in tuple(self._on_kinds):
                callback()


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
