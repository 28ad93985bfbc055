"""Locks, garage doors, shades and windows of HomeKit."""

from collections.abc import Mapping, Sequence
from typing import Literal

from adapters import homekit_words as words
from adapters.homekit_model import Service, fraction
from adapters.homekit_offer import Offer, Speaker, steps
from gateway.capabilities.cover import Cover, CoverChange, CoverState
from gateway.capabilities.garage import Garage, GarageState
from gateway.capabilities.lock import Lock, LockState
from gateway.capability import Nothing
from gateway.limits import Limit

Moving = Literal["opening", "closing", "no"]
SECURED, UNSECURED, JAMMED = 1, 0, 2
OPEN, CLOSED = 0, 1
GARAGE_MOVES: Mapping[float | None, Moving] = {
    0: "no",
    1: "no",
    2: "opening",
    3: "closing",
    4: "no",
}
COVER_MOVES: Mapping[float | None, Moving] = {0: "closing", 1: "opening", 2: "no"}
RESTS = 2
NEAR = 1.0


class HomeKitLock(Offer, Lock):
    has = (words.TARGET_LOCK,)
    reads = (words.CURRENT_LOCK, words.TARGET_LOCK)
    acts = True

    def read(self) -> None:
        now = self.number(words.CURRENT_LOCK)
        locked = {SECURED: True, UNSECURED: False}.get(-1 if now is None else int(now))
        self.report(LockState(locked=locked, jammed=None if now is None else now == JAMMED))

    async def lock_door(self, change: Nothing) -> None:
        await self.write({words.TARGET_LOCK: SECURED})

    async def unlock_door(self, change: Nothing) -> None:
        await self.write({words.TARGET_LOCK: UNSECURED})


class HomeKitGarage(Offer, Garage):
    has = (words.TARGET_DOOR,)
    reads = (words.CURRENT_DOOR, words.TARGET_DOOR, words.OBSTRUCTION)
    acts = True

    def read(self) -> None:
        now, target = self.number(words.CURRENT_DOOR), self.number(words.TARGET_DOOR)
        self.report(
            GarageState(
                open=None if now is None else now != CLOSED,
                target_open=None if target is None else target == OPEN,
                moving=GARAGE_MOVES.get(now),
                obstructed=self.truth(words.OBSTRUCTION),
            )
        )

    async def close_garage(self, change: Nothing) -> None:
        await self.write({words.TARGET_DOOR: CLOSED})

    async def open_garage(self, change: Nothing) -> None:
        await self.write({words.TARGET_DOOR: OPEN})


class HomeKitCover(Offer, Cover):
    """What rests elsewhere than at its target was stopped: where it was to go says nothing then.

    Between an order and the first movement it rests too, so that an order counts until it rests
    the next time.
    """

    has = (words.TARGET_POSITION,)
    reads = (words.CURRENT_POSITION, words.TARGET_POSITION, words.POSITION_STATE)
    acts = True

    def __init__(self, speaker: Speaker, device: str, services: Sequence[Service]) -> None:
        super().__init__(speaker, device, services)
        self._stopped = self._rests_elsewhere()

    def _rests_elsewhere(self) -> bool:
        now, target = self.number(words.CURRENT_POSITION), self.number(words.TARGET_POSITION)
        rests = self.number(words.POSITION_STATE) == RESTS
        return rests and now is not None and target is not None and abs(now - target) > NEAR

    def limits(self, writable: bool) -> dict[str, Limit]:
        limits = {"open": steps(self.get(words.TARGET_POSITION))}
        if self.get(words.HOLD_POSITION) is None:
            limits["stop"] = Limit(absent=True)
        return limits

    def heard(self, changed: frozenset[str]) -> None:
        if words.TARGET_POSITION in changed:
            self._stopped = False
        elif words.POSITION_STATE in changed:
            self._stopped = self._rests_elsewhere()
        self.read()

    def read(self) -> None:
        target = fraction(self.number(words.TARGET_POSITION), None)
        self.report(
            CoverState(
                open=fraction(self.number(words.CURRENT_POSITION), None),
                target_open=None if self._stopped else target,
                moving=COVER_MOVES.get(self.number(words.POSITION_STATE)),
            )
        )

    async def set_shades(self, change: CoverChange) -> None:
        if change.open is None:
            self._stopped = True
            await self.write({words.HOLD_POSITION: 1})
        else:
            self._stopped = False
            await self.write({words.TARGET_POSITION: change.open})
