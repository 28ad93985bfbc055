"""XML from strangers, piece by piece: no DTD, no entities, nothing large or deep in memory.

expat itself is used, because the standard library's other readers build trees or expand what a
document declares.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, NoReturn
from xml.parsers import expat

from workouts.readers.source import Source

PIECE = 1 << 16
DEEPEST = 64
LONGEST_TEXT = 1 << 16
LONGEST_ELEMENT = 4 << 20
"""Bytes that may pass without an element beginning or ending."""
_SPACE = " "


@dataclass(frozen=True, slots=True)
class Begin:
    """An element begins; names are without their namespace."""

    name: str
    attributes: dict[str, str]


@dataclass(frozen=True, slots=True)
class End:
    """An element ends; `inside` names what holds it, from the root on."""

    name: str
    text: str
    inside: tuple[str, ...]


class Guarded:
    """An expat parser that refuses what no workout needs; subclasses take `begin` and `end`."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.depth = 0
        self._quiet = 0
        self._events = 0
        self._seen = -1
        parser = self.parser = expat.ParserCreate(namespace_separator=_SPACE)
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.StartDoctypeDeclHandler = self._declares
        parser.EntityDeclHandler = self._declares
        parser.UnparsedEntityDeclHandler = self._declares
        parser.ExternalEntityRefHandler = self._declares

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        """Take an element that begins."""

    def end(self, name: str) -> None:
        """Take an element that ends."""

    def feed(self, piece: bytes, *, last: bool = False) -> None:
        """Parse a piece; raise InvalidArguments for what is not XML or is hostile."""
        try:
            self.parser.Parse(piece, last)
        except expat.ExpatError as error:
            raise self._not_xml(error) from error
        except (ValueError, LookupError) as error:  # a character set that nobody knows
            raise self.source.bad(f"is no XML that can be read: {error}") from error
        self._quiet = 0 if self._events != self._seen else self._quiet + len(piece)
        self._seen = self._events
        if self._quiet > LONGEST_ELEMENT:
            raise self.source.bad("has an element that is too long")

    def _not_xml(self, error: expat.ExpatError) -> Exception:
        if error.code in _CUT_OFF:
            return self.source.bad(f"is cut off at line {error.lineno}")
        reason = expat.ErrorString(error.code)
        return self.source.bad(f"is no sound XML at line {error.lineno}: {reason}")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._events += 1
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.source.bad("is nested too deep")
        self.begin(name.rpartition(_SPACE)[2], attributes)

    def _end(self, name: str) -> None:
        self._events += 1
        self.depth -= 1
        self.end(name.rpartition(_SPACE)[2])

    def _declares(self, *_: object) -> NoReturn:
        raise self.source.bad("declares a document type or entities, which are refused")


_CUT_OFF = {
    expat.errors.codes[text]
    for text in (
        expat.errors.XML_ERROR_NO_ELEMENTS,
        expat.errors.XML_ERROR_UNCLOSED_TOKEN,
        expat.errors.XML_ERROR_PARTIAL_CHAR,
        expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
    )
}


class _Listing(Guarded):
    """Keeps what a piece held until it is asked for."""

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self.found: list[Begin | End] = []
        self._inside: list[str] = []
        self._texts: list[list[str]] = []
        self._length = 0
        self.parser.CharacterDataHandler = self._text

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        if self._texts:
            self._texts[-1].clear()  # the spaces between elements would add up
        self._inside.append(name)
        self._texts.append([])
        self._length = 0
        self.found.append(Begin(name, attributes))

    def end(self, name: str) -> None:
        self._inside.pop()
        self.found.append(End(name, "".join(self._texts.pop()).strip(), tuple(self._inside)))

    def _text(self, text: str) -> None:
        self._length += len(text)
        if self._length > LONGEST_TEXT:
            raise self.source.bad("has a text that is too long")
        if self._texts:
            self._texts[-1].append(text)


def elements(file: BinaryIO, source: Source) -> Iterator[Begin | End]:
    """Yield the elements of a document as they begin and end; raise InvalidArguments."""
    parser = _Listing(source)
    while piece := file.read(PIECE):
        parser.feed(piece)
        yield from parser.found
        parser.found.clear()
    parser.feed(b"", last=True)


def root(head: bytes) -> str | None:
    """Return the name of a document's root, from its beginning; None where that is no XML.

    Nothing is parsed: what a document declares must not happen before it is known what it is.
    """
    wide = head[:2] in (b"\xff\xfe", b"\xfe\xff")
    text = head.decode("utf-16" if wide else "utf-8-sig", "replace")
    at = 0
    while text[at : at + 1].isspace() or text.startswith(("<?", "<!--"), at):
        if text[at].isspace():
            at += 1
            continue
        ending = "?>" if text[at + 1] == "?" else "-->"
        at = text.find(ending, at) + len(ending)
        if at < len(ending):
            return None
    found = _NAME.match(text, at)
    return found[1].rpartition(":")[2] if found else None


_NAME = re.compile(r"<(?:!DOCTYPE\s+)?([A-Za-z_][\w.:-]{0,80})")
