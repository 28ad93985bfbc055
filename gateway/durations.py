"""How long something lasts, as people write it and as they are told it."""

import re

from gateway.errors import InvalidArguments
from gateway.text import clean, folded

DAY = 86_400.0
LONGEST = 400 * DAY
LONGEST_PHRASE = 60
EXAMPLES = 'Examples: "90 s", "10m", "2h30m", "half an hour", "1d".'

_SECONDS = {"weeks": 7 * DAY, "days": DAY, "hours": 3600.0, "minutes": 60.0, "seconds": 1.0}
_UNITS = {
    "weeks": "weeks?|w",
    "days": "days?|d",
    "hours": "hours?|hrs?|h",
    "minutes": "minutes?|mins?|m",
    "seconds": "seconds?|secs?|s",
}
_COUNT = r"[0-9]{1,9}(?:\.[0-9]{1,6})?|half(?: an?)?|an?"
_PHRASE = re.compile(
    "(?:,? ?(?:and )?)".join(
        rf"(?:(?P<{name}>{_COUNT}) ?(?:{unit})(?![a-z]))?" for name, unit in _UNITS.items()
    )
)


def duration(text: str, field: str) -> float:
    """Return the seconds in "10m", "2h30m" or "half an hour": 0 to 400 days.

    Anything else is InvalidArguments for `field`, with examples.
    """
    phrase = folded(text) if len(text) <= LONGEST_PHRASE else ""
    found = _PHRASE.fullmatch(phrase)
    counts = {name: count for name, count in (found.groupdict() if found else {}).items() if count}
    if not counts:
        raise InvalidArguments(
            f"{field} {clean(text, 40)!r} is no duration", hint=EXAMPLES, field=field
        )
    seconds = sum(_number(count) * _SECONDS[name] for name, count in counts.items())
    if seconds > LONGEST:
        raise InvalidArguments(f"{field} is at most 400 days", hint=EXAMPLES, field=field)
    return seconds


def said(seconds: float) -> str:
    """Return `seconds` (0 or more) as people say them, exact to the second: "2 h 30 min"."""
    if seconds < 60:
        return f"{round(seconds, 3):g} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = ((days, "day" if days == 1 else "days"), (hours, "h"), (minutes, "min"), (rest, "s"))
    return " ".join(f"{count} {unit}" for count, unit in parts if count)


def _number(count: str) -> float:
    if count.startswith("half"):
        return 0.5
    return 1.0 if count in ("a", "an") else float(count)
