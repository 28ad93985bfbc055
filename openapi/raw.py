"""An answer that is no JSON."""

from typing import NamedTuple


class Raw(NamedTuple):
    """Bytes, and what they are."""

    media: str
    body: bytes
