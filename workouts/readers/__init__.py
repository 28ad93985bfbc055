"""Workouts in files of every kind; what a file is, it says itself and not its name."""

import io
import logging
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import BinaryIO, cast

from gateway.clock import SystemClock
from workouts.readers import apple, fit, gpx, tcx
from workouts.readers.elements import root
from workouts.readers.packed import Archive, Budget, gunzipped
from workouts.readers.source import Source
from workouts.workout import Workout

log = logging.getLogger("homeport.workouts")

Reader = Callable[[BinaryIO, Source], Iterator[Workout]]

HEAD = 1 << 16
ZIPS = (b"PK\x03\x04", b"PK\x05\x06")
GZIP = b"\x1f\x8b"
ROOTS: dict[str | None, Reader] = {
    "gpx": gpx.read,
    "TrainingCenterDatabase": tcx.read,
    "HealthData": apple.read,
}
KNOWN = "FIT, TCX, GPX and Apple Health's export are read, and zip or gzip files of them."


def read(
    file: BinaryIO,
    name: str,
    *,
    now: datetime | None = None,
    skip: Callable[[str], None] = log.info,
) -> Iterator[Workout]:
    """Yield the workouts in a file that can be sought in; `name` is for people.

    `skip` takes a sentence for each that makes no sense in an export that is otherwise sound.
    Raises InvalidArguments, also after some were yielded: whoever keeps them keeps all or none.
    """
    source = Source(name, now or SystemClock().now(), skip)
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    head = _head(file)
    if head.startswith(ZIPS):
        yield from _zipped(Archive(file, Budget(size, source), source), source)
    elif head.startswith(GZIP):
        yield from _plain(gunzipped(file, Budget(size, source), source), source)
    else:
        yield from _plain(file, source)


def _plain(file: BinaryIO, source: Source) -> Iterator[Workout]:
    head = _head(file)
    if not head:
        raise source.bad("is empty")
    reader = _reader(head)
    if reader is None:
        raise source.bad("is no file of workouts that is known here", hint=KNOWN)
    yield from reader(file, source)


def _zipped(archive: Archive, source: Source) -> Iterator[Workout]:
    """Yield what lies in a zip; where it is Apple Health's, that alone: the rest is its parts."""
    found = {index: kind for index, kind in enumerate(_kinds(archive, source)) if kind is not None}
    if not found:
        raise source.bad("holds no file of workouts", hint=KNOWN)
    whole = apple.read in found.values()
    for index in found:
        if whole and found[index] is not apple.read:
            continue
        member = archive.members[index]
        with archive.open(member) as file:
            inner = source.member(member.filename)
            content = _head(file)
            plain = gunzipped(file, archive.budget, inner) if content.startswith(GZIP) else file
            yield from _plain(plain, inner)


def _kinds(archive: Archive, source: Source) -> Iterator[Reader | None]:
    """Yield how each member is read; None for one that is something else."""
    for member in archive.members:
        with archive.open(member) as file:
            head = _head(file)
            if head.startswith(ZIPS):
                raise source.bad("holds another zip file", hint="Unpack it, and send that.")
            if head.startswith(GZIP):
                head = _head(gunzipped(file, archive.budget, source.member(member.filename)))
            yield _reader(head)


def _reader(head: bytes) -> Reader | None:
    return fit.read if head[8:12] == fit.SIGNATURE else ROOTS.get(root(head))


def _head(file: BinaryIO) -> bytes:
    """Return how a file begins, and leave it at its beginning."""
    if file.seekable():
        head = file.read(HEAD)
        file.seek(0)
        return head
    return cast(io.BufferedReader, file).peek(HEAD)
