"""Files of workouts taken into the store: all that is in one, or nothing of it."""

import asyncio
import io
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO, cast

from gateway.clock import HomeClock
from gateway.errors import InvalidArguments, StoreFailed
from gateway.text import clean
from workouts.readers import read
from workouts.store import Adding, Kept, WorkoutStore
from workouts.workout import Workout

MOST_BYTES = 4 << 30
"""Of a file as it is sent; what comes out of a packed one is bounded by the reader."""
PIECE = 1 << 20
SOME = 600
"""Samples that are handed over at once; between them others get their turn."""
MOST_SHOWN, MOST_REASONS = 20, 10
LONGEST_NAME = 80

Progress = Callable[[int, int], None]
"""Takes how many bytes were read, and of how many; called from another thread."""


@dataclass
class Importer:
    """Takes files in, one after the other: each may need a minute of a whole core."""

    store: WorkoutStore
    clock: HomeClock
    most_bytes: int = MOST_BYTES
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @asynccontextmanager
    async def spooled(self, name: str, pieces: AsyncIterator[bytes]) -> AsyncIterator[BinaryIO]:
        """Give a file that holds what came, beside the database; it is gone after the block.

        Raises InvalidArguments for one that is too large, StoreFailed where the disk is full.
        """
        folder = self.store.file.path.parent
        with cast(BinaryIO, await asyncio.to_thread(_new_file, folder)) as file:
            size, waiting = 0, bytearray()
            async for piece in pieces:
                size += len(piece)
                if size > self.most_bytes:
                    raise too_large(name, self.most_bytes)
                waiting += piece
                if len(waiting) >= PIECE:
                    await asyncio.to_thread(_write, file, bytes(waiting))
                    waiting.clear()
            await asyncio.to_thread(_write, file, bytes(waiting))
            yield file

    async def take(
        self,
        file: BinaryIO,
        name: str,
        person: str | None = None,
        progress: Progress = lambda done, all: None,
    ) -> dict[str, Any]:
        """Take in what a file holds and say what has become of it.

        Returns `{summary, imported, merged, skipped, workouts, reasons}`. Raises InvalidArguments
        for a file that is damaged, hostile or holds nothing, StoreFailed; then nothing is kept.
        """
        reasons: list[str] = []
        whose = clean(person, LONGEST_NAME) or None if person else None
        async with self._turn:
            watched = Watched(file, progress)
            found = read(cast(BinaryIO, watched), name, now=self.clock.now(), skip=reasons.append)
            async with self.store.adding() as adding:
                count = 0
                async for workout in _in_thread(found, watched):
                    await _add(adding, replace(workout, person=whose))
                    count += 1
                if not count:
                    raise _nothing(name, reasons)
        return self._told(name, adding.taken, adding.taken.joined, reasons)

    def _told(
        self, name: str, taken: list[Kept], merged: int, reasons: list[str]
    ) -> dict[str, Any]:
        imported = len(taken) - merged
        said = [f"{_counted(imported)} of “{shown(name)}” taken in"]
        said += [f"{merged} known already and joined"] if merged else []
        said += [f"{len(reasons)} skipped"] if reasons else []
        told: dict[str, Any] = {
            "summary": ", ".join(said) + ".",
            "imported": imported,
            "merged": merged,
            "skipped": len(reasons),
            "workouts": [
                {"id": one.id, "start": self.clock.local(one.start), "activity": one.activity}
                for one in taken[:MOST_SHOWN]
            ],
        }
        return told | ({"reasons": reasons[:MOST_REASONS]} if reasons else {})


class Watched(io.RawIOBase):
    """A file whose reading is told, and ends when nobody waits for it any more."""

    def __init__(self, file: BinaryIO, progress: Progress) -> None:
        self._file = file
        self._progress = progress
        self._size = file.seek(0, io.SEEK_END)
        self._furthest = 0
        self.given_up = False

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def read(self, size: int = -1) -> bytes:
        if self.given_up:
            raise InvalidArguments("The import was given up")
        piece = self._file.read(size)
        at = self._file.tell()
        if at - self._furthest >= PIECE or (at == self._size and at > self._furthest):
            self._furthest = at
            self._progress(at, self._size)
        return piece


def shown(name: str) -> str:
    """Return a file's name for a sentence, without the folders it came from."""
    return clean(name.replace("\\", "/").rpartition("/")[2], LONGEST_NAME) or "the file"


def too_large(name: str, most: int) -> InvalidArguments:
    """Return the error for a file of more than `most` bytes."""
    return InvalidArguments(
        f"“{shown(name)}” is larger than {most / 1e9:.1f} GB, the most that is taken in",
        field="file",
    )


async def _in_thread(found: Iterator[Workout], watched: Watched) -> AsyncIterator[Workout]:
    """Yield what a reader yields, and let it read beside everything else that goes on."""
    loop = asyncio.get_running_loop()
    while True:
        coming = loop.run_in_executor(None, next, found, None)
        try:
            workout = await asyncio.shield(coming)
        except asyncio.CancelledError:
            watched.given_up = True
            await asyncio.wait([coming])  # the file must not be closed under the thread
            raise
        if workout is None:
            return
        yield workout


async def _add(adding: Adding, workout: Workout) -> None:
    id = await adding.add(replace(workout, samples=[]))
    for start in range(0, len(workout.samples), SOME):
        await adding.append(id, workout.samples[start : start + SOME])
        await asyncio.sleep(0)


def _nothing(name: str, reasons: list[str]) -> InvalidArguments:
    hint = reasons[0] if reasons else None
    return InvalidArguments(f"“{shown(name)}” holds no workout", hint=hint, field="file")


def _counted(count: int) -> str:
    return "1 workout" if count == 1 else f"{count} workouts"


def _new_file(folder: Path) -> Any:
    try:
        return tempfile.TemporaryFile(dir=folder)
    except OSError as error:
        raise StoreFailed(f"{folder} cannot be written: {error.strerror or error}") from error


def _write(file: BinaryIO, piece: bytes) -> None:
    try:
        file.write(piece)
    except OSError as error:
        raise StoreFailed(f"The file cannot be kept: {error.strerror or error}") from error
