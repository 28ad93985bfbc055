"""The words of the `where` language, and how a text that is none of it is refused."""

import re
from typing import Final, NamedTuple

from gateway.errors import InvalidArguments
from gateway.text import clean

LONGEST: Final = 500

CONSTANTS: Final[dict[str, bool | None]] = {"true": True, "false": False, "null": None}
KEYWORDS: Final = frozenset(("and", "or", "not", "in", "exists", *CONSTANTS))
# Possessive throughout: whatever is written, each character is looked at a few times at most.
_TOKEN: Final = re.compile(
    r"""
      (?P<space>  [ \t\r\n\u00a0\u2009\u202f]++ )
    | (?P<number> -?[0-9]++ (?:\.[0-9]++)?+ (?:[eE][+-]?[0-9]++)?+ )
    | (?P<word>   [A-Za-z_][A-Za-z0-9_]*+ (?:\.[A-Za-z_][A-Za-z0-9_]*+)*+ )
    | (?P<string> '(?:[^'\\]|\\['"\\])*+' | "(?:[^"\\]|\\['"\\])*+" )
    | (?P<sign>   [=!]=|[<>]=|<(?!>)|>|[()\[\],] )
    | (?P<unit>   °[A-Za-z]*+|% )
    """,
    re.VERBOSE,
)
_BARE_BACKSLASH: Final = re.compile(r"(?:[^\\]|\\['\"\\])*+\\")
_HARMFUL: Final = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff"
    r"\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]"
)
_SLIPS: Final = (
    ("&", "& is no word here", "Write and: data.after.on == true and data.after.brightness > 50"),
    ("|", "| is no word here", "Write or: data.press == 'short' or data.press == 'long'"),
    ("=~", "there is no matching of patterns", "Write =="),
    ("=", "= is no comparison", "Write =="),
    ("<>", "<> is no comparison", "Write !="),
    ("!", "! is no word here", "Write not"),
    (".", "a point stands between words or digits", "Write data.after.on, or 0.5"),
    ("+", "there is no arithmetic", "Compare with one number: data.after.power > 100"),
    ("-", "there is no arithmetic", "Compare with one number: data.after.power > 100"),
    ("*", "there is no arithmetic", "Compare with one number: data.after.power > 100"),
    ("/", "there is no arithmetic", "Compare with one number: data.after.power > 100"),
    ("\u201c", "quotes are straight", "Write \"kitchen\" or 'kitchen'"),
    ("\u2018", "quotes are straight", "Write \"kitchen\" or 'kitchen'"),
)


class Token(NamedTuple):
    """A word, number, string, sign, unit, keyword or the end, and where it stands."""

    kind: str
    text: str
    at: int

    def means(self, text: str) -> bool:
        """Tell whether this is that keyword or sign, and not a string that reads the same."""
        return self.text == text and self.kind in ("keyword", "sign")


def refuse(text: str, at: int, what: str, hint: str) -> InvalidArguments:
    """Return the error, which quotes the text from `at` on, or its last words at its end."""
    rest = _shown(text[at : at + 24])
    place = f"at “{rest}”" if rest else f"after “{_shown(text[-24:])}”"
    return InvalidArguments(
        f"where, {place} (character {at + 1}): {what}", hint=hint, field="where"
    )


def _shown(text: str) -> str:
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in clean(text))


def tokens(text: str) -> list[Token]:
    """Return the tokens, the last of which is the end, or raise InvalidArguments."""
    _check(text)
    found: list[Token] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise _slip(text, at)
        kind, word = str(match.lastgroup), match.group()
        if kind == "word" and word.lower() in KEYWORDS:
            kind, word = "keyword", word.lower()
        if kind != "space":
            found.append(Token(kind, word, at))
        at = match.end()
    return [*found, Token("end", "", at)]


def _check(text: str) -> None:
    if len(text) > LONGEST:
        what = f"it has {len(text)} characters, at most {LONGEST} are read"
        raise refuse(text, LONGEST, what, "Ask for less, or filter by names and devices as well.")
    if not text.strip():
        hint = "Leave where out, or write data.after.on == true"
        raise InvalidArguments("where is empty", hint=hint, field="where")
    if harmful := _HARMFUL.search(text):
        at, code = harmful.start(), ord(harmful.group())
        what = f"the invisible character U+{code:04X} is not read"
        raise refuse(text, at, what, "Leave it out.")


def _slip(text: str, at: int) -> InvalidArguments:
    for slip, what, hint in _SLIPS:
        if text.startswith(slip, at):
            return refuse(text, at, what, hint)
    if text[at] in "'\"":
        return _open_quote(text, at)
    shown = text[at] if text[at].isprintable() else f"U+{ord(text[at]):04X}"
    what = f"“{shown}” is no part of the language"
    return refuse(text, at, what, "Put text into quotes: device == 'café'")


def _open_quote(text: str, at: int) -> InvalidArguments:
    quote = text[at]
    escape = _BARE_BACKSLASH.match(text, at + 1)
    if escape and quote in text[escape.end() :]:
        hint = r"Write \\ for a backslash, \" for a quote."
        return refuse(text, escape.end() - 1, "this backslash means nothing", hint)
    return refuse(text, at, "this text never ends", f"Close it with {quote}: {quote}kitchen{quote}")
