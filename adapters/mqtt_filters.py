"""What templates of devices may do to a value, each with a bound on what it makes."""

import json
import math
from collections.abc import Callable, Mapping
from typing import Any

from gateway.text import clean

LONGEST_TEXT = 64 * 1024
FINEST = 12
_NOTHING: Any = object()


def first_line(text: str) -> str:
    """Return the start of what an error says, harmless."""
    return clean(text.partition("\n")[0], 120)


def shown(name: str) -> str:
    """Return a name that a device gave, as it may stand in a sentence."""
    return f"“{clean(name, 40)}”"


def is_number(value: Any) -> bool:
    return isinstance(value, int | float)


def bounded(text: str) -> str:
    """Return `text`; raise ValueError where it is longer than any value."""
    if len(text) > LONGEST_TEXT:
        raise ValueError("the text is too long")
    return text


def parsed(text: str | bytes) -> Any:
    """Return JSON as data; raise ValueError where it is none."""
    try:
        return json.loads(text, parse_constant=_no_constant)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _number(value: Any, default: Any = _NOTHING) -> Any:
    try:
        number = float(str(value)[:400] if isinstance(value, str) else value)
        if math.isfinite(number):
            return number
    except (TypeError, ValueError, OverflowError):
        pass
    if default is _NOTHING:
        raise ValueError("it is no number")
    return default


def _whole(value: Any, default: Any = _NOTHING, base: int = 10) -> Any:
    if base != 10:
        raise ValueError("numbers are decimal")
    number: Any = _number(value, default)
    return int(number) if is_number(number) else number


def _round(value: Any, precision: int = 0, method: str = "common", default: Any = _NOTHING) -> Any:
    if not isinstance(precision, int) or not -FINEST <= precision <= FINEST:
        raise ValueError("nothing is that fine")
    number = _number(value, default)
    if not is_number(number):
        return number
    if method in ("ceil", "floor"):
        turn: Callable[[float], int] = math.ceil if method == "ceil" else math.floor
        rounded = turn(number * 10**precision) / 10**precision
    else:
        rounded = round(number, precision)
    return int(rounded) if precision == 0 else rounded


def _replace(value: Any, old: Any, new: Any) -> str:
    text, old, new = str(value), str(old), str(new)
    grown = len(text) + text.count(old) * (len(new) - len(old))
    if grown > LONGEST_TEXT:
        raise ValueError("the text is too long")
    return text.replace(old, new)


def _default(value: Any, otherwise: Any = "", falsy: bool = False) -> Any:
    return otherwise if _undefined(value) or (falsy and not value) else value


def _defined(value: Any) -> Any:
    if _undefined(value):
        raise ValueError("it is not in the payload")
    return value


def _undefined(value: Any) -> bool:
    from jinja2 import Undefined

    return isinstance(value, Undefined)


def _iif(value: Any, yes: Any = True, no: Any = False, unknown: Any = _NOTHING) -> Any:
    if value is None and unknown is not _NOTHING:
        return unknown
    return yes if value else no


def _truth(value: Any, default: Any = _NOTHING) -> Any:
    if isinstance(value, bool | int | float):
        return bool(value)
    word = str(value).strip().lower()
    if word in ("1", "true", "yes", "on", "enable"):
        return True
    if word in ("0", "false", "no", "off", "disable"):
        return False
    if default is _NOTHING:
        raise ValueError("it is neither yes nor no")
    return default


def _to_json(value: Any) -> str:
    try:
        return bounded(json.dumps(value))
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _length(value: Any) -> int:
    return len(value) if isinstance(value, str | list | tuple | dict) else 0


def _smallest(*values: Any) -> Any:
    return min(map(_number, _several(values)))


def _largest(*values: Any) -> Any:
    return max(map(_number, _several(values)))


def _several(values: tuple[Any, ...]) -> Any:
    return values[0] if len(values) == 1 and isinstance(values[0], list | tuple) else values


FILTERS: dict[str, Callable[..., Any]] = {
    "abs": lambda value: abs(_number(value)),
    "bool": _truth,
    "capitalize": lambda value: str(value).capitalize(),
    "count": _length,
    "d": _default,
    "default": _default,
    "first": lambda value: value[0],
    "float": _number,
    "from_json": lambda value: parsed(bounded(str(value))),
    "iif": _iif,
    "int": _whole,
    "is_defined": _defined,
    "last": lambda value: value[-1],
    "length": _length,
    "lower": lambda value: str(value).lower(),
    "max": _largest,
    "min": _smallest,
    "replace": _replace,
    "round": _round,
    "string": str,
    "title": lambda value: str(value).title(),
    "to_json": _to_json,
    "tojson": _to_json,
    "trim": lambda value: str(value).strip(),
    "upper": lambda value: str(value).upper(),
}
CALLS: Mapping[str, Callable[..., Any]] = {
    "bool": _truth,
    "float": _number,
    "iif": _iif,
    "int": _whole,
    "max": _largest,
    "min": _smallest,
}
"""Functions that a template may call by name."""
