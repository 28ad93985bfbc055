"""Which events a reader wants: the one place that decides it, for every way out.

A story that is told in stages (a truck arrives; "FedEx" is read on it) counts as a whole: a filter
that fits any stage, or what the stages tell together, fires once for it.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Annotated, Any

from pydantic import Field

from gateway.conditions import LONGEST, MISSING, parse
from gateway.entry import Entry
from gateway.event import Earlier, Event
from gateway.policy import Grant
from gateway.schema import Model
from gateway.text import folded
from gateway.words import telling, words

Look = Callable[[str], Entry | None]
"""Returns a device by its id."""


def naming(look: Look) -> Callable[[str], str | None]:
    """Return what tells a device's name by its id, for sentences."""

    def name(device: str) -> str | None:
        entry = look(device)
        return entry.name if entry is not None else None

    return name


Word = Annotated[str, Field(min_length=1, max_length=100)]
Words = Annotated[list[Word], Field(max_length=100)]
SEPARATE = ("state.sampled",)
"""Told only to those who ask for them by name."""


class Filter(Model):
    """Which events are wanted. What is left out matters not."""

    names: Words | None = None
    """button.pressed, device.*"""
    devices: Words | None = None
    """ids"""
    areas: Words | None = None
    """names of areas"""
    kinds: Words | None = None
    """light, contact"""
    where: Annotated[str, Field(max_length=LONGEST)] | None = None
    """data.after.open == true and area == 'Kitchen'"""
    query: Annotated[str, Field(max_length=300)] | None = None
    """words: fedex front door"""


class Matcher:
    """A filter that has been read; raises InvalidArguments where it cannot be.

    `among` are the only devices that count, where a caller's words were found to mean them: the
    filter's own list is what one may write, and bounded as such.
    """

    def __init__(self, filter: Filter, look: Look, among: Collection[str] | None = None) -> None:
        self._look = look
        self._names = tuple(filter.names or ())
        self._devices = frozenset(filter.devices or ())
        self._among = None if among is None else frozenset(among)
        self._areas = frozenset(folded(area) for area in filter.areas or ())
        self._kinds = frozenset(filter.kinds or ())
        self._where = parse(filter.where) if filter.where else None
        self._query = telling(words(filter.query)) if filter.query else []
        self.sampled = any(_covers(name, one) for name in self._names for one in SEPARATE)

    def matches(self, event: Event) -> bool:
        """Say whether this event is wanted, and is the first of its story that is."""
        if self._devices and event.device not in self._devices:
            return False
        if self._among is not None and event.device not in self._among:
            return False
        if not self._fits(event, event.story()):
            return False
        return event.earlier is None or not self._fits(event, event.earlier)

    def _fits(self, event: Event, told: Earlier) -> bool:
        if not self._names:
            if event.name in SEPARATE:
                return False
        elif not any(_covers(name, one) for name in self._names for one in told.names):
            return False
        entry = self._look(event.device) if event.device else None
        return (
            (not self._areas or folded((entry and entry.area) or "") in self._areas)
            and (not self._kinds or not self._kinds.isdisjoint(_kinds(event, told, entry)))
            and (self._where is None or self._where.holds(_Sight(event, told, entry).look))
            and (not self._query or _says(self._query, event, told, entry))
        )


def _covers(pattern: str, name: str) -> bool:
    if pattern == "*":
        return True
    if pattern.endswith(".*"):
        return name.startswith(pattern[:-1])
    return pattern == name


def _kinds(event: Event, told: Earlier, entry: Entry | None) -> Collection[str]:
    """Return what the event is about: the kind that it names, else all that its device is."""
    kind = told.data.get("kind")
    if isinstance(kind, str):
        return (kind,)
    declared = event.name.partition(".")[0]
    if entry is None or declared in entry.kinds:
        return (declared,)
    return entry.kinds


class _Sight:
    """What a condition sees of an event: its fields, those of its data, and its device's."""

    def __init__(self, event: Event, told: Earlier, entry: Entry | None) -> None:
        self._own: dict[str, Any] = {
            "name": told.names[-1],
            "device": event.device,
            "home": event.home,
            "seq": event.seq,
            "cause": event.cause,
            "area": entry.area if entry else None,
            "kinds": list(entry.kinds) if entry else None,
            "data": told.data,
        }
        self._data = told.data

    def look(self, path: tuple[str, ...]) -> Any:
        found: Any = self._own if path[0] in self._own else self._data
        for word in path:
            if not isinstance(found, Mapping) or word not in found:
                return MISSING
            found = found[word]
        return found


_SAID = {
    "device.found": "found new device",
    "device.lost": "forgotten removed device",
    "device.online": "online back again device",
    "device.offline": "offline gone away unreachable device",
    "button.pressed": "button key press pressed pushed rang doorbell",
    "action.done": "action did done acted who what agent",
    "alert.fired": "alert alarm fired",
    "object.arrived": "came come arrived arrival visitor delivery seen who",
    "object.stopped": "stopped parked waiting",
    "object.left": "left gone went away",
}
_VALUES = {
    ("open", True): "open opened",
    ("open", False): "closed shut close",
    ("on", True): "on turned switched",
    ("on", False): "off turned switched",
    ("occupied", True): "motion movement somebody presence",
    ("occupied", False): "nobody left empty",
    ("locked", True): "locked lock",
    ("locked", False): "unlocked unlock",
    ("playing", True): "playing music started",
    ("playing", False): "stopped paused music silent",
}


def _says(query: list[str], event: Event, told: Earlier, entry: Entry | None) -> bool:
    text = [*told.names, *(_SAID.get(name, "") for name in told.names)]
    if entry is not None:
        text += [entry.name, *entry.aliases, entry.area or "", *entry.kinds]
    text += list(_texts(told.data))
    after = told.data.get("after")
    if isinstance(after, Mapping):
        text += [_VALUES.get((field, value), "") for field, value in _plain(after)]
        text.append("door window" if told.data.get("kind") == "contact" else "")
    said = set(words(" ".join(text).replace(".", " ").replace("_", " ")))
    return all(any(_alike(word, one) for one in said) for word in query)


def _plain(values: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [(name, one) for name, one in values.items() if isinstance(one, bool)]


def _texts(value: Any, depth: int = 4) -> list[str]:
    if isinstance(value, str):
        return [value]
    if depth == 0:
        return []
    if isinstance(value, Mapping):
        return [text for one in value.values() for text in _texts(one, depth - 1)]
    if isinstance(value, list | tuple):
        return [text for one in value[:20] for text in _texts(one, depth - 1)]
    return []


def _alike(word: str, other: str) -> bool:
    return word == other or (len(word) >= 4 and other.startswith(word))


def audible(event: Event, grant: Grant, look: Look) -> bool:
    """Say whether an agent may know of an event: of what it sees, and of what it did itself."""
    if grant.owner:
        return True
    if event.device is not None:
        entry = look(event.device)
        if entry is None or not grant.sees(entry):
            return False
    agent = event.data.get("agent")
    if agent is None or agent == grant.agent:
        return True
    devices = [look(id) for id in event.data.get("devices", ())]
    return event.name == "action.done" and all(one and grant.sees(one) for one in devices)
