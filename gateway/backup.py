"""A copy of the home's state in one file, taken while it is in use, and the way back.

After a restore no number of an event is given twice: the count goes on far behind, and cursors
from before are told that something is gone.
"""

import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gateway.errors import GatewayError, StoreFailed
from gateway.migrations import MIGRATIONS

MANIFEST, EVENTS, HISTORY = "manifest.json", "events.db", "history.db"
SECRETS = ("owner.token", "secrets.toml")
PAGES = 256
GAP = 1_000_000
MOST_BYTES = 20_000_000_000

Progress = Callable[[int, int], None]
"""Told how many pages are left, and of how many."""


class NoBackup(GatewayError):
    """The file is no backup of homeport's, or one that this homeport cannot use."""

    code, status, title = "no_backup", 422, "This is no backup that can be used"


def back_up(
    state: Path, target: Path, *, history: bool, secrets: bool, progress: Progress
) -> dict[str, Any]:
    """Write the backup and return its manifest; on any failure no file is left behind."""
    if not (state / EVENTS).exists():
        raise StoreFailed(f"{state} holds no homeport state")
    try:
        with tempfile.TemporaryDirectory(prefix=".homeport-", dir=target.parent) as folder:
            place = Path(folder)
            databases = [EVENTS, *([HISTORY] if history and (state / HISTORY).exists() else [])]
            for name in databases:
                _copy(state / name, place / name, progress)
            if secrets:
                for name in SECRETS:
                    if (state / name).exists():
                        shutil.copy2(state / name, place / name)
            told = _manifest(place / EVENTS)
            (place / MANIFEST).write_text(json.dumps(told, indent=1))
            _pack(place, target)
            return told
    except (OSError, sqlite3.Error) as error:
        raise StoreFailed(f"{target} cannot be written: {error}") from error


def _copy(source: Path, target: Path, progress: Progress) -> None:
    with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(target)) as other:
        # Held open, this view is not disturbed by what is written meanwhile: else it begins anew.
        one.execute("BEGIN")
        one.execute("SELECT count(*) FROM sqlite_master").fetchone()
        one.backup(other, pages=PAGES, progress=lambda _, left, all: progress(left, all))
        other.execute("PRAGMA journal_mode=DELETE")


def _manifest(events: Path) -> dict[str, Any]:
    with closing(sqlite3.connect(events)) as db:
        (schema,) = db.execute("PRAGMA user_version").fetchone()
        home = db.execute("SELECT value FROM home WHERE key = 'id'").fetchone()
    made = datetime.now(UTC).isoformat(timespec="seconds")
    return {"homeport": 1, "schema": schema, "home": home and home[0], "made": made}


def _pack(place: Path, target: Path) -> None:
    packed = place / "packed"
    handle = os.open(packed, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        with tarfile.open(fileobj=file, mode="w:gz", compresslevel=3) as archive:
            for name in (MANIFEST, EVENTS, HISTORY, *SECRETS):
                if (place / name).exists():
                    archive.add(place / name, name)
        file.flush()
        os.fsync(file.fileno())
    packed.replace(target)


def restore(state: Path, source: Path) -> dict[str, Any]:
    """Put a backup in place and return its manifest; what was there is put aside, not deleted.

    Nobody may be serving from the folder. Raises NoBackup or StoreFailed; then nothing changed.
    """
    try:
        with _unpacked(state, source) as place:
            told = _checked(place)
            with closing(sqlite3.connect(place / EVENTS)) as db, db:
                _go_on_behind(db)
            stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
            for new in sorted(place.iterdir()):
                if new.name != MANIFEST:
                    _put(new, state / new.name, stamp)
            return told
    except OSError as error:
        raise StoreFailed(f"{source} cannot be put back: {error}") from error


@contextmanager
def _unpacked(state: Path, source: Path) -> Iterator[Path]:
    known = {MANIFEST, EVENTS, HISTORY, *SECRETS}
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=state) as folder:
        try:
            with tarfile.open(source, "r:gz") as archive:
                for member in archive:
                    if member.name not in known or not member.isfile():
                        raise NoBackup(f"{source.name} holds what no backup holds")
                    if member.size > MOST_BYTES:
                        raise NoBackup(f"{source.name} is too large")
                    archive.extract(member, folder, filter="data")
        except (tarfile.TarError, EOFError) as error:
            raise NoBackup(f"{source.name} cannot be unpacked: {error}") from error
        yield Path(folder)


def _checked(place: Path) -> dict[str, Any]:
    try:
        told: dict[str, Any] = json.loads((place / MANIFEST).read_text())
        with closing(sqlite3.connect(place / EVENTS)) as db:
            (sound,) = db.execute("PRAGMA quick_check(1)").fetchone()
            (schema,) = db.execute("PRAGMA user_version").fetchone()
    except (OSError, ValueError, sqlite3.Error) as error:
        raise NoBackup(f"the backup is damaged: {error}") from error
    if sound != "ok":
        raise NoBackup("the backup is damaged: its pages do not fit together")
    if schema > len(MIGRATIONS):
        raise NoBackup("the backup was made by a newer homeport", hint="Update homeport first.")
    return told


def _go_on_behind(db: sqlite3.Connection) -> None:
    found = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'events'").fetchone()
    if found is None:
        return
    behind = found[0] + GAP
    db.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = 'events'", (behind,))
    marks = [(f"horizon_{sampled}", str(behind)) for sampled in (0, 1)]
    db.executemany("INSERT OR REPLACE INTO home VALUES (?, ?)", marks)


def _put(new: Path, target: Path, stamp: str) -> None:
    for ending in ("", "-wal", "-shm"):
        old = target.with_name(target.name + ending)
        if old.exists():
            old.rename(old.with_name(f"{target.name}.before-restore-{stamp}{ending}"))
    new.chmod(0o600)
    new.replace(target)
