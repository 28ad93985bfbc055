"""What people say of a device when they want to be told: the text alone, without the house."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from gateway.capabilities import KINDS
from gateway.durations import duration
from gateway.errors import InvalidArguments
from gateway.order_tables import FIELDS, OPERATORS, SPELLED, STATES, UNITS
from gateway.quantities import Units, degrees, to_celsius
from gateway.text import folded

TEMPERATURES = ("temperature", "target_temperature")


@dataclass(frozen=True, slots=True)
class Test:
    """One way in which a device may show what is meant; `kind` is "" for whether it answers."""

    kind: str
    field: str
    compares: str

    @property
    def text(self) -> str:
        """The comparison as conditions write it."""
        return f"{self.kind}.{self.field} {self.compares}" if self.kind else self.compares


@dataclass(frozen=True, slots=True)
class Phrase:
    """What a text says: of which devices, what, and for how long."""

    subject: str
    tests: tuple[Test, ...]
    now: str
    """"is open", to be said of a device"""
    since: str
    """"has been open", to be said of a device with a duration behind it"""
    tells: str
    """"whether it is open", for a device that cannot tell"""
    seconds: float = 0.0
    press: str | None = None
    """"short" or "long", or "any" where a key is meant"""


_ASKING = re.compile(
    r"(?:(?:please|can you|could you|tell|alert|notify|warn|remind|wake|ping|message|let|know|send|"
    r"give|inform|me|us|a|an|alarm|alert|message|when|whenever|if|once|as soon as|in case|to know|"
    r"that|it|it's|there is|there's|there are|the|my|our|any|some|happens that),? )+"
)
_FOR = re.compile(r"\b(?:for|after|during)?(?: (?:more|longer) than| at least| over| about)?$")
_WATTS = re.compile(r"[0-9.,]+ ?w")
"""Not weeks: nobody waits for so long."""
_LINK = (
    r"(?:(?:is|isn't|are|aren't|was|wasn't|were|be|been|being|has|hasn't|have|haven't|had|not|no|"
    r"longer|never|gets?|got|stays?|stayed|remains?|left|still|becomes?|became|goes|went|turns?|"
    r"turned|switch(?:es|ed)?|comes?|starts?|started|suddenly|to|detects?|reports?|shows?|says?|"
    r"drops?|falls?|fell|dropped|rises?|rose|climbs?|uses?|draws?|reads?|it|it's|that|there|,) )*"
)
_NOT = re.compile(r"\b(?:not|never|no longer)\b|n't\b")
_LEADING = re.compile(
    r"^(?:(?:in|at|on|of|by|is|are|the|an?|any|all|my|our|there|detected|seen|playing|leaks?)"
    r"(?: |$))*"
)
_TRAILING = re.compile(r"(?:(?:^| )(?:in|at|on|of|is|are|has|have|for|it|the|,))*$")
_HERE = re.compile(r"(?:^| )(?:at home|home|anywhere|in the house|here|detected|seen|there)$")


_BY_NAME = {state.name: state for state in STATES}
_SAYS = {
    state.name: re.compile(
        rf"(?:^|(?<= ))(?P<link>{_LINK})(?P<state>{state.words})"
        rf"(?P<behind>{'$' if state.name in ('on', 'off', 'back') else '(?= |$)'})"
    )
    for state in STATES
}
_PRESSED = re.compile(
    r"\b(?P<before>long|short)?[ -]?(?:press(?:ed|es)?|pushe[ds]|clicked|rings|rang|rung)\b"
    r"(?: (?P<behind>long|short))?"
)

_OPERATOR = "|".join(words for words, _, _ in OPERATORS)
_COMPARES = re.compile(
    rf"(?:^|(?<= ))(?P<link>{_LINK})(?P<operator>{_OPERATOR}) ?"
    r"(?:(?P<number>(?:minus |-)?[0-9]{1,9}(?:[.,][0-9]{1,6})?)|(?P<freezing>freezing|zero))"
    rf"(?: ?(?P<unit>{'|'.join(words for words, _, _ in UNITS)}))?(?![^ ])"
)


def plain(text: str) -> str:
    """Return a wish without its politeness: "garage open 10m"."""
    found = folded(text).replace("\u2019", "'").strip(" .!?")
    return _ASKING.sub("", found, count=1) if _ASKING.match(found) else found


def read(text: str, units: Units) -> Phrase | None:
    """Return what a text says of devices, or None where it says nothing that is known here."""
    phrase, seconds = lasting(plain(text))
    found = _pressed(phrase) or _compared(phrase, units) or _state(phrase)
    return replace(found, seconds=seconds) if found is not None else None


def parts(text: str) -> list[str]:
    """Return what stands between and, or, but."""
    return re.split(r" (?:and|or|but) ", plain(text))


def lasting(phrase: str) -> tuple[str, float]:
    """Return the rest of a phrase, and the duration at its end in seconds."""
    words = phrase.split(" ")
    for place in range(1, len(words)):
        if _WATTS.fullmatch(" ".join(words[place:])):
            break
        try:
            seconds = duration(" ".join(words[place:]), "when")
        except InvalidArguments:
            continue
        return _FOR.sub("", " ".join(words[:place])).strip(" ,"), seconds
    return phrase, 0.0


def _pressed(phrase: str) -> Phrase | None:
    found = _PRESSED.search(phrase)
    if found is None:
        return None
    press = found["before"] or found["behind"] or "any"
    rest = _around(phrase, found)
    subject = re.sub(
        r"^(?:somebody|someone|anybody|anyone)\b|\b(?:is|was|at|on) *$|\blong|short\b", " ", rest
    )
    said_ = "is pressed" if press == "any" else f"is pressed {press}"
    return Phrase(_tidy(subject), (), said_, said_, "when it is pressed", press=press)


def _state(phrase: str) -> Phrase | None:
    for state in STATES:
        found = _SAYS[state.name].search(phrase)
        if found is None:
            continue
        name = state.opposite if _NOT.search(found["link"]) else state.name
        meant = _BY_NAME.get(name, state)
        tests = tuple(_tests(meant.tests))
        told = f"is {name}"
        return Phrase(
            _tidy(_around(phrase, found)), tests, told, f"has been {name}", f"whether it {told}"
        )
    return None


def _compared(phrase: str, units: Units) -> Phrase | None:
    found = _COMPARES.search(phrase)
    if found is None:
        return None
    rest = _around(phrase, found)
    field, rest = _field(rest)
    unit, of_unit = _unit(found["unit"] or "")
    warmth = re.search("colder|cooler|hotter|warmer", found["operator"])
    shown = ("" if warmth else field) or of_unit or FIELDS[2][1]
    operator, word = next(
        (sign, word) for words, sign, word in OPERATORS if re.fullmatch(words, found["operator"])
    )
    number = _number(found["number"], unit, units, shown, found["freezing"])
    tests = tuple(_tests(f"{one} {operator} {number:g}" for one in shown.split()))
    name = tests[0].field if tests else shown
    amount = _amount(number, name, units)
    what = f"{spelled(name)} {word} {amount}"
    return Phrase(
        _tidy(rest),
        tests,
        f"shows a {what}",
        f"has shown a {what}",
        f"its {spelled(name)}",
    )


def _tests(texts: "Iterator[str] | tuple[str, ...]") -> Iterator[Test]:
    for text in texts:
        path, _, compares = text.partition(" ")
        kind, _, field = path.partition(".")
        yield Test(kind, field, compares if kind else f"{field} {compares}")


def known(test: Test) -> bool:
    """Say whether there is such a kind, and it has the field."""
    return not test.kind or (
        test.kind in KINDS and test.field in KINDS[test.kind].State.model_fields
    )


def _field(rest: str) -> tuple[str, str]:
    for words, fields in FIELDS:
        found = re.search(rf"(?:^|(?<= ))(?:{words})(?: of)?(?= |$)", rest)
        if found:
            return fields, _around(rest, found)
    return "", rest


def _unit(text: str) -> tuple[str, str]:
    for words, unit, fields in UNITS:
        if text and re.fullmatch(words, text):
            return unit, fields
    return "", ""


def _number(text: str, unit: str, units: Units, shown: str, freezing: str | None) -> float:
    if freezing:
        return 0.0
    number = float(text.replace("minus ", "-").replace(",", "."))
    is_warmth = shown.rpartition(".")[2] in TEMPERATURES
    if is_warmth and (unit == "F" or (unit != "C" and units == "us")):
        return to_celsius(number)
    return number * 1000 if unit == "kW" else number


def _amount(number: float, field: str, units: Units) -> str:
    if field in TEMPERATURES:
        return degrees(number, units)
    unit = next(
        (
            mark.unit
            for kind in KINDS.values()
            for name, mark in kind.sampled.items()
            if name == field
        ),
        "",
    )
    return f"{number:g} {unit}".strip()


def spelled(field: str) -> str:
    return SPELLED.get(field, field.replace("_", " "))


def _around(phrase: str, found: re.Match[str]) -> str:
    return f"{phrase[: found.start()]} {phrase[found.end() :]}"


def _tidy(subject: str) -> str:
    """Return the words of a subject without what only joins them to the rest."""
    text = _HERE.sub("", " ".join(subject.split()))
    text = _LEADING.sub("", text)
    return _TRAILING.sub("", text).strip(" ,")
