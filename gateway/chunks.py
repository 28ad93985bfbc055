"""How an hour of one series is packed: times as deltas of deltas, values as integer deltas.

A regular series costs nothing for its times. Values are counted in the coarsest decimal step
that holds every one of them exactly (a thermometer's tenths); what no such step holds is kept
as doubles. Nothing is lost, save the sign of a zero. The idea of deltas of deltas is that of
Gorilla (Pelkonen et al., VLDB 2015); here they are bytes, and zlib does the rest.
"""

import struct
import zlib
from collections.abc import Iterable, Sequence
from itertools import accumulate, chain, repeat
from math import isfinite
from operator import sub, truediv

HOUR = 3_600_000
"""Milliseconds."""

_HEAD = struct.Struct("<BBIIIq")  # packed and widths, places, count, first time, first delta, value
_LETTERS = {1: "b", 2: "h", 4: "i", 8: "q"}
_WIDTHS = (0, 1, 2, 4, 8)
_MOST_PLACES = 6
_DOUBLES = 255
_LARGEST = 2.0**53 / 10**_MOST_PLACES
_LEVEL = 6


def encode(times: Sequence[int], values: Sequence[float]) -> bytes:
    """Return the samples as bytes; times are milliseconds within the hour, ascending.

    Raises ValueError for what is no hour of finite numbers.
    """
    _check(times, values)
    deltas = list(map(sub, times[1:], times))
    bends = list(map(sub, deltas[1:], deltas))
    time_width = _width(bends)
    places = _places(values)
    if places is None:
        first, value_width, places = 0, 0, _DOUBLES
        packed_values = _planes(struct.pack(f"<{len(values)}d", *values), 8)
    else:
        scale = 10**places
        whole = [round(value * scale) for value in values]
        steps = list(map(sub, whole[1:], whole))
        first, value_width = whole[0], _width(steps)
        packed_values = _pack(steps, value_width)
    body = _pack(bends, time_width) + packed_values
    small = zlib.compress(body, _LEVEL)
    packed = len(small) < len(body)
    widths = packed | _WIDTHS.index(time_width) << 1 | _WIDTHS.index(value_width) << 4
    delta = deltas[0] if deltas else 0
    head = _HEAD.pack(widths, places, len(times), times[0], delta, first)
    return head + (small if packed else body)


def decode(chunk: bytes) -> tuple[list[int], list[float]]:
    """Return the times and values that were encoded; raise ValueError where they are damaged."""
    try:
        return _decode(chunk)
    except (struct.error, zlib.error, IndexError) as error:
        raise ValueError(f"a damaged chunk: {error}") from error


def _decode(chunk: bytes) -> tuple[list[int], list[float]]:
    widths, places, count, start, delta, first = _HEAD.unpack_from(chunk)
    body = chunk[_HEAD.size :]
    if widths & 1:
        body = zlib.decompress(body)
    time_width, value_width = _WIDTHS[widths >> 1 & 7], _WIDTHS[widths >> 4 & 7]
    split = time_width * max(0, count - 2)
    if time_width:
        bends = _unpack(body[:split], time_width, count - 2)
        times = list(accumulate(accumulate(chain((delta,), bends)), initial=start))
    else:
        times = [start + delta * number for number in range(count)]
    if places == _DOUBLES:
        return times, list(struct.unpack(f"<{count}d", _lines(body[split:], 8)))
    steps = _unpack(body[split:], value_width, count - 1) if value_width else repeat(0, count - 1)
    whole = accumulate(steps, initial=first)
    return times, list(map(truediv, whole, repeat(10**places)))


def _check(times: Sequence[int], values: Sequence[float]) -> None:
    if not times or len(times) != len(values):
        raise ValueError("a chunk has as many times as values, at least one")
    if not 0 <= times[0] <= times[-1] < HOUR or any(map(int.__gt__, times, times[1:])):
        raise ValueError("times are milliseconds within the hour, ascending")
    if not all(map(isfinite, values)):
        raise ValueError("values are finite")


def _places(values: Iterable[float]) -> int | None:
    """Return how many decimal places hold every value exactly, if so few do."""
    places, scale = 0, 1
    for value in values:
        if not -_LARGEST < value < _LARGEST:
            return None
        while round(value * scale) / scale != value:
            places, scale = places + 1, scale * 10
            if places > _MOST_PLACES:
                return None
    return places


def _width(numbers: Sequence[int]) -> int:
    """Return the bytes that each number needs; none where all are zero."""
    if not any(numbers):
        return 0
    least, most = min(numbers), max(numbers)
    return next(
        width
        for width in (1, 2, 4, 8)
        if -(1 << 8 * width - 1) <= least and most < 1 << 8 * width - 1
    )


def _pack(numbers: Sequence[int], width: int) -> bytes:
    if not width:
        return b""
    return _planes(struct.pack(f"<{len(numbers)}{_LETTERS[width]}", *numbers), width)


def _unpack(data: bytes, width: int, count: int) -> tuple[int, ...]:
    return struct.unpack(f"<{count}{_LETTERS[width]}", _lines(data, width))


def _planes(data: bytes, width: int) -> bytes:
    """Put like bytes together: the high ones, hardly ever used, then cost next to nothing."""
    return data if width == 1 else b"".join(data[place::width] for place in range(width))


def _lines(data: bytes, width: int) -> bytes:
    if width == 1:
        return data
    count = len(data) // width
    lines = bytearray(count * width)
    for place in range(width):
        lines[place::width] = data[place * count : (place + 1) * count]
    return bytes(lines)
