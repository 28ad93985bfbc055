"""What a word of a query may be: itself, two run together, misspelt, or cut short."""

from collections.abc import Iterable, Iterator
from itertools import pairwise

from rapidfuzz import process
from rapidfuzz.distance import OSA

from gateway.lexicon import View, may_slip
from gateway.meanings import MEANINGS
from gateway.words import IDLE, NUMBERS, words

NUMBER_WORD, BEGINNING = 0.9, 0.8
"""How well a number stands for its word, and a whole word for its beginning."""
SLIP = 0.12
"""What each slip of the finger costs."""
SHORT, LONG = 4, 8
"""Letters of a word in which most slips make another word, and of one that may have two."""
BESIDE = [set(keys) for row in ("qwertyuiop", "asdfghjkl", "zxcvbnm") for keys in pairwise(row)]

Token = dict[str, float]
"""The words that one word of the query may be, the likeliest first, and how likely each is."""


def tokens(said: list[str], view: View) -> Iterator[Token]:
    """Give a token for each word that says something, one for two that are written as one."""
    rest = list(said)
    while rest:
        word = rest.pop(0)
        if word in IDLE:
            continue
        if rest and rest[0] not in IDLE and _is_one(word, rest[0], view):
            yield {word + rest.pop(0): 1.0}
        else:
            yield from _read(word, view)


def _is_one(word: str, after: str, view: View) -> bool:
    """Say whether two words are usually written as one: bed side, dish washer."""
    joined = word + after
    if joined.isdecimal():
        return False
    unknown = not (view.knows(word) and view.knows(after))
    return view.speaks(joined) or (unknown and joined in MEANINGS)


def first(token: Token) -> str:
    """Return the likeliest word."""
    return next(iter(token))


def meant(name: str, names: Iterable[str]) -> str | None:
    """Return the one of `names` that was surely meant, for all its slips; numbers must agree."""
    said = words(name)
    near: dict[str, int] = {}
    for known in names:
        its = words(known)
        if _numbers(its) == _numbers(said):
            near[known] = OSA.distance("".join(said), "".join(its))
    least = min(near.values(), default=0)
    nearest = [known for known, slips in near.items() if slips == least]
    letters = len("".join(said))
    allowed = 0 if letters < SHORT else 1 if letters < LONG else 2
    return nearest[0] if len(nearest) == 1 and least <= allowed else None


def _numbers(said: list[str]) -> list[str]:
    return [word for word in said if word.isdecimal()]


def _read(word: str, view: View) -> Iterator[Token]:
    if view.knows(word) or not may_slip(word):
        yield _numbered({word: 1.0})
        return
    near = _slips(word, view)
    halves = _halves(word, view)
    if halves and max(near.values(), default=0.0) < 1.0 - SLIP:
        yield from (_numbered({half: 1.0}) for half in halves)
    else:
        begun = dict.fromkeys(view.beginning(word), BEGINNING)
        yield _numbered(near) or begun or {word: 1.0}


def _halves(word: str, view: View) -> tuple[str, str] | None:
    for cut in range(len(word) - 3, 2, -1):
        head, tail = word[:cut], word[cut:]
        if view.knows(head) and view.knows(tail):
            return head, tail
    return None


def _slips(word: str, view: View) -> Token:
    near = {
        found: slips
        for tried in dict.fromkeys((word, word.removesuffix("s")))
        for found, slips in _near(tried, view)
    }
    least = min(near.values(), default=0)
    nearest = [found for found, slips in near.items() if slips == least]
    spoken = [found for found in nearest if view.has(found)]
    return dict.fromkeys(spoken or nearest, 1.0 - SLIP * least)


def _near(word: str, view: View) -> Iterator[tuple[str, int]]:
    most = 1 if len(word) < LONG else 2
    for found, slips, _ in process.extract(
        word, view.lexicon.spellings, scorer=OSA.distance, score_cutoff=most, limit=None
    ):
        if view.knows(found) and (len(word) > SHORT or _by_a_finger(word, found)):
            yield found, slips


def _by_a_finger(word: str, found: str) -> bool:
    """Say whether no other letter was hit than one beside the right key: rain is not main."""
    if len(word) != len(found) or sorted(word) == sorted(found):
        return True
    pairs = zip(word, found, strict=True)
    return all(one == other or {one, other} in BESIDE for one, other in pairs)


def _numbered(token: Token) -> Token:
    """Return the token with its number words as digits, which come first."""
    digits = {NUMBERS[word]: likeness for word, likeness in token.items() if word in NUMBERS}
    spelt = {word: likeness * (NUMBER_WORD if digits else 1.0) for word, likeness in token.items()}
    return digits | spelt
