"""What a word may stand for beside itself: other words, kinds of device, places."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from gateway.synonyms import PLACES, STATES, THINGS
from gateway.words import NUMBERS, telling, words

ALIKE, TRANSLATED = 0.85, 0.7
"""How well another word of the row stands for the one said: in English, between languages."""
KIND, STATE = 0.7, 0.9
"""How well a kind stands for a thing that is usually of it, and for a state that it has."""
LATER = 0.02
"""How much less a kind does so than the one named before it."""


class Meaning(NamedTuple):
    """What a word may stand for, how likely, and how much it tells."""

    alike: Mapping[str, float] = {}
    kinds: Mapping[str, float] = {}
    is_thing: bool = False
    is_place: bool = False
    weight: float = 1.0

    def with_other(self, other: "Meaning") -> "Meaning":
        """Return both meanings as one."""
        return Meaning(
            _better(self.alike, other.alike),
            _better(self.kinds, other.kinds),
            self.is_thing or other.is_thing,
            self.is_place or other.is_place,
            self.weight,
        )


def _better(one: Mapping[str, float], other: Mapping[str, float]) -> dict[str, float]:
    return {word: max(one.get(word, 0.0), other.get(word, 0.0)) for word in {**one, **other}}


def _phrases(text: str) -> list[str]:
    return list(dict.fromkeys("".join(telling(words(phrase))) for phrase in text.split()))


def _row(english: str, others: str) -> Iterator[tuple[str, dict[str, float]]]:
    """Give every word of a row with what is like it."""
    own, foreign = _phrases(english), _phrases(others)
    for said in (*own, *foreign):
        alike = dict.fromkeys((*own, *foreign), TRANSLATED)
        yield said, alike | dict.fromkeys(own, ALIKE) if said in own else alike


def _kinds(kinds: str, likeness: float) -> dict[str, float]:
    return {kind: likeness - LATER * place for place, kind in enumerate(kinds.split())}


def _rows() -> Iterator[tuple[str, Meaning]]:
    for english, others, kinds in THINGS:
        for said, alike in _row(english, others):
            yield said, Meaning(alike, _kinds(kinds, KIND), is_thing=bool(kinds))
    for english, others in PLACES:
        for said, alike in _row(english, others):
            yield said, Meaning(alike, is_place=True)
    for asked, kinds, weight in STATES:
        for said in _phrases(asked):
            yield said, Meaning(kinds=_kinds(kinds, STATE), weight=weight)


def _meanings() -> dict[str, Meaning]:
    found: dict[str, Meaning] = {}
    for said, meaning in _rows():
        found[said] = found[said].with_other(meaning) if said in found else meaning
    return found


MEANINGS = _meanings()
NOTHING_ELSE = Meaning()
_COLUMNS = (
    *(column for row in (*THINGS, *PLACES) for column in row[:2]),
    *(asked for asked, _, _ in STATES),
)
PHRASES = frozenset(
    "".join(telling(words(phrase)))
    for column in _COLUMNS
    for phrase in column.split()
    if len(telling(words(phrase))) > 1
)
"""What is said in two words and has a meaning of its own."""
KNOWN = frozenset((*NUMBERS, *MEANINGS, *words(" ".join(_COLUMNS))))
"""Every word of the tables, also those that make sense only in a phrase."""
