"""Queries made from a house by a fixed rule: the yardstick for check_devices beside queries.json.

A query *names* a device when every word of it is in the device's name, an alias or its area, and
one of its names is said in full. A query is kept only when it names one device before it is
changed and no other after, and a typo is never within reach of another word of the house.
"""

import random
import re
import string
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

FILLERS = ("the {}", "{} please", "where is the {}", "find {}", "show me the {}", "my {}")
ON_FILLERS = ("is the {} on?", "is {} on", "turn off the {}", "turn on {} please")

# What is said, and what else people say for it where nothing else in the house could be meant.
SYNONYMS = {
    "lamp": ("light", "bulb"),
    "light": ("lamp",),
    "speaker": ("loudspeaker",),
    "tv": ("telly", "television"),
    "radiator": ("heater", "heating"),
    "heater": ("heating",),
    "heating": ("heater", "thermostat"),
    "thermostat": ("heating",),
    "blind": ("shade", "shutter"),
    "shade": ("blind",),
    "shutter": ("blind", "roller"),
    "roller": ("blind", "shade"),
    "socket": ("plug", "outlet"),
    "plug": ("socket", "outlet"),
    "terrace": ("patio",),
}
KIND_WORDS = {
    "camera": ("camera",),
    "climate": ("thermostat", "heating"),
    "cover": ("blinds", "shades", "cover"),
    "light": ("light", "lamp"),
    "lock": ("lock",),
    "media": ("media player",),
    "occupancy": ("motion sensor", "presence sensor"),
}
# Words that a reader may take for one another, whichever of them was said: for fairness only.
READ_AS_ONE = (
    "lamp lamps light lights bulb spot spots",
    "speaker speakers loudspeaker media sonos music radio",
    "tv telly television",
    "radiator heater heating thermostat climate",
    "blind blinds shade shades shutter shutters roller curtain cover awning",
    "socket plug outlet switch",
    "terrace patio",
    "motion presence occupancy",
)
SAME = {word: group for group in READ_AS_ONE for word in group.split()}
NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
KEYS = " qwertyuiop asdfghjkl zxcvbnm "


@dataclass(frozen=True)
class Query:
    """What is asked, the ids that may come first, and how the words were changed."""

    query: str
    want: tuple[str, ...]
    kind_of_change: str


@dataclass(frozen=True)
class Entry:
    """One device of the house: what it is called and where it is, also as sets of words."""

    id: str
    called: tuple[str, ...]
    area: str
    kinds: frozenset[str]
    names: tuple[frozenset[str], ...]
    said: frozenset[str]


@dataclass(frozen=True)
class Phrase:
    """A query in the making: the device meant, its name words and its area as still to be said."""

    entry: Entry
    name: str
    area: str

    @property
    def text(self) -> str:
        return f"{self.name} {self.area}".strip()


@dataclass(frozen=True)
class Reader:
    """What a fair reader of the house knows: its devices, its areas' words and every word."""

    entries: tuple[Entry, ...]
    areas: frozenset[frozenset[str]]
    words: frozenset[str]

    def named(self, said: frozenset[str]) -> list[Entry]:
        """The devices that these words name."""
        return [e for e in self.entries if said <= e.said and any(n <= said for n in e.names)]

    def fits_only(self, said: frozenset[str], entry: Entry) -> bool:
        """Whether no other device has all of these words, synonyms counted as one."""
        return not any(same(said) <= same(e.said) for e in self.entries if e != entry)


Change = Callable[[Phrase, Reader, random.Random], Phrase | None]


def queries(house: list[dict[str, Any]], seed: int, count: int = 200) -> list[Query]:
    """Fair queries, the same for the same house and seed; ValueError when the house has too few."""
    rng = random.Random(seed)
    reader = read(house)
    found: dict[str, Query] = {}
    for _ in range(count * 100):
        if len(found) == count:
            return list(found.values())
        query = one(reader, rng)
        if query is not None and plain(query.query) not in found:
            found[plain(query.query)] = query
    raise ValueError(f"only {len(found)} of {count} fair queries found in {len(house)} devices")


def read(house: list[dict[str, Any]]) -> Reader:
    """The house as sets of words."""
    entries = tuple(entry_of(device) for device in house)
    areas = frozenset(words(entry.area) for entry in entries)
    return Reader(entries, areas, frozenset(word for entry in entries for word in entry.said))


def entry_of(device: dict[str, Any]) -> Entry:
    """One device as sets of words."""
    called = (device["name"], *device["aliases"])
    names = tuple(words(name) for name in called)
    said = words(device["area"]).union(*names)
    return Entry(device["id"], called, device["area"], frozenset(device["kinds"]), names, said)


def one(reader: Reader, rng: random.Random) -> Query | None:
    """One query with one or two changes, or None when the dice gave nothing fair."""
    entry = rng.choice(reader.entries)
    phrase = base(entry, reader, rng)
    drawn = rng.choices(list(CHANGES), [often for _, often in CHANGES.values()], k=2)
    labels = [label for label in CHANGES if label in drawn[: rng.choice((1, 2))]]
    for label in labels:
        phrase = phrase and CHANGES[label][0](phrase, reader, rng)
        if phrase is None or any(e != entry for e in reader.named(words(phrase.text))):
            return None
    return Query(phrase.text, (entry.id,), "+".join(labels)) if phrase else None


def base(entry: Entry, reader: Reader, rng: random.Random) -> Phrase | None:
    """A name of the device, with its area where that is needed, after a single word, and half the
    time where it adds something; None when that names another device too, or only an area."""
    called = rng.choice(entry.called)
    name, area = words(called), words(entry.area)
    if any(name <= other for other in reader.areas):
        return None
    if len(name) > 1 and reader.named(name) == [entry] and (name & area or rng.random() < 0.5):
        return Phrase(entry, called, "")
    return Phrase(entry, called, entry.area) if reader.named(name | area) == [entry] else None


def ask_by_kind(phrase: Phrase, reader: Reader, rng: random.Random) -> Phrase | None:
    """Say "thermostat Gym" for the only one there."""
    entry = phrase.entry
    there = [kind for e in reader.entries if e.area == entry.area for kind in e.kinds]
    kinds = [kind for kind in KIND_WORDS if kind in entry.kinds and there.count(kind) == 1]
    if not kinds:
        return None
    name = rng.choice(KIND_WORDS[rng.choice(kinds)])
    telling = words(name) - {"player", "sensor"} | words(entry.area)
    return Phrase(entry, name, entry.area) if reader.fits_only(telling, entry) else None


def swap_synonym(phrase: Phrase, reader: Reader, rng: random.Random) -> Phrase | None:
    """Say "desk bulb" for "Desk lamp", unless the name has two such words or others have it too."""
    parts = phrase.text.split()
    places = [place for place, word in enumerate(parts) if plain(word) in SYNONYMS]
    said = words(phrase.text)
    if not places or len(same(said)) < len(said) or not reader.fits_only(said, phrase.entry):
        return None
    place = rng.choice(places)
    return respell(phrase, place, rng.choice(SYNONYMS[plain(parts[place])]))


def spell_number(phrase: Phrase, reader: Reader, rng: random.Random) -> Phrase | None:
    """Say "guest lamp ten" for "Guest lamp 10"."""
    spelt = {str(number): word for number, word in enumerate(NUMBERS, 1)}
    places = [(i, spelt[w]) for i, w in enumerate(phrase.text.split()) if w in spelt]
    return respell(phrase, *rng.choice(places)) if places else None


def turn_round(phrase: Phrase, reader: Reader, rng: random.Random) -> Phrase | None:
    """Say the area first or, where no number could change its noun, turn the name's words."""
    if phrase.area and rng.random() < 0.5:
        return replace(phrase, name=phrase.area, area=phrase.name)
    parts = phrase.name.split()
    if len(parts) < 2 or re.search(r"[\d&]", phrase.text):
        return None
    return replace(phrase, name=" ".join(parts[1:] + parts[:1]))


def drop_accent(phrase: Phrase, reader: Reader, rng: random.Random) -> Phrase | None:
    """Say "Lampara salon" for "Lámpara salón"."""
    bare = replace(phrase, name=unmarked(phrase.name), area=unmarked(phrase.area))
    return None if bare == phrase else bare


def make_typo(phrase: Phrase, reader: Reader, rng: random.Random) -> Phrase | None:
    """Make one slip of the finger in a word of five letters or more, far from other words."""
    parts = phrase.text.split()
    places = [i for i, w in enumerate(parts) if len(w) >= 5 and w.isascii() and w.isalpha()]
    if not places:
        return None
    place = rng.choice(places)
    right = parts[place].lower()
    wrong = slip(right, rng)
    near = any(cuts(word) & cuts(wrong) for word in reader.words if word != right)
    return None if near or wrong == right else respell(phrase, place, wrong)


def add_filler(phrase: Phrase, reader: Reader, rng: random.Random) -> Phrase | None:
    """Put words around it that say nothing about which device is meant."""
    inner = phrase
    if phrase.area and rng.random() < 0.6 and words(phrase.area) == words(phrase.entry.area):
        inner = replace(phrase, area=rng.choice(("in {}", "in the {}")).format(phrase.area))
    usable = FILLERS + ON_FILLERS if phrase.entry.kinds & {"light", "media", "switch"} else FILLERS
    return replace(phrase, name=rng.choice(usable).format(inner.text), area="")


def change_case(phrase: Phrase, reader: Reader, rng: random.Random) -> Phrase | None:
    """Write all small, all capitals or every word with a capital."""
    change = rng.choice((str.lower, str.upper, string.capwords))
    changed = replace(phrase, name=change(phrase.name), area=change(phrase.area))
    return None if changed == phrase else changed


# In the order in which they are applied, with how often each is tried: few devices have accents.
CHANGES: dict[str, tuple[Change, int]] = {
    "area and kind": (ask_by_kind, 14),
    "synonym": (swap_synonym, 16),
    "number word": (spell_number, 3),
    "accent": (drop_accent, 30),
    "typo": (make_typo, 7),
    "order": (turn_round, 4),
    "filler": (add_filler, 2),
    "case": (change_case, 1),
}


def respell(phrase: Phrase, place: int, word: str) -> Phrase:
    """The phrase with another word at this place of its text."""
    parts = phrase.text.split()
    parts[place] = word
    border = len(phrase.name.split())
    return replace(phrase, name=" ".join(parts[:border]), area=" ".join(parts[border:]))


def slip(word: str, rng: random.Random) -> str:
    """The word with two letters swapped, one dropped, doubled, or hit beside its key."""
    place = rng.randrange(len(word) - 1)
    letter, after, key = word[place], word[place + 1], KEYS.index(word[place])
    beside = rng.choice(KEYS[key - 1 : key + 2].replace(letter, "").strip())
    wrong = rng.choice((after + letter, after, letter + letter + after, beside + after))
    return word[:place] + wrong + word[place + 2 :]


def cuts(word: str) -> set[str]:
    """The word and all that is left of it without one letter: words one slip apart share one."""
    return {word} | {word[:place] + word[place + 1 :] for place in range(len(word))}


def same(said: Iterable[str]) -> frozenset[str]:
    """The words with synonyms as one."""
    return frozenset(SAME.get(word, word) for word in said)


def words(text: str) -> frozenset[str]:
    """The plain words of a text."""
    return frozenset(plain(text).split())


def plain(text: str) -> str:
    """Small letters and digits in words, without accents, apostrophes and punctuation."""
    folded = unmarked(re.sub(r"['\u2019]", "", text)).casefold()
    return " ".join(re.findall(r"[^\W_]+", folded))


def unmarked(text: str) -> str:
    """Letters without accents, breves and dots; Japanese voicing marks make other letters."""
    apart = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", re.sub("[\u0300-\u036f]", "", apart))
