"""The tables of `history.db`, and what is said of them more than once."""

import sqlite3

Key = tuple[str, str]
"""A device and one of its properties ("energy.power")."""
Sample = tuple[Key, int, float]
"""What, when (ms UTC), how much."""

VERSION = 1

SCHEMA = """
PRAGMA auto_vacuum=INCREMENTAL;
BEGIN;
CREATE TABLE series (
    id INTEGER PRIMARY KEY, device TEXT NOT NULL, property TEXT NOT NULL, UNIQUE (device, property)
);
CREATE TABLE hot (
    hour INTEGER, batch INTEGER, series INTEGER, at INTEGER, value REAL NOT NULL,
    PRIMARY KEY (hour, batch, series, at)
) WITHOUT ROWID;
CREATE TABLE chunk (
    hour INTEGER, series INTEGER, upto INTEGER NOT NULL, start INTEGER NOT NULL,
    "end" INTEGER NOT NULL, first REAL NOT NULL, last REAL NOT NULL, min REAL NOT NULL,
    max REAL NOT NULL, integral REAL NOT NULL, covered INTEGER NOT NULL, rise REAL NOT NULL,
    count INTEGER NOT NULL, samples BLOB NOT NULL, PRIMARY KEY (hour, series)
) WITHOUT ROWID;
CREATE TABLE packed (upto INTEGER NOT NULL);
INSERT INTO packed VALUES (0);
PRAGMA user_version=1;
COMMIT;
"""
# A chunk holds the rows of `hot` up to the batch `upto`: whoever reads both counts none twice.

BATCHES = """
WITH RECURSIVE batches(number) AS (
    SELECT min(batch) FROM hot WHERE hour = :hour AND batch > :after
    UNION ALL
    SELECT (SELECT min(batch) FROM hot WHERE hour = :hour AND batch > number)
    FROM batches WHERE number IS NOT NULL
)
"""
"""The batches of an hour, by leaps: the table has no index beside its order of writing."""


def is_damaged(error: sqlite3.Error) -> bool:
    """Say whether the file itself is broken, and not merely the disk full or away."""
    code = getattr(error, "sqlite_errorcode", None)  # the module's own errors have none
    return code is not None and code & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def damaged(sentence: str) -> sqlite3.DatabaseError:
    error = sqlite3.DatabaseError(sentence)
    error.sqlite_errorcode = sqlite3.SQLITE_NOTADB
    return error
