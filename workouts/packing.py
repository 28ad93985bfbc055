"""Samples as a few bytes each: columns of differences, compressed.

A year of an hour a day at one sample a second is some 10 MB this way and 70 MB as rows. Values
are kept to a thousandth.
"""

import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from itertools import accumulate, islice, pairwise

from workouts.workout import Sample

MOST = 600
"""Samples in one pack: ten minutes of a treadmill."""
FIELDS = tuple(one.name for one in fields(Sample))
LARGEST = 1e12

_HEAD = struct.Struct("<H")


def pack(samples: Sequence[Sample]) -> bytes:
    """Return samples as bytes; ValueError where one holds what is no number."""
    columns = [_column([getattr(one, name) for one in samples]) for name in FIELDS]
    return zlib.compress(b"".join((_HEAD.pack(len(samples)), *columns)))


def unpack(packed: bytes) -> list[Sample]:
    """Return the samples of a pack; ValueError where it is damaged."""
    try:
        return _unpack(zlib.decompress(packed))
    except (zlib.error, struct.error, TypeError) as error:
        raise ValueError(f"a pack of samples is damaged: {error}") from error


def packs(samples: Iterable[Sample]) -> Iterator[tuple[bytes, int, int]]:
    """Yield packs of at most `MOST` samples, with how many are in it and how many values."""
    rest = iter(samples)
    while some := list(islice(rest, MOST)):
        yield pack(some), len(some), richness(some)


def richness(samples: Iterable[Sample]) -> int:
    """Return how many values were measured in all."""
    return sum(getattr(one, name) is not None for one in samples for name in FIELDS[1:])


def _column(values: Sequence[float | None]) -> bytes:
    known = [_whole(value) for value in values if value is not None]
    if not known:
        return b"\0"
    steps = [known[0], *(after - before for before, after in pairwise(known))]
    mask = sum(1 << place for place, value in enumerate(values) if value is not None)
    size = (len(values) + 7) // 8
    return b"\1" + mask.to_bytes(size, "little") + struct.pack(f"<{len(steps)}q", *steps)


def _whole(value: float) -> int:
    if not abs(value) < LARGEST:
        raise ValueError(f"{value} was never measured")
    return round(value * 1000)


def _unpack(data: bytes) -> list[Sample]:
    (count,) = _HEAD.unpack_from(data)
    at, columns = _HEAD.size, {}
    for name in FIELDS:
        if at == len(data):
            break  # packed before there was such a field
        columns[name], at = _values(data, at, count)
    return [
        Sample(**dict(zip(columns, row, strict=True)))
        for row in zip(*columns.values(), strict=True)
    ]


def _values(data: bytes, at: int, count: int) -> tuple[list[float | None], int]:
    if data[at] == 0:
        return [None] * count, at + 1
    size = (count + 7) // 8
    mask = int.from_bytes(data[at + 1 : at + 1 + size], "little")
    form = struct.Struct(f"<{mask.bit_count()}q")
    known = accumulate(form.unpack_from(data, at + 1 + size))
    values = [next(known) / 1000 if mask >> place & 1 else None for place in range(count)]
    return values, at + 1 + size + form.size
