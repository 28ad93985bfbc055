"""How devices are described in answers, and how answers are paged."""

import re
from typing import Any

from pydantic import create_model

from gateway.capabilities import KINDS
from gateway.clock import HomeClock
from gateway.entry import Entry
from gateway.errors import InvalidArguments
from gateway.schema import Model
from gateway.text import Untrusted

_FIELDS: dict[str, Any] = {kind: (cls.State | None, None) for kind, cls in KINDS.items()}
States: type[Model] = create_model(
    "States", __base__=Model, __doc__="What a device is doing, by kind.", **_FIELDS
)


class Described(Model):
    """One device, as answers show it."""

    id: str
    name: Untrusted
    area: Untrusted | None = None
    kinds: list[str]
    state: States
    """last seen; absent kinds are not known"""
    age: int | None = None
    """seconds since the state was seen"""
    online: bool
    since: str | None = None
    """when it went offline"""
    limits: dict[str, dict[str, Any]] | None = None
    """what its fields may be, by kind"""
    part_of: str | None = None
    protected: bool | None = None
    problems: list[Untrusted] | None = None


def described(entry: Entry, clock: HomeClock, *, limits: bool) -> Described:
    """Return one device; what is not worth saying is left out."""
    now = clock.now()
    ages = [seen.age(now) for seen in entry.observed.values()]
    shown = entry.limits if limits else {}
    return Described(
        id=entry.id,
        name=entry.name,
        area=entry.area,
        kinds=list(entry.kinds),
        state=States(**{kind: seen.state for kind, seen in entry.observed.items()}),
        age=max(ages, default=None),
        online=entry.online,
        since=None if entry.online else clock.local(entry.since),
        limits={
            kind: {name: limit.model_dump(exclude_none=True) for name, limit in own.items()}
            for kind, own in shown.items()
            if own
        }
        or None,
        part_of=entry.part_of,
        protected=entry.protected or None,
        problems=entry.problems() or None,
    )


def cursor_of(place: int, total: int) -> str | None:
    """Return the cursor of the next page, or None after the last."""
    return f"c{place}" if place < total else None


def start_of(cursor: str | None) -> int:
    """Return where the page of a cursor begins."""
    if cursor is None:
        return 0
    if not re.fullmatch(r"c[0-9]{1,7}", cursor):
        raise InvalidArguments(
            f"{cursor[:40]!r} is no cursor", hint="Send the cursor of the last answer as it came."
        )
    return int(cursor[1:])
