"""An event: something that happened, as the log keeps it and as every way out tells it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.schema import Model


class Told(Model):
    """An event, as every way out tells it. Names follow the draft of MCP's events extension."""

    eventId: str
    name: str
    timestamp: str
    """when it happened, with the home's offset"""
    data: dict[str, Any]
    device: str | None = None
    cause: str | None = None
    """the receipt (r12) or the alert (a3) that led to it"""
    cursor: str
    """send it back as `after` to go on behind this event"""
    home: str
    seq: int
    """grows by the home's own count"""
    subject: str
    """the first event of the same story"""


@dataclass(frozen=True, slots=True)
class Earlier:
    """What the stages before this one told of the same story."""

    names: tuple[str, ...]
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of the log. `body` is the JSON object, the same bytes on every way out."""

    seq: int
    name: str
    at: datetime
    device: str | None
    data: Mapping[str, Any]
    subject: int
    cause: str | None
    sampled: bool
    home: str
    body: bytes
    earlier: Earlier | None = None

    @property
    def id(self) -> str:
        return f"{self.home}-{self.seq}"

    @property
    def cursor(self) -> str:
        return cursor(self.home, self.seq)

    def story(self) -> Earlier:
        """Return all that is told of the story so far, this stage included."""
        if self.earlier is None:
            return Earlier((self.name,), self.data)
        return Earlier((*self.earlier.names, self.name), {**self.earlier.data, **_told(self.data)})


def _told(data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if value is not None}


def cursor(home: str, seq: int) -> str:
    """Return the cursor behind the event `seq`."""
    return f"{home}.{seq}"


def body(home: str, seq: int, subject: int, rest: bytes) -> bytes:
    """Return an event's JSON object; `rest` is the object of what was known before its number."""
    return b'{"eventId":"%s-%d",%s,"cursor":"%s.%d","home":"%s","seq":%d,"subject":"%s-%d"}' % (
        home.encode(),
        seq,
        rest[1:-1],
        home.encode(),
        seq,
        home.encode(),
        seq,
        home.encode(),
        subject,
    )
