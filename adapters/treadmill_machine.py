"""One connected treadmill: what its records tell, and the little that it may be told."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass

from adapters import treadmill_ftms as ftms
from adapters.treadmill_control import Control
from adapters.treadmill_link import Gatt
from adapters.treadmill_use import Speeds, Use, Watch
from gateway.capabilities.treadmill import StopTreadmill, Treadmill, TreadmillState
from gateway.capability import Nothing
from gateway.errors import DeviceRefused, GatewayError, InvalidArguments, Unreachable

log = logging.getLogger("homeport.treadmill")

FIRST_RECORD_WITHIN = 2.5
NEXT_RECORD_WITHIN = 1.2
SILENT = 10.0
"""A running belt that says nothing for so long has to be connected anew."""
WATCHED = 15.0


@dataclass
class Habits:
    """What has to be remembered of a machine, whatever becomes of its connection."""

    reads_miles: bool = False
    locked_out: bool = False


class Machine(Treadmill):
    """A treadmill behind one connection; `open` it, and `aclose` it in the end."""

    pushes = True

    def __init__(
        self,
        gatt: Gatt,
        habits: Habits,
        unused_after: float,
        now: Callable[[], float] | None = None,
    ) -> None:
        """`now` is the clock that records are dated by; by default that of the loop."""
        self.gatt, self.habits = gatt, habits
        self.takes_speed = False
        self._takes = ftms.SpeedRange()
        self._control: Control | None = None
        self._records = ftms.Records()
        self._speeds = Speeds()
        self._use = Use(unused_after)
        self._watch: Watch | None = None
        self._told = b""
        self._stood = self._ending = False
        self._next = asyncio.Event()
        self._halting: asyncio.Task[None] | None = None
        self._now = now or asyncio.get_running_loop().time

    async def open(self, has: frozenset[int]) -> None:
        """Learn what it can do and listen to it, until its first record or its silence is clear."""
        if ftms.CONTROL_POINT in has:
            self._control = Control(self.gatt, lambda: self._speeds.measured(self._now()))
            await self._control.open()
            self.takes_speed = ftms.takes_speed(await self._read(ftms.FEATURE, has))
            self._takes = ftms.speed_range(await self._read(ftms.SPEED_RANGE, has))
        if ftms.STATUS in has:
            await self.gatt.subscribe(ftms.STATUS, self._on_status)
        await self.gatt.subscribe(ftms.DATA, self._on_data)
        heard = self.state is not None or await self._record_comes(FIRST_RECORD_WITHIN)
        if not heard and ftms.is_idle(await self._read(ftms.TRAINING, has)):
            self._report(TreadmillState(running=False))

    async def aclose(self) -> None:
        """End what is under way and hang up."""
        if self._halting is not None:
            self._halting.cancel()
            await asyncio.gather(self._halting, return_exceptions=True)
        await self.gatt.aclose()

    async def lasts(self, seconds: float) -> None:
        """Return after a time, and one look at it; raise Unreachable as soon as it is gone."""
        try:
            async with asyncio.timeout(seconds):
                await self.gatt.gone.wait()
        except TimeoutError:
            return await self.look()
        raise Unreachable(f"the connection to {self.gatt.where} is lost")

    async def look(self) -> None:
        """Make sure that it still answers; raise Unreachable where it does not."""
        with contextlib.suppress(DeviceRefused):  # that too is an answer
            await self.gatt.read(ftms.FEATURE)
        age = self._speeds.age(self._now())
        if age is None or age <= ftms.FRESH or not self._speeds.newest:
            return
        self._drop()
        if self._ending:
            self._speeds.take(self._now(), 0.0)
            self._report(TreadmillState(running=False, speed=0.0))
        elif age > SILENT:
            raise Unreachable(f"{self.gatt.where} runs and has told nothing for {age:.0f} s")

    async def refresh(self) -> None:
        if not await self._record_comes(NEXT_RECORD_WITHIN):
            await self.look()

    async def stop_treadmill(self, change: StopTreadmill) -> None:
        if self._control is None:
            raise DeviceRefused("this treadmill lets nobody control it from afar")
        fresh = self._speeds.is_fresh(self._now())
        if fresh and not self._speeds.newest:
            return
        if change.if_unused and not (fresh and self._use.in_use is False):
            raise self._may_be_used()
        # a belt that may stand still is not paused: some take a second pause for a start
        self._told = ftms.PAUSE if change.pause and fresh else ftms.STOP
        self._use.ours(self._now())
        await self._control.tell(lambda: self._told)
        self._ending = True

    async def slow_treadmill(self, change: Nothing | None = None) -> None:
        if self._control is None:
            raise DeviceRefused("this treadmill lets nobody control it from afar")
        if self.habits.locked_out:
            raise InvalidArguments(
                "it ran faster when it was last told to slow down: it is told nothing but to stop "
                "until it was stopped and started at its console",
                hint="stop_treadmill stops it.",
            )
        if not self._speeds.enough:
            await self._record_comes(NEXT_RECORD_WITHIN)
        self._slower()
        try:
            await self._control.tell(self._slower_and_watched)
        except DeviceRefused:
            self._watch = None
            raise
        asked = ftms.target_of(self._told)
        self._speeds.choose(self._now(), asked * (ftms.MILE if self.habits.reads_miles else 1))

    def _slower(self) -> bytes:
        """Return the order; raise InvalidArguments where it might not be one to run slower."""
        if self._ending:
            raise InvalidArguments("it is being stopped: there is nothing to slow")
        if self._speeds.falls(self._now()):
            raise InvalidArguments("it slows down already: see at what speed it settles")
        measured = self._speeds.measured(self._now())
        return ftms.slower(measured, self._takes, reads_miles=self.habits.reads_miles)

    def _slower_and_watched(self) -> bytes:
        """Return the order; from here on every record is looked at, whoever gives up waiting."""
        now, self._told = self._now(), self._slower()
        self._use.ours(now)
        target = ftms.target_of(self._told)
        self._watch = Watch(self._speeds.newest, target, now + WATCHED)
        return self._told

    def _may_be_used(self) -> GatewayError:
        if self._use.in_use:
            return InvalidArguments("somebody is on it, or was until a moment ago: nothing is sent")
        return InvalidArguments("it is not known that nobody is on it: nothing is sent")

    def _on_data(self, data: bytes) -> None:
        record = self._records.take(data)
        speed = record.get("speed") if record else None
        if record is None or speed is None or speed > ftms.FASTEST:
            return
        now, heart = self._now(), record.get("heart_rate") or None
        if not self._speeds.is_fresh(now):
            self._drop()
        self._ending = self._ending and speed <= self._speeds.newest
        self._speeds.take(now, speed)
        self._use.seen(now, speed, record.get("incline"), heart)
        self._judge(now, speed)
        self._report(
            TreadmillState(
                running=speed > 0,
                speed=speed,
                incline=record.get("incline"),
                distance=record.get("distance"),
                elapsed=record.get("elapsed"),
                energy=record.get("energy"),
                heart_rate=heart,
            )
        )
        self._next.set()

    def _judge(self, now: float, speed: float) -> None:
        """See to it that a belt that was slowed does not run faster."""
        if self.habits.locked_out:
            if self._stood and speed:
                self.habits.locked_out = False
            self._stood = not speed
        if self._watch is None:
            return
        came = self._watch.take(now, speed)
        if came == "settled":
            miles = self._watch.reads_miles(speed)
            self.habits.reads_miles = self.habits.reads_miles if miles is None else miles
        if came != "waits":
            self._watch = None
        if came == "rose":
            self.habits.locked_out, self._stood = True, False
            self._halting = asyncio.create_task(self._halt())

    async def _halt(self) -> None:
        """Stop a belt that ran faster, with the control that the order to slow had."""
        assert self._control is not None
        log.warning("%s ran faster when told to slow down: it is stopped", self.gatt.where)
        try:
            await self._control.halt()
        except GatewayError as error:
            log.warning("%s could not be stopped: %s", self.gatt.where, error.detail)
        else:
            self._ending = True

    def _on_status(self, data: bytes) -> None:
        status = data[0] if data else None
        if status in (ftms.CONTROL_LOST, ftms.SAFETY_KEY, ftms.RESET):
            self._drop()
        by_hand = (
            ftms.STOPPED_BY_USER,
            ftms.SAFETY_KEY,
            ftms.STARTED_BY_USER,
            ftms.SPEED_CHANGED,
            ftms.INCLINE_CHANGED,
        )
        if status in by_hand and not self._is_ours(data):
            self._use.touched(self._now())
        if status in (ftms.STOPPED_BY_USER, ftms.SAFETY_KEY, ftms.RESET):
            self._ending = True
        elif status == ftms.STARTED_BY_USER:
            self._ending = False
            self._speeds.forget()
        elif status == ftms.SPEED_CHANGED and len(data) >= 3:
            self._speeds.choose(self._now(), ftms.target_of(data))

    def _is_ours(self, status: bytes) -> bool:
        """Say whether a status only repeats our last order; it should not, and some do."""
        said = {ftms.STOPPED_BY_USER: ftms.STOP[:1], ftms.SPEED_CHANGED: b"\x02"}
        return bool(self._told) and said.get(status[0], b"") + status[1:] == self._told

    def _drop(self) -> None:
        if self._control is not None:
            self._control.drop()

    def _report(self, state: TreadmillState) -> None:
        known = {"in_use": self._use.in_use, "locked_out": self.habits.locked_out}
        self.report(state.model_copy(update=known))

    async def _record_comes(self, within: float) -> bool:
        self._next.clear()
        try:
            async with asyncio.timeout(within):
                await self._next.wait()
        except TimeoutError:
            return False
        return True

    async def _read(self, which: int, has: frozenset[int]) -> bytes:
        """Return a value; nothing where the machine has none or does not tell it."""
        if which not in has:
            return b""
        try:
            return await self.gatt.read(which)
        except DeviceRefused:
            return b""
