"""A device, as an adapter announces it: who it is and what it can do."""

import re
from collections.abc import Iterable
from typing import Any

from gateway.capability import Capability
from gateway.limits import Limit
from gateway.text import clean

_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


def device_id(adapter: str, raw: str) -> str:
    """Return a stable id from what the maker calls the device: `kasa-8006a1`."""
    tidy = re.sub(r"[^a-z0-9_]+", "-", raw.casefold()).strip("-")
    return f"{adapter}-{tidy}"[:64]


class Device:
    """One thing with a stable id. It has at most one capability of each kind.

    `name` and `area` are the maker's; the owner's win. `part_of` is the parent's id;
    `members` makes it a group, which stays out of `all`. `connections` are what two adapters
    would both see of the same thing ("mac:50c7bf000001", "udn:RINCON_…"). `needs` says what a
    person has to do before it works, one sentence each.
    """

    def __init__(
        self,
        id: str,
        name: str,
        *,
        maker: str,
        model: str,
        area: str | None = None,
        part_of: str | None = None,
        members: Iterable[str] = (),
        connections: Iterable[str] = (),
        needs: Iterable[str] = (),
    ) -> None:
        if not _ID.fullmatch(id):
            raise ValueError(f"{id!r} is no device id: [a-z0-9_-], at most 64")
        self.id = id
        self.name = clean(name) or id
        self.maker = clean(maker)
        self.model = clean(model)
        self.area = clean(area) if area else None
        self.part_of = part_of
        self.members = tuple(members)
        self.connections = frozenset(connections)
        self.needs = tuple(needs)
        self.battery_low: bool | None = None
        self.capabilities: dict[str, Capability] = {}
        self.limits: dict[str, dict[str, Limit]] = {}

    def offer(self, capability: Capability, **limits: Limit) -> None:
        """Say that the device can do this, within these limits of its own."""
        if capability.name in self.capabilities:
            raise ValueError(f"{self.id} offers {capability.name} twice")
        self.capabilities[capability.name] = capability
        self.limits[capability.name] = dict(limits)

    def __repr__(self) -> str:
        return f"<Device {self.id}>"

    def facts(self) -> dict[str, Any]:
        """Return what is remembered of the device while it is away."""
        return {
            "name": self.name,
            "maker": self.maker,
            "model": self.model,
            "area": self.area,
            "part_of": self.part_of,
            "members": list(self.members),
            "connections": sorted(self.connections),
            "needs": list(self.needs),
            "kinds": list(self.capabilities),
            "limits": {
                kind: {field: limit.model_dump(exclude_none=True) for field, limit in own.items()}
                for kind, own in self.limits.items()
                if own
            },
        }
