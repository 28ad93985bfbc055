"""The words of queries and names: how they are told apart, and which of them say something."""

import re
import unicodedata

_APART = str.maketrans(
    {"ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "ł": "l", "\N{LATIN SMALL LETTER DOTLESS I}": "i"}
)
_LETTERS_FOR_MARKS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"}
)
# Accents, Hebrew points and Arabic vowel signs; other scripts' marks make other letters.
_MARKS = re.compile(
    "[\u0300-\u036f\u0591-\u05bd\u0610-\u061a\u0640\u064b-\u065f\u0670\ufe0e\ufe0f]"
)
_APOSTROPHES = "['`\u2019]"
_POSSESSIVE = re.compile(rf"{_APOSTROPHES}s\b", re.IGNORECASE)
_ELISION = re.compile(rf"\b([ldmnstcj]|qu){_APOSTROPHES}(?=\w)", re.IGNORECASE)
# What is asked for rather than a device that is numbered so: 50 %, 21 °C, 2700 K, 10 pm, 22:30.
_UNITS = r"(percent|prozent|degrees?|kelvin|watts?|kwh|minutes?|min|hours?|seconds?|pm|uhr)\b"
_VALUE = re.compile(
    r"(?<!\d)(\d+:\d\d\b|\d{4}\s*k\b|\d+\s*am\W*$"
    rf"|\d+([.,]\d+)?\s*(%|°\s*[cf]?\b|{_UNITS}))",
    re.IGNORECASE,
)
_ORDINAL = re.compile(r"(?<=\d)(st|nd|rd|th)\b", re.IGNORECASE)
_CHINESE, _HIRAGANA, _KATAKANA = "\u3400-\u4dbf\u4e00-\u9fff", "\u3041-\u309f", "\u30a1-\u30ff"
_INDIC = "\u0900-\u0963\u0970-\u109f"
_SYMBOLS = "\u2190-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff"
# Letters and digits are apart (gr 12) unless they alternate: 3f2a is no 3. Chinese characters and
# emoji are words of their own.
_ALTERNATING = r"(?=[a-z]*\d+[a-z]+\d|\d*[a-z]+\d+[a-z])[a-z\d]+"
_WORDS = re.compile(
    rf"{_ALTERNATING}|\d+|[{_CHINESE}]|[{_HIRAGANA}]+|[{_KATAKANA}]+"
    rf"|(?:(?![{_CHINESE}{_HIRAGANA}{_KATAKANA}])[^\W\d_]|[{_INDIC}])+|[{_SYMBOLS}]"
)


def words(text: str) -> list[str]:
    """Return the words of a text: small, unaccented, singular, numbers apart and without zeros."""
    named = _ORDINAL.sub("", _VALUE.sub(" ", text))
    plain = re.sub(_APOSTROPHES, "", _ELISION.sub(" ", _POSSESSIVE.sub("", named)))
    apart = unicodedata.normalize("NFKD", plain.casefold())
    folded = unicodedata.normalize("NFC", _MARKS.sub("", apart)).translate(_APART)
    return [_word(found) for found in _WORDS.findall(folded)]


def spelt_out(text: str) -> list[str]:
    """Return the words as written where accented letters are missing: Küche is kueche."""
    return words(unicodedata.normalize("NFC", text).translate(_LETTERS_FOR_MARKS))


def telling(said: list[str]) -> list[str]:
    """Return the words that say something; all of them where none does."""
    return [word for word in said if word not in IDLE] or said


def _word(found: str) -> str:
    if found.isdecimal():
        digits = "".join(str(unicodedata.digit(digit)) for digit in found)
        return digits.lstrip("0") or "0"
    return _singular(found)


def _singular(word: str) -> str:
    if len(word) < 4 or not word.isascii() or word[-1] != "s" or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-2] if re.search("(ch|sh|x|ss)es$", word) else word[:-1]


_CARDINALS = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    " sixteen seventeen eighteen nineteen twenty"
)
_ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
NUMBERS = {
    word: str(number)
    for series in (_CARDINALS, _ORDINALS)
    for number, word in enumerate(words(series), 1)
}

_IDLE = """
    a an the this that these those my our your his her its their i we you it me us
    is are was be been am do does did have has had can could will would should may there here
    what which where who when why how whats wheres and or not of to in at by for from with into
    near next beside please find show give tell check see look get list turn make put set let know
    device thing status state currently now any all every everything some much many more about
    still just also only use used using want need like leave im ive
    der die das dem des ein eine einen ist sind im am zum zur und wo wie was welche von
    el la lo los las un una unos unas del de da al en es esta esto y donde que cual
    le les une du des et est ou quel quelle dans sur au aux il uno gli della dello nel e dove
    het een van op waar и в на где の は を が に で と も か
"""
IDLE = frozenset(words(_IDLE))
"""Said around a device, seldom of it."""
