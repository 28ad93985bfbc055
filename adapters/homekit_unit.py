"""One paired accessory or bridge at the other end of a session: its devices and their values."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import groupby
from operator import attrgetter
from typing import Any

from adapters import homekit_model as model
from adapters import homekit_words as words
from adapters.homekit_model import Accessory, Characteristic
from adapters.homekit_offer import Offer
from adapters.homekit_offers import Thing, offering
from adapters.homekit_session import LIST_WITHIN, OUT_OF_REACH, Session, refused
from gateway import errors
from gateway.adapter import Link
from gateway.capabilities.sensors import ButtonState
from gateway.device import Device

MOST_AT_ONCE = 40
"""Small accessories do not take longer requests."""
AWAY = "its bridge cannot reach it"
GONE = "its bridge has it no more"


class Unit:
    """What is reached by one pairing; `id` is our id of the bridge, or of what is alone."""

    def __init__(
        self, session: Session, id: str, writable: frozenset[str], pressed: dict[str, ButtonState]
    ) -> None:
        self.session, self.id, self.writable, self.pressed = session, id, writable, pressed
        self.devices: dict[int, list[Device]] = {}
        self._things: dict[int, list[Thing]] = {}
        self._known: dict[tuple[int, int], Characteristic] = {}
        self._offers: dict[tuple[int, int], Offer] = {}
        self._looked_at: list[Characteristic] = []
        self._batteries: dict[int, list[Characteristic]] = {}
        self._away: frozenset[int] = frozenset()

    async def learn(self, link: Link) -> None:
        """Ask what there is, have it tell its changes, and announce what can be reached."""
        before = [device.id for devices in self.devices.values() for device in devices]
        accessories = model.parse(await self.session.get("/accessories", LIST_WITHIN))
        self._index(accessories)
        watched = [self._known[place] for place in self._offers]
        watched += [one for found in self._batteries.values() for one in found]
        silent = await self._subscribe(watched)
        self._looked_at = [*self._signs(accessories), *silent]
        readable = [one for one in watched if model.READ in one.may]
        self._away = await self.read(readable)
        for offer in self._each():
            offer.pushes = silent.isdisjoint(offer.read_from())
            offer.read()
        self.devices = {one.aid: self._devices(one) for one in accessories}
        for aid in self.devices.keys() - self._away:
            self._announce(aid, link)
        present = {device.id for devices in self.devices.values() for device in devices}
        for id in before:
            if id not in present:
                link.vanished(id, GONE)

    async def look(self, link: Link) -> None:
        """Ask whether everything is there, and for what does not tell by itself."""
        away = await self.read(self._looked_at)
        for aid in away - self._away:
            link.vanished(self.devices[aid][0].id, AWAY)
        for aid in self._away - away:
            await self.read(one for place, one in self._known.items() if place[0] == aid)
            self._announce(aid, link)
        self._away = away
        for offer in {
            self._offers[key] for key in map(_place, self._looked_at) if key in self._offers
        }:
            offer.read()

    def heard(self, event: Any) -> None:
        """Take in what is told by itself."""
        changed: dict[Offer, set[str]] = {}
        for aid, iid, row in model.values(event):
            found = self._known.get((aid, iid))
            if found is None or "value" not in row:
                continue
            found.value = row["value"]
            if (aid, iid) in self._offers:
                changed.setdefault(self._offers[aid, iid], set()).add(found.type)
        for offer, types in changed.items():
            offer.heard(frozenset(types))
        self._read_batteries()

    async def read(self, characteristics: Iterable[Characteristic]) -> frozenset[int]:
        """Ask for values; return the accessories that cannot be reached."""
        return await self.session.kept(self._read(list(characteristics)))

    async def write(self, values: Sequence[tuple[Characteristic, float]], offer: Offer) -> None:
        """Give orders, then read and report what became of them: who gives them is not told."""
        await self.session.kept(self._write(values, offer))

    async def _read(self, asked: Sequence[Characteristic]) -> frozenset[int]:
        away: set[int] = set()
        for start in range(0, len(asked), MOST_AT_ONCE):
            some = asked[start : start + MOST_AT_ONCE]
            ids = ",".join(f"{one.aid}.{one.iid}" for one in some)
            answer = await self.session.get(f"/characteristics?id={ids}")
            told = {(aid, iid): row for aid, iid, row in model.values(answer)}
            for one in some:
                row = told.get(_place(one), {"status": OUT_OF_REACH})
                if row.get("status", 0) == OUT_OF_REACH:
                    away.add(one.aid)
                elif one.type != words.PRESS:
                    one.value = row.get("value")
        self._read_batteries()
        return frozenset(away)

    async def _write(self, values: Sequence[tuple[Characteristic, float]], offer: Offer) -> None:
        rows = [{"aid": one.aid, "iid": one.iid, "value": one.fit(value)} for one, value in values]
        timed = any(model.TIMED in one.may for one, _ in values)
        answer = await self.session.put(rows, timed=timed)
        for _, _, row in model.values(answer):
            if row.get("status", 0) != 0:
                raise refused(self.session.name, row["status"])
        with suppress(errors.GatewayError):
            await self._read(offer.read_from())
            offer.read()

    async def _subscribe(self, wanted: Iterable[Characteristic]) -> set[Characteristic]:
        """Have changes told, one accessory after the other; return what has to be asked for."""
        told = [one for one in wanted if model.EVENTS in one.may]
        silent = {one for one in wanted if model.EVENTS not in one.may}
        for _, group in groupby(sorted(told, key=_place), key=attrgetter("aid")):
            some = list(group)
            rows = [{"aid": one.aid, "iid": one.iid, "ev": True} for one in some]
            try:
                answer = await self.session.put(rows)
            except errors.DeviceRefused:
                silent.update(some)
                continue
            failed = {(aid, iid) for aid, iid, row in model.values(answer) if row.get("status")}
            silent.update(one for one in some if _place(one) in failed)
        return {one for one in silent if model.READ in one.may}

    def _index(self, accessories: Sequence[Accessory]) -> None:
        self._things = {one.aid: list(offering(one, self.id, self)) for one in accessories}
        every = [
            one
            for accessory in accessories
            for service in accessory.services
            for one in service.characteristics.values()
        ]
        self._known = {_place(one): one for one in every}
        self._batteries = {
            accessory.aid: [
                one for one in every if one.aid == accessory.aid and one.type == words.LOW_BATTERY
            ]
            for accessory in accessories
        }
        self._offers = {
            _place(found): offer
            for offer in self._each()
            for type in (*offer.reads, *offer.has)
            if (found := offer.get(type)) is not None
        }

    def _each(self) -> list[Offer]:
        things = (thing for things in self._things.values() for thing in things)
        return [offer for thing in things for offer in thing.offers]

    def _signs(self, accessories: Sequence[Accessory]) -> Iterable[Characteristic]:
        """Yield of every accessory something that it can be asked for, to see that it is there."""
        for accessory in accessories:
            offers = (offer for thing in self._things[accessory.aid] for offer in thing.offers)
            own = [one for offer in offers for one in offer.read_from()]
            information = accessory.information
            if information is not None:
                own += [
                    one for one in information.characteristics.values() if model.READ in one.may
                ]
            yield from own[:1]

    def _devices(self, accessory: Accessory) -> list[Device]:
        return [self._device(thing, accessory) for thing in self._things[accessory.aid]]

    def _device(self, thing: Thing, accessory: Accessory) -> Device:
        device = Device(
            thing.id,
            thing.name,
            maker=accessory.told(words.MANUFACTURER),
            model=accessory.told(words.MODEL),
            part_of=thing.part_of,
            connections=(connection(self.id),) if thing.id == self.id else (),
        )
        for offer in thing.offers:
            device.offer(offer, **offer.limits(thing.id in self.writable))
        return device

    def _announce(self, aid: int, link: Link) -> None:
        for device in self.devices[aid]:
            link.announce(device)
        self._read_batteries()

    def _read_batteries(self) -> None:
        for aid, devices in self.devices.items():
            told = [one.number() for one in self._batteries[aid]]
            known = [one != 0 for one in told if one is not None]
            devices[0].battery_low = any(known) if known else None


def connection(id: str) -> str:
    """Return what another adapter would see of the same accessory, by our id of it."""
    return f"homekit:{id.removeprefix('homekit-')}"


def _place(one: Characteristic) -> tuple[int, int]:
    return one.aid, one.iid
