"""Finding devices by any words: which of a thousand is meant.

A query becomes terms. A term finds devices by its own word, by what it may be a slip of, by what
means the same, and by kind; rare terms weigh more. What a device lacks of the query costs more
than what the query lacks of the device. Nothing that the caller may not see has any influence.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice, pairwise

from gateway.capabilities import KINDS
from gateway.entry import Entry
from gateway.lexicon import Card, Lexicon, View
from gateway.meanings import KIND, MEANINGS, NOTHING_ELSE, PHRASES
from gateway.registry import Registry
from gateway.spelling import Token, first, tokens
from gateway.targets import Sees
from gateway.text import folded
from gateway.words import words

LONGEST_QUERY = 300
MOST_WORDS = 20

PART = 0.6
"""How well a compound stands for what it begins or ends with."""
MISSING = 0.6
"""What a word that nothing has weighs, beside one that one device has."""
UNSAID_NAME, UNSAID_AREA = 0.08, 0.06
"""What it costs when the query says nothing of the name, or only a part of the area."""
TOGETHER, EXACT = 0.06, 0.3
"""What words in the same order, and a name said exactly, are worth."""
LEAST, CUT = 0.5, 0.65
"""The share of the query that a device must have, and its share of what the best has."""

Shown = dict[int, float]
"""How well each device shows a term."""


@dataclass(slots=True)
class Term:
    """One thing that a query says, and what shows it on a device, from 0 to 1."""

    said: dict[str, float]
    kinds: dict[str, float] = field(default_factory=dict)
    counts: float = 1.0
    is_number: bool = False
    is_thing: bool = False
    is_place: bool = False
    likely: frozenset[str] = frozenset()


class Search:
    """Ranks the home's devices for a query."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._version = -1
        self._lexicon = Lexicon(())

    def find(
        self, query: str, sees: Sees, area: str | None = None, kind: str | None = None
    ) -> list[Entry]:
        """Return the devices that fit, best first; without words all of them, by area and name."""
        if self._version != self._registry.version:
            self._lexicon = Lexicon(self._registry)
            self._version = self._registry.version
        cards = self._lexicon.cards
        place = None if area is None else folded(area)
        seen = [
            number
            for number, card in enumerate(cards)
            if not card.entry.twin_of
            and (place is None or card.area == place)
            and (kind is None or kind in card.entry.kinds)
            and sees(card.entry)
        ]
        named = [number for number in seen if cards[number].entry.id == query.strip()]
        said = words(query[:LONGEST_QUERY])
        ranked = named or (_ranked(said, View(self._lexicon, seen)) if said else seen)
        return [cards[number].entry for number in ranked]


def _ranked(said: list[str], view: View) -> list[int]:
    """Return the devices that plausibly fit, best first."""
    read = list(islice(tokens(said, view), MOST_WORDS))
    exact = view.exactly(said) | view.exactly([first(token) for token in read])
    if not read:
        return sorted(exact, key=lambda number: _order(number, view)) or view.seen
    terms = list(_terms(read, view.lexicon))
    shown = [view.shown(term.said, term.kinds) for term in terms]
    likely = _likely(terms, shown, view) | dict.fromkeys(exact, 1.0)
    finer = _Finer(terms, read, view.lexicon)
    scores = {
        number: round(share + finer.of(number) + EXACT * (number in exact), 3)
        for number, share in likely.items()
    }
    ranked = sorted(scores, key=lambda number: (-scores[number], *_order(number, view)))
    needed = [devices for devices in shown if ranked and ranked[0] in devices]
    return [
        number
        for number in ranked
        if number in exact or all(number in devices for devices in needed)
    ]


def _order(number: int, view: View) -> tuple[object, ...]:
    card = view.lexicon.cards[number]
    return (not card.entry.online, *card.order)


def _terms(read: list[Token], lexicon: Lexicon) -> Iterator[Term]:
    """Give a term for each token, and one for two that make a phrase."""
    rest = list(read)
    while rest:
        token = rest.pop(0)
        joined = first(token) + first(rest[0]) if rest else ""
        if joined.isdecimal():
            while rest and first(rest[0]).isdecimal():
                token = token | rest.pop(0)
        elif joined in PHRASES:
            token = {joined: min(*token.values(), *rest.pop(0).values())}
        yield _term(token, lexicon)


def _term(token: Token, lexicon: Lexicon) -> Term:
    likeliest = first(token)
    meaning = MEANINGS.get(likeliest, NOTHING_ELSE)
    term = Term(
        dict(token),
        is_number=any(map(str.isdecimal, likeliest)),
        is_thing=meaning.is_thing or likeliest in KINDS,
        is_place=meaning.is_place,
    )
    for word, likeness in token.items():
        meaning = MEANINGS.get(word, NOTHING_ELSE)
        kinds = {word: KIND} if word in KINDS else {}
        kinds |= meaning.kinds
        parts = () if kinds else lexicon.compounds.get(word, ())
        for other, worth in (dict.fromkeys(parts, PART) | dict(meaning.alike)).items():
            term.said[other] = max(likeness * worth, term.said.get(other, 0.0))
        for kind, worth in kinds.items():
            term.kinds[kind] = max(likeness * worth, term.kinds.get(kind, 0.0))
    term.counts = MEANINGS.get(likeliest, NOTHING_ELSE).weight
    term.likely = frozenset(word for word, like in term.said.items() if like > PART)
    return term


def _likely(terms: list[Term], shown: list[Shown], view: View) -> dict[int, float]:
    """Return the devices that may be meant, with how much each has of what the query says."""
    allowed = _allowed(terms, shown, view)
    shares = _shares(terms, shown, len(view.seen))
    least = max(LEAST, CUT * max((shares[number] for number in allowed), default=0.0))
    return {number: shares[number] for number in allowed if shares[number] >= least}


def _allowed(terms: list[Term], shown: list[Shown], view: View) -> set[int]:
    """Return the devices that have every number said, and a kind and a place if any is said."""
    every = list(zip(terms, shown, strict=True))
    allowed = _either(shown)
    for term, devices in every:
        if term.is_number:
            allowed &= devices.keys()
    if any(term.is_thing for term in terms):
        allowed &= _either(devices for term, devices in every if term.is_thing)
    places = list(_places(terms, shown, view))
    return allowed & _either(places) if places else allowed


def _places(terms: list[Term], shown: list[Shown], view: View) -> Iterator[set[int]]:
    """Give the devices of each place that the query names, as an area or by a common word."""
    in_area: set[int] = set()
    said = {word for term in terms for word in term.likely}
    for area in view.areas():
        if area <= said:
            its = [place for place, term in enumerate(terms) if area & term.likely]
            in_area.update(its)
            yield set.intersection(*(set(shown[place]) for place in its))
    for place, term in enumerate(terms):
        if term.is_place and place not in in_area:
            yield set(shown[place])


def _either(shown: Iterable[Iterable[int]]) -> set[int]:
    return set().union(*shown)


def _shares(terms: list[Term], shown: list[Shown], every: int) -> dict[int, float]:
    """Return how much each device has of what the query says."""
    total: dict[int, float] = {}
    weight = 0.0
    for term, devices in zip(terms, shown, strict=True):
        tells = term.counts * math.log1p(every / max(1, len(devices)))
        if not devices:
            tells *= MISSING
        weight += tells
        for number, worth in devices.items():
            total[number] = total.get(number, 0.0) + tells * worth
    return {number: had / weight for number, had in total.items()}


class _Finer:
    """What tells those apart that have the same of the query."""

    def __init__(self, terms: list[Term], read: list[Token], lexicon: Lexicon) -> None:
        self._cards = lexicon.cards
        self._said = {word for token in read for word in token}
        self._said.update(word for term in terms for word in term.likely)
        pairs = [one + other for one, other in pairwise(map(first, read))]
        self._pairs = [lexicon.found.get(pair, {}) for pair in pairs]

    def of(self, number: int) -> float:
        card = self._cards[number]
        together = sum(number in devices for devices in self._pairs) / max(1, len(self._pairs))
        return TOGETHER * together - self._unsaid(card)

    def _unsaid(self, card: Card) -> float:
        said = self._said
        named = max((len(name & said) / len(name) for name in card.names), default=0.0)
        in_area = len(card.area_words & said)
        share = in_area / len(card.area_words) if in_area else 1.0
        return UNSAID_NAME * (1.0 - named) + UNSAID_AREA * (1.0 - share)
