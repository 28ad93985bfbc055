"""How a file that must not be lost is opened: durable, looked at, and migrated forward."""

import shutil
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from gateway.errors import CannotStart

EXIT_STATE = 4


def make_precious(connection: sqlite3.Connection, path: Path, migrations: Sequence[str]) -> None:
    """Set a connection up, look whether the file is whole, and bring it to the newest schema.

    `migrations` are scripts, one per version; a copy is put aside before they are run. Raises
    CannotStart for a file of a newer homeport, which is left as it is, and sqlite3.DatabaseError.
    """
    version = _version(connection, path, len(migrations))
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
        raise sqlite3.DatabaseError("its pages do not fit together")
    if 0 < version < len(migrations):
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copy2(path, path.with_name(f"{path.name}.before-schema-{len(migrations)}"))
    for number, script in enumerate(migrations[version:], start=version + 1):
        connection.executescript(f"BEGIN;{script};PRAGMA user_version={number};COMMIT;")


def _version(connection: sqlite3.Connection, path: Path, newest: int) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > newest:
        raise CannotStart(
            f"{path} was written by a newer homeport (schema {version}; this one knows {newest})",
            exit_code=EXIT_STATE,
            hint="Update homeport, or give it another state folder with --state.",
        )
    return int(version)
