"""The log's table: how events are written, read back and thrown away."""

import json
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from gateway.clock import milliseconds, moment
from gateway.event import Earlier, Event, body

COLUMNS = "seq, at, name, device, sampled, subject, rest, earlier"
ROW_COSTS = 100
"""Bytes of a row, and of its places in the indexes, beside its text."""
SLICE = 2000


class Outbox(Protocol):
    """What the log needs to know of webhooks."""

    def addressed(self, event: Event) -> Sequence[str]:
        """Return the webhooks that want this event; its number is not known yet."""

    def enqueue(
        self, db: sqlite3.Connection, rows: Sequence[tuple[int, str | None, str, int]]
    ) -> None:
        """Note (seq, device, webhook, milliseconds) in the transaction of the events."""

    def wake(self) -> None:
        """Note that there is something to deliver."""


class NoOutbox:
    """The outbox of a home without webhooks."""

    def addressed(self, event: Event) -> Sequence[str]:
        return ()

    def enqueue(
        self, db: sqlite3.Connection, rows: Sequence[tuple[int, str | None, str, int]]
    ) -> None:
        return

    def wake(self) -> None:
        return


@dataclass(frozen=True, slots=True)
class Written:
    """An event on its way to the disk, and the webhooks that it goes to."""

    event: Event
    webhooks: Sequence[str]


def last(db: sqlite3.Connection) -> int:
    """Return the highest number that was ever given."""
    row = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'events'").fetchone()
    return int(row[0]) if row else 0


def insert(db: sqlite3.Connection, written: Sequence[Written], outbox: Outbox) -> int:
    """Write events, and whom they go to; return the number before that of the first."""
    before = last(db)
    db.executemany(
        f"INSERT INTO events ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [_row(before + place, one.event) for place, one in enumerate(written, 1)],
    )
    addressed = [
        (before + place, one.event.device, webhook, milliseconds(one.event.at))
        for place, one in enumerate(written, 1)
        for webhook in one.webhooks
    ]
    if addressed:
        outbox.enqueue(db, addressed)
    return before


def _row(seq: int, event: Event) -> tuple[Any, ...]:
    earlier = event.earlier
    return (
        seq,
        milliseconds(event.at),
        event.name,
        event.device,
        int(event.sampled),
        event.subject or None,
        event.body,
        json.dumps([earlier.names, earlier.data]) if earlier else None,
    )


def revived(row: Sequence[Any], home: str) -> Event:
    """Return the event of a row of COLUMNS."""
    seq, at, name, device, sampled, subject, rest, earlier = row
    told = json.loads(rest)
    names, data = json.loads(earlier) if earlier else ((), {})
    return Event(
        seq=seq,
        name=name,
        at=moment(at),
        device=device,
        data=told["data"],
        subject=subject or seq,
        cause=told.get("cause"),
        sampled=bool(sampled),
        home=home,
        body=body(home, seq, subject or seq, rest),
        earlier=Earlier(tuple(names), data) if earlier else None,
    )


def behind(db: sqlite3.Connection, home: str, after: int, most: int) -> list[Event]:
    """Return the next events behind a number."""
    rows = db.execute(
        f"SELECT {COLUMNS} FROM events WHERE seq > ? ORDER BY seq LIMIT ?", (after, most)
    )
    return [revived(row, home) for row in rows]


def between(
    db: sqlite3.Connection,
    home: str,
    span: tuple[int, int],
    limit: int,
    wanted: Callable[[Event], bool],
) -> list[Event]:
    """Return the `wanted` events of a span in milliseconds, the newest first."""
    found: list[Event] = []
    rows = db.execute(
        f"SELECT {COLUMNS} FROM events WHERE at >= ? AND at < ? ORDER BY at DESC, seq DESC", span
    )
    for row in rows:
        event = revived(row, home)
        if wanted(event):
            found.append(event)
            if len(found) >= limit:
                break
    return found


def presence(db: sqlite3.Connection) -> dict[str, str]:
    """Return by device the last that was told of its coming and going."""
    names = "('device.found', 'device.online', 'device.offline')"
    rows = db.execute(
        f"SELECT device, name, max(seq) FROM events WHERE name IN {names} GROUP BY device"
    )
    return {device: name for device, name, _ in rows}


def surplus(sampled: bool, oldest: int, most_bytes: int, db: sqlite3.Connection) -> int:
    """Return the highest number that is too old (in milliseconds) or too much; 0 for none."""
    (old,) = db.execute(
        "SELECT coalesce(max(seq), 0) FROM events WHERE sampled = ? AND at < ?",
        (int(sampled), oldest),
    ).fetchone()
    room = most_bytes
    rows = db.execute(
        "SELECT seq, length(rest) + ? FROM events WHERE sampled = ? ORDER BY seq DESC",
        (ROW_COSTS, int(sampled)),
    )
    for seq, size in rows:
        room -= size
        if room < 0:
            return max(int(old), int(seq))
    return int(old)


def discard(sampled: bool, upto: int, db: sqlite3.Connection) -> tuple[int, int]:
    """Throw away a slice of the events up to a number; return how many, and the last gone.

    What is still to be delivered stays.
    """
    found = db.execute(
        "SELECT seq FROM events WHERE sampled = ? AND seq <= ? "
        "AND seq NOT IN (SELECT seq FROM outbox) ORDER BY seq LIMIT ?",
        (int(sampled), upto, SLICE),
    ).fetchall()
    last_gone = found[-1][0] if len(found) == SLICE else upto
    db.executemany("DELETE FROM events WHERE seq = ?", found)
    db.execute(
        "INSERT INTO home VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value "
        "WHERE CAST(excluded.value AS INTEGER) > CAST(value AS INTEGER)",
        (f"horizon_{int(sampled)}", str(last_gone)),
    )
    return len(found), last_gone
