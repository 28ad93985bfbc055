"""A folder into which files of workouts are dropped: each is taken in once it is complete."""

import asyncio
import logging
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from gateway.background import begin
from gateway.errors import GatewayError, StoreFailed
from workouts.book import Book
from workouts.importing import MOST_BYTES, shown, too_large

log = logging.getLogger("homeport.workouts")

LOOK_EVERY = 5.0
DONE, FAILED = "done", "failed"
REASON = ".txt"


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a file was like when it was looked at."""

    inode: int
    size: int
    changed: int


class Folder:
    """Watches one folder; what was taken in is moved to `done`, the rest to `failed`.

    A file that did not change between two looks is complete. A move that fails is tried again
    with the next look, without taking the file in once more.
    """

    def __init__(
        self,
        path: Path,
        book: Book,
        *,
        every: float = LOOK_EVERY,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self.path = path
        self._book = book
        self._every = every
        self._most_bytes = most_bytes
        self._seen: dict[str, _Seen] = {}
        self._settled: dict[str, tuple[_Seen, str]] = {}
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to watch; files that lie there already are taken in, too."""
        self._task = begin(self._watch(), "workouts-folder", log)

    async def aclose(self) -> None:
        """Stop watching; a file that is being taken in stays where it is, and nothing of it in."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _watch(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(self._every)

    async def look(self) -> None:
        """Take in every file that has not changed since the last look."""
        try:
            present = await asyncio.to_thread(_files, self.path)
        except OSError as error:
            log.warning("%s cannot be looked into: %s", self.path, error.strerror or error)
            return
        before, self._seen = self._seen, present
        for name, seen in sorted(present.items()):
            if before.get(name) == seen:
                await self._finish(name, seen)
        self._settled = {name: one for name, one in self._settled.items() if name in present}

    async def _finish(self, name: str, seen: _Seen) -> None:
        settled = self._settled.get(name)
        try:
            reason = settled[1] if settled and settled[0] == seen else await self._take(name, seen)
        except StoreFailed as error:
            log.warning("%s has to wait: %s", name, error.detail)
            return
        self._settled[name] = (seen, reason)
        try:
            await asyncio.to_thread(_put_away, self.path, name, reason)
        except OSError as error:
            log.warning("%s cannot be moved away: %s", name, error.strerror or error)

    async def _take(self, name: str, seen: _Seen) -> str:
        """Take a file in and return why that failed; nothing where it did not."""
        try:
            if seen.size > self._most_bytes:
                raise too_large(name, self._most_bytes)
            with await asyncio.to_thread(_opened, self.path / name) as file:
                told = await self._book.take(file, name)
        except StoreFailed:
            raise
        except GatewayError as error:
            log.warning("%s was not taken in: %s", shown(name), error.detail)
            return " ".join(filter(None, (error.detail, error.hint)))
        except OSError as error:
            return f"“{shown(name)}” cannot be read: {error.strerror or error}"
        log.info("%s", told["summary"])
        return ""


def _files(folder: Path) -> dict[str, _Seen]:
    """Return the plain files of a folder; hidden ones are of programs that are still copying."""
    folder.mkdir(parents=True, exist_ok=True)
    found = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(".") or not entry.is_file(follow_symlinks=False):
                continue
            told = entry.stat(follow_symlinks=False)
            if stat.S_ISREG(told.st_mode):
                found[entry.name] = _Seen(told.st_ino, told.st_size, told.st_mtime_ns)
    return found


def _opened(path: Path) -> BinaryIO:
    """Open a plain file, and nothing that a link put there has to tell."""
    return open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NOFOLLOW))


def _put_away(folder: Path, name: str, reason: str) -> None:
    """Move a file out of the way; one that failed gets a text beside it that says why."""
    shelf = folder / (FAILED if reason else DONE)
    shelf.mkdir(exist_ok=True)
    target = _free(shelf, name)
    if reason:
        target.with_name(target.name + REASON).write_text(reason + "\n", encoding="utf-8")
    (folder / name).rename(target)


def _free(shelf: Path, name: str) -> Path:
    """Return a path that nothing has: `run.fit`, else `run-2.fit` and so on."""
    target, count = shelf / name, 1
    while target.exists():
        count += 1
        target = shelf / f"{Path(name).stem}-{count}{Path(name).suffix}"
    return target
