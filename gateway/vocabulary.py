"""Which words an event of this house may ever say. Pure."""

from collections.abc import Iterable
from datetime import UTC, datetime

from gateway.capabilities import KINDS
from gateway.entry import Entry
from gateway.event import Event
from gateway.happenings import HAPPENINGS
from gateway.subscriptions import Filter, Matcher
from gateway.text import quoted
from gateway.words import telling, words

READ_BY = ("camera", "sight")
"""Kinds that read text and see things, about which any word may be said."""
_SOUNDS = frozenset(words("play plays playing music song title track radio station artist album"))
_LONG = 4


def unheard(query: str, entries: Iterable[Entry]) -> list[str]:
    """Return in a sentence which words of a query nothing here could ever say, if any."""
    seen = list(entries)
    kinds = {kind for entry in seen for kind in entry.kinds}
    said = dict.fromkeys(telling(words(query)))
    if kinds.intersection(READ_BY) or ("media" in kinds and not _SOUNDS.isdisjoint(said)):
        return []
    names = {word for entry in seen for word in _names(entry)}
    strange = [word for word in said if not _says(word, names) and not _happens(word)]
    return [f"no camera here: nobody reads {quoted(strange, 5)}"] if strange else []


def _names(entry: Entry) -> list[str]:
    return words(" ".join((entry.name, *entry.aliases, entry.area or "", *entry.kinds)))


def _says(word: str, names: set[str]) -> bool:
    return word in names or (len(word) >= _LONG and any(one.startswith(word) for one in names))


def _happens(word: str) -> bool:
    wanted = Matcher(Filter(query=word), lambda id: None)
    return any(wanted.matches(event) for event in _EXAMPLES)


def _example(name: str, data: dict[str, object]) -> Event:
    begin = datetime(1970, 1, 1, tzinfo=UTC)
    return Event(1, name, begin, None, data, 1, None, False, "", b"")


_EXAMPLES = [
    *(_example(name, {}) for name in HAPPENINGS if name != "state.sampled"),
    *(
        _example("state.changed", {"kind": kind.name, "after": {field: value}})
        for kind in KINDS.values()
        for field, declared in kind.State.model_fields.items()
        if declared.annotation is bool
        for value in (True, False)
    ),
]
