"""The home's own record of a device: what it said of itself, what the owner made of it."""

import asyncio
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from pydantic import ValidationError

from gateway.capabilities import KINDS
from gateway.capabilities.fan import FanOnSwitch, FanState
from gateway.capabilities.light import LampOnSwitch, LightState
from gateway.capabilities.switch import Switch, SwitchState
from gateway.capability import Capability
from gateway.device import Device
from gateway.limits import Limit
from gateway.schema import Model
from gateway.text import folded

Watcher = Callable[[str, Model], None]

USES = ("light", "fan", "plug")
DISGUISES: dict[str, tuple[tuple[str, ...], Callable[[Switch], Capability], type[Model]]] = {
    "light": (("brightness", "color", "color_temperature"), LampOnSwitch, LightState),
    "fan": (("speed",), FanOnSwitch, FanState),
}
"""What a plug may be used as: the fields that it lacks, what it becomes, and the state of that."""


@dataclass(frozen=True)
class Observed:
    """A state, and when it was seen."""

    state: Model
    at: datetime

    @cached_property
    def values(self) -> dict[str, Any]:
        """The state as JSON data, without what is not known."""
        return self.state.model_dump(mode="json", exclude_none=True)

    def age(self, now: datetime) -> int:
        """Return whole seconds since it was seen."""
        return max(0, int((now - self.at).total_seconds()))


class Entry:
    """One device of the home, here or away."""

    def __init__(self, id: str, adapter: str, first_seen: datetime) -> None:
        self.id = id
        self.adapter = adapter
        self.address = ""
        self.port = 0
        self.device: Device | None = None
        self.facts: dict[str, Any] = {}
        self.capabilities: dict[str, Capability] = {}
        self.kinds: tuple[str, ...] = ()
        self.obeying: tuple[str, ...] = ()
        """Kinds that it may be told anything of: what is read-only may not."""
        self.limits: dict[str, dict[str, Limit]] = {}
        self.observed: dict[str, Observed] = {}
        self.own_name: str | None = None
        self.own_area: str | None = None
        self.aliases: list[str] = []
        self.use_as: str | None = None
        self.protected = False
        self.twin_of: str | None = None
        self.online = False
        self.since = first_seen
        self.reason = "not heard since homeport started"
        self.first_seen = first_seen
        self.last_seen = first_seen
        self.folded_names: frozenset[str] = frozenset()
        self.lock = asyncio.Lock()
        """Held while the device is being told something, so that two callers do not interleave."""
        self.unclear: set[str] = set()
        """Kinds whose last action may or may not have happened: their state proves nothing."""
        self._watchers: list[Watcher] = []
        self._causes: dict[str, tuple[str, float]] = {}

    def __repr__(self) -> str:
        return f"<Entry {self.id}>"

    @property
    def name(self) -> str:
        return self.own_name or str(self.facts.get("name", self.id))

    @property
    def area(self) -> str | None:
        return self.own_area or self.facts.get("area")

    @property
    def part_of(self) -> str | None:
        return self.facts.get("part_of")

    @property
    def is_group(self) -> bool:
        return bool(self.facts.get("members"))

    @property
    def needs(self) -> list[str]:
        return list(self.facts.get("needs", ()))

    @property
    def connections(self) -> list[str]:
        return list(self.facts.get("connections", ()))

    @property
    def in_groups(self) -> bool:
        """Whether `all` and areas mean this device too."""
        return not (self.protected or self.twin_of or self.is_group)

    def problems(self) -> list[str]:
        """Return what a person should look at, one phrase each."""
        found = [] if self.online or self.needs else [f"offline: {self.reason}"]
        if self.device is not None and self.device.battery_low:
            found.append("low battery")
        return found + self.needs

    def adopt(self, device: Device, adapter: str, address: str, port: int, now: datetime) -> None:
        """Take the living device up; it is online now, unless a person has to do something."""
        self.device, self.adapter = device, adapter
        self.address, self.port = address, port
        kept = ("name", "area", "kinds", "limits") if device.needs else ("area",)
        known = {name: self.facts[name] for name in kept if self.facts.get(name)}
        self.facts = device.facts() | known
        if not self.online:
            self.since = now
        self.online, self.last_seen = not device.needs, now
        self._use()

    def lose(self, now: datetime, reason: str) -> None:
        """Note that it does not answer any more."""
        self.online, self.since, self.reason = False, now, reason

    def edit(self, changes: dict[str, Any]) -> None:
        """Take over the owner's choices, by the names of their columns."""
        owned = {"name": "own_name", "area": "own_area"}
        for column, value in changes.items():
            setattr(self, owned.get(column, column), value)
        self._use()
        for kind, capability in self.capabilities.items():
            if kind not in self.observed and capability.state is not None:
                self.observed[kind] = Observed(capability.state, self.last_seen)

    def observe(self, kind: str, state: Model, now: datetime) -> None:
        """Keep what the device is doing."""
        self.observed[kind] = Observed(state, now)
        self.last_seen = now
        for watcher in tuple(self._watchers):
            watcher(kind, state)

    def watch(self, watcher: Watcher) -> Callable[[], None]:
        """Call `watcher(kind, state)` on every report; return the way to stop that."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher)

    def led(self, kind: str, cause: str, until: float) -> None:
        """Note that what this kind does until then (monotonic) comes of `cause`."""
        self._causes[kind] = (cause, until)

    def cause(self, kind: str, now: float) -> str | None:
        """Return the receipt that led to what the device does now, or None."""
        cause, until = self._causes.get(kind, (None, 0.0))
        return cause if now <= until else None

    def _use(self) -> None:
        kinds = [kind for kind in self.facts.get("kinds", ()) if kind in KINDS]
        limits = dict(self.facts.get("limits", {}))
        capabilities = dict(self.device.capabilities) if self.device else {}
        if self.use_as in DISGUISES and "switch" in kinds:
            use, (lacking, disguise, shown) = self.use_as, DISGUISES[self.use_as]
            kinds = [use if kind == "switch" else kind for kind in kinds]
            limits[use] = limits.get("switch", {}) | {name: {"absent": True} for name in lacking}
            switch = capabilities.pop("switch", None)
            if isinstance(switch, Switch):
                capabilities[use] = _disguised(switch, disguise(switch), shown)
        order = list(KINDS)
        self.kinds = tuple(sorted(kinds, key=order.index))
        self.capabilities = {
            kind: capabilities[kind] for kind in self.kinds if kind in capabilities
        }
        self.limits = {
            kind: {field: Limit.model_validate(limit) for field, limit in own.items()}
            for kind, own in limits.items()
            if kind in self.kinds
        }
        fixed = {
            kind for kind, own in self.limits.items() if any(one.read_only for one in own.values())
        }
        self.obeying = tuple(kind for kind in self.kinds if kind not in fixed)
        self.observed = {kind: seen for kind, seen in self.observed.items() if kind in self.kinds}
        self.folded_names = frozenset(folded(name) for name in (self.name, *self.aliases))

    def to_row(self) -> dict[str, Any]:
        """Return what the store keeps; the owner's columns are written by `Registry.edit`."""
        states = {kind: [seen.at.isoformat(), seen.values] for kind, seen in self.observed.items()}
        return {
            "id": self.id,
            "adapter": self.adapter,
            "address": self.address,
            "port": self.port,
            "facts": json.dumps(self.facts),
            "twin_of": self.twin_of,
            "first_seen": self.first_seen.isoformat(),
            "last_seen": self.last_seen.isoformat(),
            "states": json.dumps(states),
        }

    @classmethod
    def from_row(cls, row: dict[str, Any], now: datetime) -> "Entry":
        """Return a device as it was remembered: offline, with its last values."""
        entry = cls(row["id"], row["adapter"], datetime.fromisoformat(row["first_seen"]))
        entry.address, entry.port = row["address"], row["port"]
        entry.facts = json.loads(row["facts"])
        entry.own_name, entry.own_area = row["name"], row["area"]
        entry.aliases, entry.use_as = json.loads(row["aliases"]), row["use_as"]
        entry.protected, entry.twin_of = bool(row["protected"]), row["twin_of"]
        entry.last_seen = entry.since = datetime.fromisoformat(row["last_seen"])
        entry._use()
        for kind, (at, values) in json.loads(row["states"]).items():
            if kind in entry.kinds and (state := _revived(kind, values)) is not None:
                entry.observed[kind] = Observed(state, datetime.fromisoformat(at))
        return entry


class Held:
    """The locks of several devices, taken in one order so that no two callers wait in a ring."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._locks = [entry.lock for entry in sorted(entries, key=lambda one: one.id)]
        self._taken = 0

    async def __aenter__(self) -> None:
        try:
            for lock in self._locks:
                await lock.acquire()
                self._taken += 1
        except asyncio.CancelledError:
            await self.__aexit__()
            raise

    async def __aexit__(self, *_: object) -> None:
        for lock in self._locks[: self._taken]:
            lock.release()


def _disguised(switch: Switch, worn: Capability, shown: Callable[..., Model]) -> Capability:
    def show(_: Capability, state: Model) -> None:
        assert isinstance(state, SwitchState)
        worn.report(shown(on=state.on))

    switch.listener = show
    if switch.state is not None:
        show(switch, switch.state)
    return worn


def _revived(kind: str, values: dict[str, Any]) -> Model | None:
    try:
        return KINDS[kind].State.model_validate(values)
    except ValidationError:
        return None  # an older homeport wrote it; the device will say it anew
