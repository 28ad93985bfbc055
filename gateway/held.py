"""Messages that wait for the end of quiet hours, kept in `events.db`: pure SQL."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

SCHEMA = """
    CREATE TABLE held (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        person TEXT NOT NULL,
        at INTEGER NOT NULL,
        title TEXT,
        message TEXT NOT NULL
    ) STRICT;
"""


@dataclass(frozen=True, slots=True)
class Held:
    """One message that waits; `at` is when it would have gone."""

    seq: int
    person: str
    at: datetime
    title: str | None
    text: str


def keep(db: sqlite3.Connection, person: str, at: datetime, title: str | None, text: str) -> Held:
    """Keep a message."""
    row = (person, round(at.timestamp() * 1000), title, text)
    cursor = db.execute("INSERT INTO held (person, at, title, message) VALUES (?, ?, ?, ?)", row)
    return Held(int(cursor.lastrowid or 0), person, at, title, text)


def waiting(db: sqlite3.Connection) -> list[Held]:
    """Return all that wait, the oldest first."""
    rows = db.execute("SELECT seq, person, at, title, message FROM held ORDER BY seq")
    return [
        Held(seq, person, datetime.fromtimestamp(at / 1000, UTC), title, text)
        for seq, person, at, title, text in rows
    ]


def drop(db: sqlite3.Connection, seqs: Sequence[int]) -> None:
    """Forget messages."""
    db.executemany("DELETE FROM held WHERE seq = ?", [(seq,) for seq in seqs])
