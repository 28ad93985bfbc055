"""The tables of standing orders: what is waited for, and how each device stands to it."""

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from gateway.clock import milliseconds, moment
from gateway.standing import Standing

SCHEMA = """
    CREATE TABLE alerts (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        agent TEXT NOT NULL,
        text TEXT NOT NULL,
        waits TEXT,
        schedule TEXT,
        notify TEXT NOT NULL,
        scene TEXT,
        message TEXT,
        once INTEGER NOT NULL,
        expires INTEGER,
        due INTEGER,
        suspended TEXT
    ) STRICT;
    CREATE TABLE alert_devices (
        alert INTEGER NOT NULL,
        device TEXT NOT NULL,
        since INTEGER NOT NULL,
        told INTEGER NOT NULL,
        PRIMARY KEY (alert, device)
    ) STRICT, WITHOUT ROWID;
"""
COLUMNS = (
    "number, agent, text, waits, schedule, notify, scene, message, once, expires, due, suspended"
)
Row = Sequence[Any]


def stamp(time: datetime | None) -> int | None:
    """Return a time in milliseconds since 1970."""
    return None if time is None else milliseconds(time)


def at(time: int | None) -> datetime | None:
    """Return the time of milliseconds since 1970."""
    return None if time is None else moment(time)


def insert(db: sqlite3.Connection, values: Row) -> int:
    """Keep a new one, all COLUMNS but the number; return its number."""
    marks = ", ".join("?" * (len(values) + 1))
    cursor = db.execute(f"INSERT INTO alerts ({COLUMNS}) VALUES ({marks})", (None, *values))
    return int(cursor.lastrowid or 0)


def rows(db: sqlite3.Connection) -> list[Row]:
    """Return all of them by COLUMNS, the oldest first."""
    return db.execute(f"SELECT {COLUMNS} FROM alerts ORDER BY number").fetchall()


def standings(db: sqlite3.Connection) -> dict[int, dict[str, Standing]]:
    """Return by alert and device what holds."""
    found: dict[int, dict[str, Standing]] = {}
    for alert, device, since, told in db.execute(
        "SELECT alert, device, since, told FROM alert_devices"
    ):
        found.setdefault(alert, {})[device] = Standing(moment(since), bool(told))
    return found


def stand(db: sqlite3.Connection, alert: int, device: str, standing: Standing | None) -> None:
    """Keep how a device stands; None where the condition does not hold."""
    if standing is None:
        db.execute("DELETE FROM alert_devices WHERE alert = ? AND device = ?", (alert, device))
        return
    db.execute(
        "INSERT OR REPLACE INTO alert_devices SELECT ?, ?, ?, ? "
        "WHERE EXISTS (SELECT 1 FROM alerts WHERE number = ?)",
        (alert, device, milliseconds(standing.since), int(standing.told), alert),
    )


def change(db: sqlite3.Connection, alert: int, due: datetime | None, why: str | None) -> None:
    """Keep when it is due next, and why it is suspended."""
    db.execute(
        "UPDATE alerts SET due = ?, suspended = ? WHERE number = ?",
        (stamp(due), why, alert),
    )


def remove(db: sqlite3.Connection, alert: int) -> None:
    """Throw one away."""
    db.execute("DELETE FROM alerts WHERE number = ?", (alert,))
    db.execute("DELETE FROM alert_devices WHERE alert = ?", (alert,))


def listed(text: str) -> list[str]:
    """Return a list that is kept as JSON."""
    return [str(one) for one in json.loads(text)]
