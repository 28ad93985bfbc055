"""What is waited for: words or a filter, read against the devices that the asker sees. Pure.

Three ways, in this order: a condition over states, what people say of a device, and otherwise
words or a filter over events.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from gateway import order_words
from gateway.capabilities import KINDS
from gateway.conditions import Condition, parse
from gateway.entry import Entry
from gateway.errors import InvalidArguments, did_you_mean
from gateway.happenings import HAPPENINGS
from gateway.order_words import TEMPERATURES, Phrase, Test, known
from gateway.quantities import Units
from gateway.registry import Registry
from gateway.schema import Model
from gateway.search import LONGEST_QUERY, Search
from gateway.standing import AREA, BY_FIELD, could, is_state
from gateway.subscriptions import Filter
from gateway.targets import Index, Sees, resolve
from gateway.text import clean, folded, quoted
from gateway.vocabulary import unheard
from gateway.where import CONSTANTS, tokens
from gateway.words import IDLE, words

FIELD = "when"
EXAMPLES = (
    'Examples: "garage door open 10m", "pool temperature < 5", "doorbell pressed", '
    '"contact.open == true and climate.temperature < 18".'
)
_OF_EVENTS = {"name", "device", "home", "seq", "cause", "area", "kinds", "data"}
_OF_EVENTS.update(name for model in HAPPENINGS.values() for name in model.model_fields)
_UNSAID = IDLE | set(words("anything something everything one"))
_MEASURING = ("measurement", "energy")
"""Kinds whose devices leave out for ever what they do not measure."""
_COMPARES = ("==", "!=", "<", "<=", ">", ">=")


class Order(Model):
    """What is waited for, as it is kept: a condition over states, or a filter over events."""

    where: str | None = None
    devices: list[str] | None = None
    """ids; without, all that have the fields"""
    seconds: float = 0.0
    """how long it must hold"""
    filter: Filter | None = None
    now: str = ""
    """"is open": said of the device"""
    since: str = ""
    """"has been open": said of the device before a duration"""


@dataclass(slots=True)
class Reading:
    """What was understood, of which devices, and what this house is unable to notice."""

    order: Order | None = None
    entries: list[Entry] = field(default_factory=list)
    cannot: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Orders:
    """Reads orders for one grant."""

    search: Search
    index: Index
    registry: Registry
    sees: Sees
    units: Units

    def read(self, text: str, targets: list[str] | str | None) -> Reading:
        """Return what a text waits for; raise InvalidArguments where it makes no sense."""
        named = None
        if targets is not None:
            named = resolve(targets, self.index, self.registry, self.sees, None).entries
        rest, seconds = text, 0.0
        try:
            condition = parse(self._in_celsius(text))
        except InvalidArguments as error:
            rest, seconds = order_words.lasting(text)
            try:
                condition = parse(self._in_celsius(rest))
            except InvalidArguments:
                return self._words(text, named, error)
        if any(not is_state(path) and path[0] not in _OF_EVENTS for path in condition.paths):
            phrase = order_words.read(text, self.units)
            found = self._phrase(phrase, named) if phrase is not None else Reading()
            if found.order is not None:
                return found  # "pool < 5" names a device and no field
        return self._condition(condition, rest, seconds, named)

    def _in_celsius(self, text: str) -> str:
        """Return a condition whose temperatures have a unit where the home's are °F."""
        if self.units != "us":
            return text
        found = tokens(text)
        for path, sign, number, unit in reversed(
            list(zip(found, found[1:], found[2:], found[3:], strict=False))
        ):
            if (
                path.kind == "word"
                and path.text.rpartition(".")[2] in TEMPERATURES
                and sign.text in _COMPARES
                and number.kind == "number"
                and unit.kind not in ("word", "unit")
            ):
                end = number.at + len(number.text)
                text = f"{text[:end]} F{text[end:]}"
        return text

    def _condition(
        self, condition: Condition, text: str, seconds: float, named: list[Entry] | None
    ) -> Reading:
        strange = [path for path in condition.paths if not is_state(path)]
        if strange and all(path[0] in _OF_EVENTS for path in condition.paths):
            if seconds:
                raise InvalidArguments(
                    f"{FIELD}: an event has no duration", hint="Leave it out.", field=FIELD
                )
            filter = Filter(where=condition.text)
            order = Order(filter=filter, devices=_ids(named), now=f"fits {clean(text)}")
            return Reading(order, named or [])
        if strange or condition.paths == {AREA}:
            raise self._no_path(".".join(next(iter(strange), AREA)))
        seen = self._seen() if named is None else named
        entries = [entry for entry in seen if could(condition, entry.kinds)]
        cannot = [
            _lacks(one, f"what {clean(text, 80)} asks") for one in named or () if one not in entries
        ]
        if not entries:
            cannot = cannot or [f"no device here has what {clean(text, 80)} asks"]
            return Reading(None, [], cannot)
        said = clean(text)
        order = Order(
            where=condition.text,
            devices=_ids(entries) if named is not None else None,
            seconds=seconds,
            now=f"shows {said}",
            since=f"has shown {said}",
        )
        return Reading(order, entries, cannot)

    def _no_path(self, path: str) -> InvalidArguments:
        fields = [
            f"{kind}.{field}"
            for kind in self.registry.kinds()
            for field in KINDS[kind].State.model_fields
        ]
        hint = did_you_mean(path, [*fields, *BY_FIELD]) or f"Fields here: {', '.join(fields[:20])}."
        return InvalidArguments(
            f"{FIELD}: {path[:60]} is nothing that a device here shows", hint=hint, field=FIELD
        )

    def _words(self, text: str, named: list[Entry] | None, error: InvalidArguments) -> Reading:
        several = [part for part in order_words.parts(text) if order_words.read(part, self.units)]
        if len(several) > 1:
            raise InvalidArguments(
                f"{FIELD}: in words it is one thing at a time, not {quoted(several)}",
                hint='Write a condition: "contact.open == true and climate.temperature < 18".',
                field=FIELD,
            )
        phrase = order_words.read(text, self.units)
        if phrase is not None:
            found = self._phrase(phrase, named)
            if found.order is None and not self._unheard(text, named):
                return self._query(text, named)
            return found
        if _is_condition(text):
            raise InvalidArguments(error.detail, hint=error.hint, field=FIELD)
        return self._query(text, named)

    def _phrase(self, phrase: Phrase, named: list[Entry] | None) -> Reading:
        if phrase.press is not None:
            phrase_tests: tuple[Test, ...] = (Test("button", "last", ""),)
        else:
            phrase_tests = phrase.tests
        tests = [test for test in phrase_tests if known(test)]
        entries = _telling(self._meant(phrase.subject, tests, named), tests)
        if not entries:
            return Reading(None, [], self._nothing(phrase, tests, named))
        cannot = [_lacks(one, phrase.tells) for one in named or () if one not in entries]
        if phrase.press is not None:
            return Reading(_pressing(phrase, entries), entries, cannot)
        shown = {kind for entry in entries for kind in ("", *entry.kinds)}
        where = " or ".join(test.text for test in tests if test.kind in shown)
        order = Order(
            where=parse(where).text,
            devices=_ids(entries),
            seconds=phrase.seconds,
            now=phrase.now,
            since=phrase.since,
        )
        return Reading(order, entries, cannot)

    def _meant(self, subject: str, tests: list[Test], named: list[Entry] | None) -> list[Entry]:
        """Return the devices that are meant and can show it, each once."""
        kinds = list(dict.fromkeys(test.kind for test in tests))
        if named is not None:
            return [one for one in named if any(not kind or kind in one.kinds for kind in kinds)]
        if _UNSAID.issuperset(words(subject)):
            return [
                one
                for one in self._seen()
                if any(kind in one.kinds if kind else one.part_of is None for kind in kinds)
            ]
        found: dict[str, Entry] = {}
        for kind in kinds:
            for entry in self._called(subject, kind):
                found[entry.id] = entry
        exact = [one for one in found.values() if folded(subject) in one.folded_names]
        return exact or list(found.values())

    def _called(self, subject: str, kind: str) -> list[Entry]:
        """Return the devices of a kind that a name, an area or any words mean."""
        own = [*self.index.named(subject), *(self.index.in_area(subject) or ())]
        fitting = [one for one in own if self.sees(one) and (not kind or kind in one.kinds)]
        return fitting or self.search.find(subject, self.sees, kind=kind or None)

    def _nothing(self, phrase: Phrase, tests: list[Test], named: list[Entry] | None) -> list[str]:
        if named:
            return [_lacks(one, phrase.tells) for one in named]
        unsaid = _UNSAID.issuperset(words(phrase.subject))
        if unsaid or not any(test.kind in (*self.registry.kinds(), "") for test in tests):
            return [f"nothing here can tell {phrase.tells}"]
        close = self.search.find(phrase.subject, self.sees)
        if close:
            return [_lacks(one, phrase.tells) for one in close[:3]]
        return [f"nothing here is called “{clean(phrase.subject, 80)}”"]

    def _query(self, text: str, named: list[Entry] | None) -> Reading:
        query = order_words.plain(text)[:LONGEST_QUERY]
        if not words(query):
            raise InvalidArguments(f"{FIELD} says nothing", hint=EXAMPLES, field=FIELD)
        if cannot := self._unheard(text, named):
            return Reading(None, [], cannot)
        now = f"fits the words “{clean(query)}”"
        order = Order(filter=Filter(query=query), devices=_ids(named), now=now)
        return Reading(order, named or [])

    def _unheard(self, text: str, named: list[Entry] | None) -> list[str]:
        query = order_words.plain(text)[:LONGEST_QUERY]
        return unheard(query, self._seen() if named is None else named)

    def _seen(self) -> list[Entry]:
        return [one for one in self.registry if self.sees(one) and not one.twin_of]


def _pressing(phrase: Phrase, entries: list[Entry]) -> Order:
    where = None if phrase.press == "any" else f'data.press == "{phrase.press}"'
    filter = Filter(names=["button.pressed"], where=where)
    return Order(filter=filter, devices=_ids(entries), now=phrase.now)


def _telling(entries: list[Entry], tests: list[Test]) -> list[Entry]:
    """Return the devices without those that surely do not measure what is meant."""

    def tells(entry: Entry, test: Test) -> bool:
        if test.kind and test.kind not in entry.kinds:
            return False
        seen = entry.observed.get(test.kind)
        return seen is None or test.kind not in _MEASURING or test.field in seen.values

    return [entry for entry in entries if any(tells(entry, test) for test in tests)]


def _ids(entries: Iterable[Entry] | None) -> list[str] | None:
    return None if entries is None else [entry.id for entry in entries]


def _lacks(entry: Entry, what: str) -> str:
    return f"“{entry.name}” cannot tell {what}"


def _is_condition(text: str) -> bool:
    """Say whether a text that cannot be read was rather meant as a condition than as words."""
    marked = any(sign in text for sign in ("==", "!=", "<", ">", "(", "[", "{", "=", ";", "__"))
    return marked or any(f" {word} " in f" {folded(text)} " for word in ("exists", *CONSTANTS))
