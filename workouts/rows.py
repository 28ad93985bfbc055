"""The tables of `workouts.db`, and workouts as their rows. For one thread at a time."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any

from gateway.clock import milliseconds, moment
from gateway.text import folded
from workouts.packing import packs, unpack
from workouts.same import STARTS_WITHIN, same
from workouts.workout import Sample, Totals, Workout

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE workouts (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        start INTEGER NOT NULL,
        "end" INTEGER NOT NULL,
        activity TEXT NOT NULL,
        source TEXT NOT NULL,
        indoor INTEGER,
        person TEXT,
        title TEXT,
        finished INTEGER NOT NULL,
        duration REAL NOT NULL,
        distance REAL,
        energy REAL,
        ascent REAL,
        mean_heart_rate REAL,
        max_heart_rate REAL,
        sources TEXT NOT NULL,
        samples INTEGER NOT NULL DEFAULT 0,
        richness INTEGER NOT NULL DEFAULT 0,
        batch INTEGER NOT NULL,
        memory TEXT
    ) STRICT;
    CREATE INDEX workouts_by_start ON workouts (start);
    CREATE INDEX workouts_of_batches ON workouts (batch) WHERE batch > 0;
    CREATE TABLE packs (
        number INTEGER PRIMARY KEY,
        workout INTEGER NOT NULL REFERENCES workouts ON DELETE CASCADE,
        samples BLOB NOT NULL
    ) STRICT;
    CREATE INDEX packs_of_workouts ON packs (workout);
    CREATE TABLE reckoned (
        workout INTEGER PRIMARY KEY REFERENCES workouts ON DELETE CASCADE,
        feats TEXT NOT NULL
    ) STRICT;
    """,
)
# `batch` is 0 for what counts, and else the import that is still going on.

TOTALS = tuple(one.name for one in fields(Totals))
_PLAIN = ("id", "activity", "source", "person", "title")
_OWN = (*_PLAIN, "start", '"end"', "indoor", "finished", *TOTALS, "sources", "batch")
_COLUMNS = f"number, {', '.join(_OWN)}, samples, richness, memory"
_INSERT = f"INSERT INTO workouts ({', '.join(_OWN)}) VALUES ({', '.join('?' * len(_OWN))})"
_UPDATE = f"UPDATE workouts SET {', '.join(f'{one} = ?' for one in _OWN)} WHERE number = ?"
LONGEST = timedelta(days=3)
"""No workout is looked for that began longer ago than this before another."""


@dataclass(frozen=True, slots=True)
class Kept(Workout):
    """A workout as it is kept: without its samples, which are asked for one by one."""

    number: int = 0
    sources: tuple[str, ...] = ()
    """every source that told of it"""
    count: int = 0
    """how many samples there are"""
    richness: int = 0
    """how many values they hold"""
    batch: int = 0
    memory: str | None = None
    """what its recorder wants to know again after a restart"""


def insert(db: sqlite3.Connection, workout: Workout, batch: int = 0) -> int:
    """Write a workout without its samples and return its number."""
    number = db.execute(_INSERT, _row(workout, [workout.source], batch)).lastrowid
    assert number is not None
    return number


def rewrite(db: sqlite3.Connection, kept: Kept) -> None:
    """Write what has changed of a workout."""
    db.execute(_UPDATE, (*_row(kept, kept.sources, kept.batch), kept.number))


def append(db: sqlite3.Connection, number: int, packed: Iterable[tuple[bytes, int, int]]) -> None:
    """Write packs of samples behind those that are there."""
    for blob, count, richness in packed:
        db.execute("INSERT INTO packs (workout, samples) VALUES (?, ?)", (number, blob))
        db.execute(
            "UPDATE workouts SET samples = samples + ?, richness = richness + ? WHERE number = ?",
            (count, richness, number),
        )


def samples(db: sqlite3.Connection, number: int) -> list[Sample]:
    """Return a workout's samples in the order of time; ValueError where they are damaged."""
    found = db.execute("SELECT samples FROM packs WHERE workout = ? ORDER BY number", (number,))
    return sorted((one for (blob,) in found for one in unpack(blob)), key=lambda one: one.at)


def repack(db: sqlite3.Connection, number: int) -> None:
    """Put many small packs, as a recorder writes them, into few."""
    found = samples(db, number)
    db.execute("DELETE FROM packs WHERE workout = ?", (number,))
    db.executemany(
        "INSERT INTO packs (workout, samples) VALUES (?, ?)",
        [(number, blob) for blob, _, _ in packs(found)],
    )


def select(db: sqlite3.Connection, where: str, *values: Any) -> list[Kept]:
    """Return the workouts that meet a condition in SQL and what may follow it."""
    found = db.execute(f"SELECT {_COLUMNS} FROM workouts WHERE {where}", values)
    return [_kept(row) for row in found]


def get(db: sqlite3.Connection, id: str) -> Kept | None:
    """Return a workout, or None; those of an import that goes on are not there yet."""
    return next(iter(select(db, "id = ? AND batch = 0", id)), None)


def candidates(db: sqlite3.Connection, workout: Workout) -> list[Kept]:
    """Return the finished workouts that lie near another in time, the oldest record first."""
    near = timedelta(seconds=STARTS_WITHIN)
    return select(
        db,
        'batch = 0 AND finished AND id != ? AND start BETWEEN ? AND ? AND "end" >= ? '
        "ORDER BY number",
        workout.id,
        milliseconds(workout.start - LONGEST),
        milliseconds(workout.end + near),
        milliseconds(workout.start - near),
    )


def settle(db: sqlite3.Connection, kept: Kept) -> Kept:
    """Let a finished workout count: return it, or the one it is now part of."""
    known = next((one for one in candidates(db, kept) if same(one, kept)), None)
    if known is None:
        settled = replace(kept, batch=0)
        rewrite(db, settled)
        return settled
    return _join(db, known, kept)


def _join(db: sqlite3.Connection, stays: Kept, goes: Kept) -> Kept:
    """Make one of two; the samples, times and totals are those of the richer."""
    richer, poorer = (goes, stays) if goes.richness > stays.richness else (stays, goes)
    if richer is goes:
        db.execute("DELETE FROM reckoned WHERE workout = ?", (stays.number,))
        db.execute("DELETE FROM packs WHERE workout = ?", (stays.number,))
        db.execute("UPDATE packs SET workout = ? WHERE workout = ?", (stays.number, goes.number))
    db.execute("DELETE FROM workouts WHERE number = ?", (goes.number,))
    joined = replace(
        richer,
        id=stays.id,
        number=stays.number,
        batch=0,
        activity=poorer.activity if richer.activity == "other" else richer.activity,
        totals=_filled(richer.totals, poorer.totals),
        indoor=poorer.indoor if richer.indoor is None else richer.indoor,
        person=stays.person or goes.person,
        title=richer.title or poorer.title,
        sources=tuple(dict.fromkeys((*stays.sources, *goes.sources))),
    )
    rewrite(db, joined)
    db.execute(
        "UPDATE workouts SET samples = ?, richness = ? WHERE number = ?",
        (joined.count, joined.richness, joined.number),
    )
    return joined


def reckoned(db: sqlite3.Connection, found: Mapping[int, str]) -> None:
    """Keep what was reckoned of workouts that are still there."""
    db.executemany(
        "INSERT OR REPLACE INTO reckoned SELECT number, ? FROM workouts WHERE number = ?",
        [(text, number) for number, text in found.items()],
    )


def _filled(totals: Totals, other: Totals) -> Totals:
    known = asdict(other) | {k: v for k, v in asdict(totals).items() if v is not None}
    return Totals(**known)


def wanted(
    start: datetime | None, end: datetime | None, activity: str | None, person: str | None
) -> tuple[str, list[Any]]:
    """Return the condition for workouts that begin in a stretch of time, and its values."""
    parts = list(_parts(start, end, activity, person))
    return " AND ".join(["batch = 0", *(part for part, _ in parts)]), [one for _, one in parts]


def _parts(
    start: datetime | None, end: datetime | None, activity: str | None, person: str | None
) -> Iterator[tuple[str, Any]]:
    if start is not None:
        yield "start >= ?", milliseconds(start)
    if end is not None:
        yield "start < ?", milliseconds(end)
    if activity is not None:
        yield "activity = ?", activity
    if person is not None:
        yield "folded(coalesce(person, '')) = ?", folded(person)


def _row(workout: Workout, sources: Sequence[str], batch: int) -> tuple[Any, ...]:
    return (
        *(getattr(workout, name) for name in _PLAIN),
        milliseconds(workout.start),
        milliseconds(workout.end),
        workout.indoor,
        workout.finished,
        *(getattr(workout.totals, name) for name in TOTALS),
        json.dumps(list(sources)),
        batch,
    )


def _kept(row: Sequence[Any]) -> Kept:
    found = dict(zip(("number", *_OWN, "count", "richness", "memory"), row, strict=True))
    totals = Totals(**{name: found.pop(name) for name in TOTALS})
    found["start"], found["end"] = moment(found["start"]), moment(found.pop('"end"'))
    found["indoor"] = None if found["indoor"] is None else bool(found["indoor"])
    found["sources"] = tuple(json.loads(found["sources"]))
    return Kept(**found | {"finished": bool(found["finished"]), "totals": totals})
