"""An answer that is no JSON."""

from collections.abc import Mapping
from typing import NamedTuple


class Raw(NamedTuple):
    """Bytes, and what they are."""

    media: str
    body: bytes
    headers: Mapping[str, str] = {}
