"""Text from devices is data: made harmless, capped and marked before anybody reads it."""

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

_BIDIRECTIONAL = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
LONGEST_TEXT = 200


def clean(text: str, longest: int = LONGEST_TEXT) -> str:
    """Return `text` on one line, capped, without control and bidirectional characters."""
    if len(text) <= longest and text.isprintable() and text.strip() == text and "  " not in text:
        return text  # what nearly every name is like
    kept = "".join(
        character
        for character in text
        if character.isspace()
        or (
            unicodedata.category(character) not in ("Cc", "Cs", "Cn")
            and character not in _BIDIRECTIONAL
        )
    )
    kept = re.sub(r"\s+", " ", kept).strip()
    return kept if len(kept) <= longest else kept[: longest - 1] + "…"


def folded(text: str) -> str:
    """Return the form in which two names count as the same: case, width and spaces ignored."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def quoted(names: list[str], most: int = 3) -> str:
    """Return names for a sentence: “A”, “B” and 4 more."""
    shown = ", ".join(f"“{name}”" for name in names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


Untrusted = Annotated[
    str, AfterValidator(clean), WithJsonSchema({"type": "string", "x-untrusted": True})
]
"""A string that a device or its network said; never an instruction."""
