"""The state folder: one process holds it at a time, and tells the others where it is."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from gateway.errors import CannotStart

EXIT_STATE = 4
EXIT_NOT_RUNNING = 5


@dataclass(frozen=True, slots=True)
class Holder:
    """The process that serves from a state folder."""

    pid: int
    url: str | None


class StateFolder:
    """Where homeport keeps what it knows; for the owner's eyes alone."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path).expanduser()

    @contextmanager
    def held(self) -> Iterator["Held"]:
        """Hold the folder; raise CannotStart where it cannot be used or another process has it."""
        file = self._open()
        try:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise self._taken() from None
            held = Held(file)
            held.tell(None)
            yield held
            held.clear()
        finally:
            file.close()

    def holder(self) -> Holder | None:
        """Return who serves from this folder now, or None."""
        try:
            with self._lock.open("r+") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except OSError:
                    return _read(file)
        except OSError:
            return None
        return None

    def owner_token(self) -> str:
        """Return the owner's token; raise CannotStart where it cannot be read."""
        path = self.path / "owner.token"
        try:
            return path.read_text("ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise CannotStart(
                f"the owner's token {path} cannot be read: {error}", exit_code=EXIT_STATE
            ) from error

    @property
    def _lock(self) -> Path:
        return self.path / "lock"

    def _open(self) -> IO[str]:
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not os.access(self.path, os.W_OK | os.X_OK):
                raise PermissionError("it is not writable")
            self._lock.touch(mode=0o600)
            return self._lock.open("r+")
        except OSError as error:
            reason = error.strerror or str(error)
            raise CannotStart(
                f"the state folder {self.path} cannot be used: {reason}",
                exit_code=EXIT_STATE,
                hint="Give another one with --state.",
            ) from error

    def _taken(self) -> CannotStart:
        holder = self.holder()
        who = f"process {holder.pid}" if holder and holder.pid else "another process"
        where = f" at {holder.url}" if holder and holder.url else ""
        return CannotStart(
            f"{who} already serves from {self.path}{where}",
            exit_code=EXIT_STATE,
            hint="Use that one, or give this one another folder with --state.",
        )


class Held:
    """The lock of a state folder while we have it."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def tell(self, url: str | None) -> None:
        """Write who we are and where we listen, for those who find the folder taken."""
        self.clear()
        json.dump({"pid": os.getpid(), "url": url}, self._file)
        self._file.flush()

    def clear(self) -> None:
        """Leave nothing to read."""
        self._file.seek(0)
        self._file.truncate()
        self._file.flush()


def _read(file: IO[str]) -> Holder:
    try:
        found = json.load(file)
        return Holder(int(found["pid"]), found["url"])
    except (ValueError, KeyError, TypeError):
        return Holder(0, None)


def not_running(folder: StateFolder) -> CannotStart:
    """Return the error for a command that needs a running homeport."""
    return CannotStart(
        f"homeport is not running on {folder.path}",
        exit_code=EXIT_NOT_RUNNING,
        hint="Start it with: homeport serve",
    )
