"""A copy of the home's state in one file, taken while it is in use, and the way back.

After a restore no number of an event is given twice: the count goes on far behind, and cursors
from before are told that something is gone.
"""

import gzip
import json
import os
import re
import shutil
import sqlite3
import tarfile
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any, cast

from gateway.errors import GatewayError, InvalidArguments, StoreFailed
from gateway.history_schema import VERSION as NEWEST_HISTORY
from gateway.migrations import MIGRATIONS

MANIFEST, EVENTS, HISTORY = "manifest.json", "events.db", "history.db"
SECRETS = ("owner.token", "secrets.toml")
OF_ADAPTERS = "adapters"
"""The folder of what they remember, such as pairings: secrets as well."""
_OF_ADAPTERS = re.compile(rf"{OF_ADAPTERS}/[a-z0-9_]+/[a-z0-9_-]+(\.[a-z0-9_-]+)+")
NEWEST = {EVENTS: len(MIGRATIONS), HISTORY: NEWEST_HISTORY}
"""The latest schema of each database of the core that this homeport reads."""
FORMAT = 1
ENDINGS = (".tar.gz", ".tgz")
PAGES = 256
GAP = 1_000_000
MOST_BYTES = 20_000_000_000

Progress = Callable[[int, int], None]
"""Told how many pages are left, and of how many."""


class NoBackup(GatewayError):
    """The file is no backup of homeport's, or one that this homeport cannot use."""

    code, status, title = "no_backup", 422, "This is no backup that can be used"


def back_up(
    state: Path,
    target: Path,
    *,
    history: bool,
    secrets: bool,
    version: str,
    progress: Progress,
    more: Iterable[str] = (),
) -> dict[str, Any]:
    """Write the backup and return its manifest; on any failure no file is left behind.

    `more` are databases beside those of the core.

    Raises InvalidArguments for a name that is not an archive's, StoreFailed.
    """
    if not target.name.endswith(ENDINGS):
        raise InvalidArguments(
            f"{target.name} does not end in .tar.gz",
            field="file",
            hint="What is there is replaced: the name keeps that from being something else.",
        )
    if not (state / EVENTS).exists():
        raise StoreFailed(f"{state} holds no homeport state")
    wanted = [EVENTS, *more, *([HISTORY] if history else ())]
    wanted += [*SECRETS, *_remembered(state)] if secrets else []
    try:
        with tempfile.TemporaryDirectory(prefix=".homeport-", dir=target.parent) as folder:
            place = Path(folder)
            for name in wanted:
                if (state / name).exists():
                    _copy(state / name, place / name, progress)
            told = _manifest(place / EVENTS, version)
            (place / MANIFEST).write_text(json.dumps(told, indent=1))
            _pack(place, target, (MANIFEST, *wanted))
            return told
    except (OSError, sqlite3.Error) as error:
        raise StoreFailed(f"{target} cannot be written: {error}") from error


def _remembered(state: Path) -> list[str]:
    found = [path.relative_to(state).as_posix() for path in state.glob(f"{OF_ADAPTERS}/*/*")]
    return sorted(name for name in found if _OF_ADAPTERS.fullmatch(name))


def _copy(source: Path, target: Path, progress: Progress) -> None:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if source.suffix != ".db":
        target.write_bytes(source.read_bytes())
        return
    with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(target)) as other:
        # Held open, this view is not disturbed by what is written meanwhile: else it begins anew.
        one.execute("BEGIN")
        one.execute("SELECT count(*) FROM sqlite_master").fetchone()
        one.backup(other, pages=PAGES, progress=lambda _, left, all: progress(left, all))
        other.execute("PRAGMA journal_mode=DELETE")
        if other.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise sqlite3.DatabaseError(f"{source} is damaged itself")


def _manifest(events: Path, version: str) -> dict[str, Any]:
    with closing(sqlite3.connect(events)) as db:
        (schema,) = db.execute("PRAGMA user_version").fetchone()
    made = datetime.now(UTC).isoformat(timespec="seconds")
    home, _ = _reached(events)
    return {"format": FORMAT, "homeport": version, "schema": schema, "home": home, "made": made}


def _pack(place: Path, target: Path, names: Iterable[str]) -> None:
    packed = place / "packed"
    handle = os.open(packed, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        with tarfile.open(fileobj=file, mode="w:gz", compresslevel=3) as archive:
            for name in names:
                if (place / name).exists():
                    archive.add(place / name, name, filter=_nobodys)
        file.flush()
        os.fsync(file.fileno())
    packed.replace(target)
    _sync(target.parent)


def _nobodys(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Return an entry that tells nothing of who made it, and that only its owner may read."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o600
    return member


def restore(
    state: Path, source: Path, more: Mapping[str, int] = MappingProxyType({})
) -> dict[str, Any]:
    """Put a backup in place; return its manifest and, as `aside`, what became of what was there.

    `more` are databases beside those of the core, with the latest schema of each. Nobody may be
    serving from the folder. Raises NoBackup or StoreFailed; then nothing changed.
    """
    try:
        newest = NEWEST | dict(more)
        with _unpacked(state, source, {MANIFEST, *newest, *SECRETS}) as place:
            told = _checked(place, newest)
            _go_on_behind(place / EVENTS, state / EVENTS)
            names = [*newest, *SECRETS, *_remembered(place)]
            return told | {"aside": _exchange(place, state, names)}
    except (OSError, sqlite3.Error) as error:
        raise StoreFailed(f"{source} cannot be put back: {error}") from error


@contextmanager
def _unpacked(state: Path, source: Path, left: set[str]) -> Iterator[Path]:
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=state) as folder:
        try:
            with tarfile.open(source, "r:gz") as archive:
                for member in archive:
                    known = member.name in left or _OF_ADAPTERS.fullmatch(member.name)
                    if not known or not member.isfile():
                        raise NoBackup(f"{source.name} holds what no backup holds")
                    if member.size > MOST_BYTES:
                        raise NoBackup(f"{source.name} is too large")
                    left.discard(member.name)
                    Path(folder, member.name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                    # Not `extract`: what makes that safe came with Python 3.11.4.
                    with open(Path(folder, member.name), "xb") as file:
                        shutil.copyfileobj(cast(IO[bytes], archive.extractfile(member)), file)
                while archive.fileobj and archive.fileobj.read(1 << 20):
                    pass  # the checksum stands at the very end
        except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise NoBackup(f"{source.name} cannot be unpacked: {error}") from error
        yield Path(folder)


def _checked(place: Path, newest: Mapping[str, int]) -> dict[str, Any]:
    """Return the manifest of what was unpacked; raise NoBackup where it does not hold together."""
    try:
        told: Any = json.loads((place / MANIFEST).read_text("utf-8"))
        if not isinstance(told, dict) or not {"format", "home", "made"} <= told.keys():
            raise ValueError("its manifest is not one of homeport's")
        if told["format"] != FORMAT:
            raise _too_new()
        for name, schema in newest.items():
            if name == EVENTS or (place / name).exists():
                _check(place / name, schema)
        if _reached(place / EVENTS)[0] != told["home"]:
            raise ValueError("it holds another home than it says")
    except (OSError, ValueError, sqlite3.Error) as error:
        raise NoBackup(f"The backup is damaged: {error}") from error
    return told


def _check(database: Path, newest: int) -> None:
    if not database.exists():
        raise ValueError(f"{database.name} is missing")
    with closing(sqlite3.connect(database)) as db:
        (sound,) = db.execute("PRAGMA quick_check(1)").fetchone()
        (schema,) = db.execute("PRAGMA user_version").fetchone()
    if sound != "ok" or schema < 1:
        raise ValueError(f"the pages of {database.name} do not fit together")
    if schema > newest:
        raise _too_new()


def _too_new() -> NoBackup:
    return NoBackup("The backup was made by a newer homeport", hint="Update homeport first.")


def _reached(events: Path) -> tuple[str | None, int]:
    """Return the id of a log's home and the highest number that it has given."""
    with closing(sqlite3.connect(events)) as db:
        home = db.execute("SELECT value FROM home WHERE key = 'id'").fetchone()
        last = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'events'").fetchone()
    return home and home[0], last[0] if last else 0


def _go_on_behind(new: Path, present: Path) -> None:
    """Let a log go on behind every number that it, or what goes on from it here, has given."""
    home, last = _reached(new)
    if present.exists():
        with suppress(sqlite3.Error):  # what is damaged tells no number, and is put aside
            other, reached = _reached(present)
            last = max(last, reached) if other == home else last
    behind = last + GAP
    with closing(sqlite3.connect(new)) as db, db:
        db.execute("DELETE FROM sqlite_sequence WHERE name = 'events'")
        db.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('events', ?)", (behind,))
        marks = [(f"horizon_{sampled}", str(behind)) for sampled in (0, 1)]
        db.executemany("INSERT OR REPLACE INTO home VALUES (?, ?)", marks)


def _exchange(place: Path, state: Path, names: Iterable[str]) -> list[str]:
    """Put the new files where the old ones are; return the names that the old ones have now."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    moved: list[tuple[Path, Path]] = []
    aside: list[str] = []
    try:
        for name in names:
            new = place / name
            if not new.exists():
                continue
            (state / name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            new.chmod(0o600)
            _sync(new)
            for ending in ("", "-wal", "-shm"):
                old = state / f"{name}{ending}"
                if old.exists():
                    kept = state / f"{name}.before-restore-{stamp}{ending}"
                    moved.append((old.rename(kept), old))
                    aside.append(kept.relative_to(state).as_posix())
            moved.append((new.replace(state / name), new))
    except OSError:
        for now, before in reversed(moved):
            now.rename(before)
        raise
    _sync(state)
    return aside


def _sync(path: Path) -> None:
    """Return once a file, or the names in a folder, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
