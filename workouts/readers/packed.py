"""What lies in zip and gzip files, unpacked as it is read and never beyond its bounds."""

import gzip
import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import BinaryIO, TypeVar, cast

from workouts.readers.source import Source

Value = TypeVar("Value")

MOST_UNPACKED = 4 << 30
"""Bytes of all that is in one file."""
MOST_RATIO = 200
"""Bytes out for each byte in; exports of health data reach 40."""
FREE = 1 << 20
"""Bytes that may come out before the ratio counts."""
LARGEST_DIRECTORY = 2 << 20
"""Bytes of a zip's list of files, which is read at once: some 20,000 names."""
MOST_AT_ONCE = 1 << 16
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
ENCRYPTED = 0x1
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    struct.error,
    ValueError,
    OverflowError,
    LookupError,
)
"""What zipfile and gzip raise where a file is damaged, cut off or strange."""


class Budget:
    """How much may still come out of one file that was sent."""

    def __init__(self, size: int, source: Source) -> None:
        self._source = source
        self._most = min(MOST_UNPACKED, FREE + size * MOST_RATIO)
        self._left = self._most

    def spend(self, count: int) -> None:
        """Count bytes that came out; raise InvalidArguments once there were too many."""
        self._left -= count
        if self._left < 0:
            raise self._source.bad(
                "grows beyond all measure when it is unpacked",
                hint=f"At most {self._most / 1e6:,.0f} MB may come out of it.",
            )


class Unpacking(io.RawIOBase):
    """A packed file as it is read: every byte that comes out is counted."""

    def __init__(self, packed: BinaryIO, budget: Budget, source: Source) -> None:
        self._packed = packed
        self._budget = budget
        self._source = source

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override]
        most = min(len(buffer), MOST_AT_ONCE)
        piece = sound(lambda: self._packed.read(most), self._source)
        self._budget.spend(len(piece))
        buffer[: len(piece)] = piece
        return len(piece)


class _Directory(io.RawIOBase):
    """A zip file of which nothing large is read at once, whatever it says of itself."""

    def __init__(self, file: BinaryIO, source: Source) -> None:
        self._file = file
        self._source = source

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def read(self, size: int = -1) -> bytes:
        if size > LARGEST_DIRECTORY:
            raise self._source.bad("lists far too many files")
        return self._file.read(LARGEST_DIRECTORY if size < 0 else size)


def gunzipped(file: BinaryIO, budget: Budget, source: Source) -> BinaryIO:
    """Return what is in a gzip file, to be read."""
    packed = cast(BinaryIO, gzip.GzipFile(fileobj=file, mode="rb"))
    return _buffered(Unpacking(packed, budget, source))


class Archive:
    """A zip file; the names in it are only used to say where something is wrong."""

    def __init__(self, file: BinaryIO, budget: Budget, source: Source) -> None:
        self.budget = budget
        self._source = source
        directory = _Directory(file, source)
        self._zip = sound(lambda: zipfile.ZipFile(cast(BinaryIO, directory)), source)
        self.members = [one for one in self._zip.infolist() if one.filename[-1:] != "/"]

    def open(self, member: zipfile.ZipInfo) -> BinaryIO:
        """Return a member to be read; raise InvalidArguments for what is not unpacked."""
        if member.flag_bits & ENCRYPTED:
            raise self._source.bad("is encrypted", hint="Unpack it, and send what is inside.")
        if member.compress_type not in METHODS:
            raise self._source.bad("is packed by a method that is not read here")
        packed = sound(lambda: cast(BinaryIO, self._zip.open(member)), self._source)
        return _buffered(Unpacking(packed, self.budget, self._source))


def _buffered(unpacking: Unpacking) -> BinaryIO:
    return cast(BinaryIO, io.BufferedReader(unpacking, MOST_AT_ONCE))


def sound(call: Callable[[], Value], source: Source) -> Value:
    """Return what a call returns; raise InvalidArguments where the file is damaged."""
    try:
        return call()
    except EOFError as error:
        raise source.bad("is cut off") from error
    except BROKEN as error:
        reason = str(error) or type(error).__name__
        raise source.bad(f"cannot be unpacked: {reason[:120]}") from error
