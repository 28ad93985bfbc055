"""What has to be remembered of treadmills: who answers where, and how each of them behaves."""

import asyncio
import json
import logging
from dataclasses import asdict, dataclass, field
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from adapters.treadmill_machine import Habits
from gateway.adapter import Sighting
from gateway.private import write_private

log = logging.getLogger("homeport.treadmill")

_FILE = "treadmills.json"
_MOST = 100


@dataclass(frozen=True)
class Who:
    """Who somebody is, as far as it was said; empty where it was not."""

    mac: str = ""
    serial: str = ""
    name: str = ""

    def __bool__(self) -> bool:
        return bool(self.mac or self.serial)

    @classmethod
    def told(cls, at: Sighting) -> "Who":
        """Return what a sighting tells: mDNS's text, or what was heard by radio."""
        facts = at.facts
        mac = "".join(one for one in facts.get("mac-address", "").lower() if one.isalnum())
        return cls(mac, facts.get("serial-number", "").strip(), facts.get("name", "").strip())


@dataclass
class _Kept:
    places: dict[str, Who] = field(default_factory=dict)
    machines: dict[str, Habits] = field(default_factory=dict)


_KEPT = TypeAdapter(_Kept)


class Memory:
    """Kept in a file of the adapter's folder, where it has one; else for as long as it runs."""

    def __init__(self) -> None:
        self._kept = _Kept()
        self._written = ""
        self._loaded = False
        self._one_at_a_time = asyncio.Lock()

    async def load(self, folder: Path | None) -> None:
        """Take up what was kept, once; what cannot be read is begun anew."""
        async with self._one_at_a_time:
            if folder is None or self._loaded:
                return
            self._loaded = True
            try:
                text = await asyncio.to_thread((folder / _FILE).read_text, "utf-8")
                kept = _KEPT.validate_json(text)
            except (OSError, ValidationError, UnicodeDecodeError):
                return
            self._kept, self._written = kept, text

    async def save(self, folder: Path | None) -> None:
        """Write what has changed, readable by the owner alone."""
        async with self._one_at_a_time:
            text = json.dumps(asdict(self._kept), indent=1)
            if folder is None or text == self._written:
                return
            try:
                await asyncio.to_thread(write_private, folder / _FILE, text)
            except OSError as error:
                log.warning("what is known of treadmills cannot be kept: %s", error.strerror)
            self._written = text

    def who(self, place: str) -> Who:
        """Return who answered there last."""
        return self._kept.places.get(place, Who())

    def answers(self, place: str, who: Who) -> None:
        """Note who answers there."""
        self._kept.places.pop(place, None)
        self._kept.places[place] = who
        for oldest in list(self._kept.places)[:-_MOST]:
            del self._kept.places[oldest]

    def habits(self, id: str) -> Habits:
        """Return what is known of a machine, to be changed in place."""
        return self._kept.machines.setdefault(id, Habits())
