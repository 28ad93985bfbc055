"""The words of the house: which devices each of them stands on, made once for many queries."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from gateway.entry import Entry
from gateway.meanings import KNOWN
from gateway.text import folded
from gateway.words import IDLE, NUMBERS, spelt_out, telling, words

IN_NAME, IN_AREA, IN_MODEL = 1.0, 0.95, 0.6
"""How well a word is found, by where it stands."""
SHORTEST_SLIP = 4
"""Letters that a word must have to be taken for a misspelt one."""
SHORTEST_PART, SHORTEST_REST = 4, 3


@dataclass(frozen=True, slots=True)
class Card:
    """What is known of one device by words, and its place among its likes."""

    entry: Entry
    area: str | None
    names: tuple[frozenset[str], ...]
    area_words: frozenset[str]
    order: tuple[object, ...]


class Lexicon:
    """The words of every device, and the devices of every word.

    Devices are numbers here: their places in `cards`, which is sorted by area, name and id.
    `found` says how well a word, or two that stand together, is found on each device; `spoken`
    are the words alone, `compounds` those that begin or end with a word.
    """

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.cards: list[Card] = []
        self.found: dict[str, dict[int, float]] = {}
        self.kinds: dict[str, list[int]] = {}
        self.exact: dict[str, set[int]] = {}
        self.areas: dict[frozenset[str], list[int]] = {}
        self.spoken: set[str] = set()
        for area, entry in _in_order(entries):
            self._add(area, entry)
        self.sorted = sorted(self.spoken)
        self.compounds = _compounds(self.sorted)
        self.spellings = sorted(word for word in {*self.found, *KNOWN} if may_slip(word))

    def _add(self, area: str | None, entry: Entry) -> None:
        number = len(self.cards)
        called = (entry.name, *entry.aliases)
        names, place = [words(name) for name in called], words(area or "")
        for name in called:
            self._put(number, name, IN_NAME)
        self._put(number, area or "", IN_AREA)
        self._put_model(number, f"{entry.facts.get('maker', '')} {entry.facts.get('model', '')}")
        for kind in entry.kinds:
            self.kinds.setdefault(kind, []).append(number)
        for said in names:
            for whole in (said, said + place, place + said):
                self.exact.setdefault(" ".join(whole), set()).add(number)
        if place:
            self.areas.setdefault(frozenset(telling(place)), []).append(number)
        self.cards.append(
            Card(
                entry=entry,
                area=folded(area) if area else None,
                names=tuple(frozenset(telling(said)) for said in names if said),
                area_words=frozenset(telling(place)),
                order=(_natural(entry.name), entry.id),
            )
        )

    def _put(self, number: int, text: str, worth: float) -> None:
        for read in (words(text), spelt_out(text)):
            said = telling(read)
            self.spoken.update(said)
            for word in (*said, *(one + other for one, other in pairwise(said))):
                at = self.found.setdefault(word, {})
                at[number] = max(worth, at.get(number, 0.0))

    def _put_model(self, number: int, text: str) -> None:
        """Keep HS110 whole: its number is not one that people count by."""
        for part in re.split(r"[\s_/-]+", text):
            said = words(part)
            for word in {"".join(said), *(one for one in said if len(one) > 2)}:
                if word and not (word.isdecimal() or word in NUMBERS or word in IDLE):
                    self.spoken.add(word)
                    self.found.setdefault(word, {}).setdefault(number, IN_MODEL)


class View:
    """The lexicon as far as some devices are concerned; of the others it says nothing."""

    def __init__(self, lexicon: Lexicon, seen: list[int]) -> None:
        self.lexicon = lexicon
        self.seen = seen
        self._mask = bytearray(len(lexicon.cards))
        for number in seen:
            self._mask[number] = 1

    def has(self, word: str) -> bool:
        """Say whether the word, or two as one, stands on a device."""
        mask = self._mask
        return any(mask[number] for number in self.lexicon.found.get(word, ()))

    def speaks(self, word: str) -> bool:
        """Say whether the word stands on a device as it is."""
        return word in self.lexicon.spoken and self.has(word)

    def knows(self, word: str) -> bool:
        """Say whether the word stands on a device or in the tables."""
        return word in KNOWN or self.has(word)

    def beginning(self, start: str) -> list[str]:
        """Return the words of devices that begin so."""
        return [
            word
            for word in self.lexicon.compounds.get(start, ())
            if word.startswith(start) and self.has(word)
        ]

    def areas(self) -> Iterator[frozenset[str]]:
        """Give the words of every area."""
        mask = self._mask
        for area, devices in self.lexicon.areas.items():
            if any(mask[number] for number in devices):
                yield area

    def exactly(self, said: list[str]) -> set[int]:
        """Return the devices called so, by a name alone or with the area."""
        mask = self._mask
        return {number for number in self.lexicon.exact.get(" ".join(said), ()) if mask[number]}

    def shown(self, said: Mapping[str, float], kinds: Mapping[str, float]) -> dict[int, float]:
        """Return how well each device shows one of these words or kinds."""
        shown: dict[int, float] = {}
        mask = self._mask
        for kind, likeness in kinds.items():
            for number in self.lexicon.kinds.get(kind, ()):
                if mask[number] and likeness > shown.get(number, 0.0):
                    shown[number] = likeness
        for word, likeness in said.items():
            for number, worth in self.lexicon.found.get(word, {}).items():
                if mask[number] and likeness * worth > shown.get(number, 0.0):
                    shown[number] = likeness * worth
        return shown


def may_slip(word: str) -> bool:
    """Say whether a word is long enough to be misspelt; numbers are right or wrong."""
    return len(word) >= SHORTEST_SLIP and word.isalpha()


def _in_order(entries: Iterable[Entry]) -> list[tuple[str | None, Entry]]:
    known = {entry.id: entry for entry in entries}
    placed = [(_area(entry, known), entry) for entry in known.values()]
    return sorted(placed, key=lambda it: (_natural(it[0] or ""), _natural(it[1].name), it[1].id))


def _area(entry: Entry, known: Mapping[str, Entry]) -> str | None:
    parent = known.get(entry.part_of or "")
    return entry.area or (parent.area if parent else None)


def _natural(text: str) -> tuple[tuple[bool, int, str], ...]:
    """Return what sorts 2 before 10."""
    parts = re.findall(r"\d+|\D+", folded(text))
    return tuple((False, int(part), "") if part.isdecimal() else (True, 0, part) for part in parts)


def _compounds(spoken: Iterable[str]) -> dict[str, list[str]]:
    """Return the longer words by what they begin or end with: radio is in kuchenradio."""
    found: dict[str, list[str]] = {}
    for word in spoken:
        for part in dict.fromkeys(_ends(word)):
            found.setdefault(part, []).append(word)
    return found


def _ends(word: str) -> Iterator[str]:
    if word.isalpha():
        for cut in range(SHORTEST_PART, len(word) - SHORTEST_REST + 1):
            yield word[:cut]
            yield word[len(word) - cut :]
