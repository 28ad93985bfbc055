"""What is still to be delivered: tables, and the SQL on them, run in the store's writer.

Events that have to keep their order share a lane (their device); an unordered one has a lane of
its own. A line remembers the oldest event of a lane that has any, so that finding what is due
costs the same however much is pending.
"""

import sqlite3
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from gateway import event_rows
from gateway.event import Event

SCHEMA = """
    CREATE TABLE webhooks (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        agent TEXT NOT NULL,
        url TEXT NOT NULL,
        secret TEXT NOT NULL,
        old_secret TEXT,
        old_until INTEGER,
        filter TEXT,
        preset TEXT NOT NULL,
        ordering TEXT NOT NULL,
        max_age INTEGER,
        created INTEGER NOT NULL,
        disabled TEXT
    ) STRICT;
    CREATE TABLE outbox (
        webhook INTEGER NOT NULL,
        lane TEXT NOT NULL,
        seq INTEGER NOT NULL,
        PRIMARY KEY (webhook, lane, seq)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE lines (
        webhook INTEGER NOT NULL,
        lane TEXT NOT NULL,
        head INTEGER NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0,
        next_at INTEGER NOT NULL,
        PRIMARY KEY (webhook, lane)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX lines_due ON lines (webhook, next_at, head);
    CREATE TABLE dead (
        webhook INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        lane TEXT NOT NULL,
        at INTEGER NOT NULL,
        reason TEXT NOT NULL,
        PRIMARY KEY (webhook, seq)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE deliveries (
        number INTEGER PRIMARY KEY,
        webhook INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        attempt INTEGER NOT NULL,
        at INTEGER NOT NULL,
        outcome TEXT NOT NULL,
        status INTEGER,
        reason TEXT,
        milliseconds INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX deliveries_by_webhook ON deliveries (webhook, number);
"""

Outcome = Literal["delivered", "failed", "dead", "expired", "disabled"]
LOGGED = 200
"""Attempts that are remembered of each webhook."""
MOST_LISTED = 1000

_EVENT = ", ".join(f"e.{column}" for column in event_rows.COLUMNS.split(", "))
Lane = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Due:
    """The head of a line whose time has come; `event` is None where the log has let it go."""

    webhook: int
    lane: str
    seq: int
    attempts: int
    event: Event | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """What became of one delivery. Times are milliseconds; `next_at` is for the failed ones."""

    due: Due
    at: int
    outcome: Outcome
    milliseconds: int = 0
    status: int | None = None
    reason: str | None = None
    next_at: int = 0


def number(webhook: str) -> int:
    """Return the number of a webhook's id; 0, which none has, for what is no id."""
    digits = webhook.removeprefix("w")
    return int(digits) if digits.isdecimal() and len(digits) < 10 else 0


def enqueue(db: sqlite3.Connection, rows: Iterable[tuple[int, str | None, str, int]]) -> None:
    """Note (seq, device, webhook, milliseconds), but for webhooks that are gone by now."""
    ordering = dict(
        db.execute("SELECT number, ordering FROM webhooks WHERE disabled IS NULL").fetchall()
    )
    pending = [
        (webhook, (device or "") if ordering[webhook] == "device" else f"#{seq}", seq, at)
        for seq, device, id, at in rows
        if (webhook := number(id)) in ordering
    ]
    _add(db, pending)


def _add(db: sqlite3.Connection, pending: Sequence[tuple[int, str, int, int]]) -> None:
    db.executemany("INSERT OR IGNORE INTO outbox VALUES (?, ?, ?)", [row[:3] for row in pending])
    db.executemany(
        "INSERT INTO lines (webhook, lane, head, next_at) VALUES (?, ?, ?, ?) "
        "ON CONFLICT DO UPDATE SET head = excluded.head, attempts = 0, next_at = excluded.next_at "
        "WHERE excluded.head < head",
        pending,
    )


def due(
    db: sqlite3.Connection,
    home: str,
    room: Sequence[tuple[int, int]],
    busy: Collection[Lane],
    now: int,
) -> tuple[list[Due], int | None]:
    """Return for each (webhook, most) what is due and not under way, those that waited longest
    first, and when the next of the others will be."""
    found: list[Due] = []
    later: list[int] = []
    for webhook, most in room:
        taken = sum(1 for one, _ in busy if one == webhook)
        rows = db.execute(
            f"SELECT l.lane, l.head, l.attempts, {_EVENT} FROM lines l "
            "LEFT JOIN events e ON e.seq = l.head WHERE l.webhook = ? AND l.next_at <= ? "
            "ORDER BY l.next_at, l.head LIMIT ?",
            (webhook, now, most + taken),
        )
        free = [_due(webhook, home, row) for row in rows if (webhook, row[0]) not in busy]
        found += free[:most]
        (next_at,) = db.execute(
            "SELECT min(next_at) FROM lines WHERE webhook = ? AND next_at > ?", (webhook, now)
        ).fetchone()
        if next_at is not None:
            later.append(next_at)
    return found, min(later, default=None)


def _due(webhook: int, home: str, row: Sequence[Any]) -> Due:
    lane, head, attempts, *event = row
    kept = event_rows.revived(event, home) if event[0] is not None else None
    return Due(webhook, lane, head, attempts, kept)


def record(db: sqlite3.Connection, attempts: Sequence[Attempt], now: int) -> None:
    """Write what became of deliveries, and let their lines go on."""
    known = {one for (one,) in db.execute("SELECT number FROM webhooks")}
    told = [one for one in attempts if one.due.webhook in known]
    for one in sorted(told, key=lambda one: one.outcome == "disabled"):
        if one.outcome == "failed":
            db.execute(
                "UPDATE lines SET attempts = ?, next_at = ? "
                "WHERE webhook = ? AND lane = ? AND head = ?",
                (one.due.attempts + 1, one.next_at, one.due.webhook, one.due.lane, one.due.seq),
            )
        elif one.outcome == "disabled":
            _disable(db, one, now)
        else:
            _done(db, one, now)
    db.executemany(
        "INSERT INTO deliveries (webhook, seq, attempt, at, outcome, status, reason, milliseconds)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [_logged(one) for one in told],
    )
    for webhook in {one.due.webhook for one in told}:
        db.execute(
            "DELETE FROM deliveries WHERE webhook = ? AND number <= (SELECT number FROM deliveries "
            "WHERE webhook = ? ORDER BY number DESC LIMIT 1 OFFSET ?)",
            (webhook, webhook, LOGGED),
        )


def _logged(one: Attempt) -> tuple[Any, ...]:
    due = one.due
    return (
        *(due.webhook, due.seq, due.attempts + 1, one.at, one.outcome),
        *(one.status, one.reason, one.milliseconds),
    )


def _done(db: sqlite3.Connection, one: Attempt, now: int) -> None:
    lane = (one.due.webhook, one.due.lane)
    gone = db.execute(
        "DELETE FROM outbox WHERE webhook = ? AND lane = ? AND seq = ?", (*lane, one.due.seq)
    )
    if one.outcome == "dead" and gone.rowcount:
        db.execute(
            "INSERT OR REPLACE INTO dead VALUES (?, ?, ?, ?, ?)",
            (one.due.webhook, one.due.seq, one.due.lane, now, one.reason or ""),
        )
    (head,) = db.execute(
        "SELECT min(seq) FROM outbox WHERE webhook = ? AND lane = ?", lane
    ).fetchone()
    if head is None:
        db.execute("DELETE FROM lines WHERE webhook = ? AND lane = ?", lane)
    else:
        db.execute(
            "UPDATE lines SET head = ?, attempts = 0, next_at = ? WHERE webhook = ? AND lane = ?",
            (head, now, *lane),
        )


def _disable(db: sqlite3.Connection, one: Attempt, now: int) -> None:
    webhook, reason = one.due.webhook, one.reason or ""
    db.execute("UPDATE webhooks SET disabled = ? WHERE number = ?", (reason, webhook))
    db.execute(
        "INSERT OR REPLACE INTO dead SELECT webhook, seq, lane, ?, ? FROM outbox WHERE webhook = ?",
        (now, reason, webhook),
    )
    for table in ("outbox", "lines"):
        db.execute(f"DELETE FROM {table} WHERE webhook = ?", (webhook,))


def revive(db: sqlite3.Connection, webhook: int, seq: int | None, now: int) -> int:
    """Put dead letters, one or all, back to be delivered; return how many there were."""
    rows = db.execute(
        "DELETE FROM dead WHERE webhook = ? AND (? IS NULL OR seq = ?) RETURNING lane, seq",
        (webhook, seq, seq),
    ).fetchall()
    rows.sort(key=lambda row: -row[1])  # of a lane the oldest comes last, and stays its head
    _add(db, [(webhook, lane, one, now) for lane, one in rows])
    return len(rows)


def remove(db: sqlite3.Connection, webhook: int) -> None:
    """Forget a webhook and everything of it."""
    for table in ("outbox", "lines", "dead", "deliveries"):
        db.execute(f"DELETE FROM {table} WHERE webhook = ?", (webhook,))
    db.execute("DELETE FROM webhooks WHERE number = ?", (webhook,))


def tidy(db: sqlite3.Connection) -> None:
    """Forget dead letters whose events the log has let go."""
    db.execute("DELETE FROM dead WHERE seq NOT IN (SELECT seq FROM events)")


def pending(db: sqlite3.Connection) -> dict[int, int]:
    """Return by webhook how many events wait to be delivered."""
    return dict(db.execute("SELECT webhook, count(*) FROM outbox GROUP BY webhook").fetchall())


def dead(db: sqlite3.Connection, webhook: int) -> list[tuple[int, int, str]]:
    """Return (seq, milliseconds, reason) of the newest dead letters, the oldest first."""
    rows = db.execute(
        "SELECT seq, at, reason FROM dead WHERE webhook = ? ORDER BY seq DESC LIMIT ?",
        (webhook, MOST_LISTED),
    ).fetchall()
    return rows[::-1]


def deliveries(db: sqlite3.Connection, webhook: int) -> list[tuple[Any, ...]]:
    """Return (seq, attempt, at, outcome, status, reason, milliseconds), the newest first."""
    return db.execute(
        "SELECT seq, attempt, at, outcome, status, reason, milliseconds FROM deliveries "
        "WHERE webhook = ? ORDER BY number DESC",
        (webhook,),
    ).fetchall()
