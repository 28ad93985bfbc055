"""What moves on MQTT: shades, garage doors, locks and fans."""

from typing import Literal

from adapters.mqtt_entity import Entity, Send, number
from gateway import errors
from gateway.capabilities.cover import Cover, CoverChange, CoverState
from gateway.capabilities.fan import Fan, FanChange, FanState
from gateway.capabilities.garage import Garage, GarageState
from gateway.capabilities.lock import Lock, LockState
from gateway.capability import Nothing
from gateway.limits import Limit

Moving = Literal["opening", "closing", "no"]
NEAR = 1.0
"""Percent by which a shade may miss where it was sent."""


class Mover(Entity):
    """What a shade and a garage door share: words for where it is, and where it was sent.

    A target is told of only after the device has shown that it took it, by moving that way.
    """

    place: float | None = None
    moving: Moving | None = None
    _asked: float | None = None
    _taken = False

    def listen_up(self) -> None:
        text = self.options.text
        self._words = {
            text(f"state_{word}", word): word for word in ("open", "opening", "closed", "closing")
        } | {text("state_stopped", "stopped"): "stopped"}
        self.listen("state_topic", "value_template", take=self._take_state)
        self.listen("position_topic", "position_template", take=self._take_position)

    @property
    def ends(self) -> tuple[float, float]:
        """What the device calls closed and open."""
        option = self.options.number
        closed, opened = option("position_closed", 0), option("position_open", 100)
        return (closed, opened) if closed != opened else (0.0, 100.0)

    def context(self) -> dict[str, float]:
        closed, opened = self.ends
        return {"position_closed": closed, "position_open": opened}

    @property
    def target(self) -> float | None:
        """Where it is going, as far as it has shown that."""
        return self._asked if self._taken else None

    def _take_state(self, text: str) -> None:
        match self._words.get(text):
            case "opening":
                self._moves("opening")
            case "closing":
                self._moves("closing")
            case "open" | "closed" as word:
                self.moving = "no"
                if "position_topic" not in self.options or self.place is None:
                    self.place = 100.0 if word == "open" else 0.0
                self._arrives()
            case "stopped":
                self.moving = "no"
                self._arrives()

    def _take_position(self, text: str) -> None:
        value, (closed, opened) = number(text), self.ends
        if value is None:
            return
        before = self.place
        self.place = round(min(100.0, max(0.0, (value - closed) * 100 / (opened - closed))), 1)
        if before is not None and before != self.place and "state_topic" not in self.options:
            self._follows("opening" if self.place > before else "closing")
        self._arrives()

    def _moves(self, way: Moving) -> None:
        self.moving = way
        self._follows(way)

    def _follows(self, way: Moving) -> None:
        if self._asked is None or self.place is None:
            return
        wanted = "opening" if self._asked > self.place else "closing"
        if self._taken and (way != wanted or abs(self.place - self._asked) <= NEAR):
            self._asked, self._taken = None, False  # somebody else sent it elsewhere
        self._taken = self._taken or (self._asked is not None and way == wanted)

    def _arrives(self) -> None:
        if self._asked is None or self.place is None:
            return
        if abs(self.place - self._asked) <= NEAR:
            self._taken = True
        elif self.moving == "no" and self._taken:
            self._asked, self._taken = None, False

    async def go(self, percent: float) -> None:
        """Send it somewhere; raise InvalidArguments where it knows only open and closed."""
        self._asked, self._taken = percent, False
        sends = self._to_position(percent) or self._to_end(percent)
        await self.order(sends)

    def _to_position(self, percent: float) -> list[Send]:
        closed, opened = self.ends
        value = round(closed + percent * (opened - closed) / 100)
        return self.send(
            "set_position_topic", value, "set_position_template", position=round(percent)
        )

    def _to_end(self, percent: float) -> list[Send]:
        if percent not in (0, 100):
            raise errors.InvalidArguments("it opens and closes only all the way: send 0 or 100")
        return self.word("open" if percent else "close")

    def word(self, word: str) -> list[Send]:
        """Return the order for open, close or stop; none where the device has none."""
        option = f"payload_{word}"
        if self.options.raw(option) is None and option in self.options.names:
            raise errors.DeviceRefused(f"it cannot {word}")
        return self.send("command_topic", self.options.text(option, word.upper()))


class MqttCover(Mover, Cover):
    """A shade, a blind or a curtain; slats are not told of."""

    def read(self) -> None:
        self.report(CoverState(open=self.place, target_open=self.target, moving=self.moving))

    async def set_shades(self, change: CoverChange) -> None:
        if change.open is not None:
            await self.go(change.open)
            return
        self._asked, self._taken = None, False
        await self.order(self.word("stop"))


class MqttGarage(Mover, Garage):
    """A garage door or a gate."""

    def read(self) -> None:
        target = self.target
        self.report(
            GarageState(
                open=None if self.place is None else self.place > 0,
                target_open=None if target is None else target > 0,
                moving=self.moving,
            )
        )

    async def close_garage(self, change: Nothing) -> None:
        await self.go(0)

    async def open_garage(self, change: Nothing) -> None:
        await self.go(100)


class MqttLock(Entity, Lock):
    """A door lock. It is only ever locked or unlocked, never opened."""

    locked: bool | None = None
    jammed: bool | None = None

    def listen_up(self) -> None:
        text = self.options.text
        self._words: dict[str, tuple[bool | None, bool]] = {
            text("state_locking", "LOCKING"): (None, False),
            text("state_unlocking", "UNLOCKING"): (None, False),
            text("state_jammed", "JAMMED"): (None, True),
            text("state_locked", "LOCKED"): (True, False),
            text("state_unlocked", "UNLOCKED"): (False, False),
        }
        self.listen("state_topic", "value_template", take=self._take_state)

    def _take_state(self, text: str) -> None:
        if text in self._words:
            self.locked, self.jammed = self._words[text]

    def read(self) -> None:
        self.report(LockState(locked=self.locked, jammed=self.jammed))

    async def lock_door(self, change: Nothing) -> None:
        await self._tell("payload_lock", "LOCK")

    async def unlock_door(self, change: Nothing) -> None:
        await self._tell("payload_unlock", "UNLOCK")

    async def _tell(self, option: str, default: str) -> None:
        word = self.options.text(option, default)
        await self.order(self.send("command_topic", word, "command_template"))


class MqttFan(Entity, Fan):
    """A fan, with as many speeds as it says."""

    on: bool | None = None
    speed: float | None = None

    def listen_up(self) -> None:
        self._payloads = (
            self.options.text("payload_on", "ON"),
            self.options.text("payload_off", "OFF"),
        )
        self.listen("state_topic", "state_value_template", "value_template", take=self._take_state)
        self.listen("percentage_state_topic", "percentage_value_template", take=self._take_speed)

    @property
    def _range(self) -> tuple[float, float]:
        """The least speed and the count of speeds."""
        option = self.options.number
        low, high = option("speed_range_min", 1), option("speed_range_max", 100)
        return low, max(1.0, high - low + 1)

    def _take_state(self, text: str) -> None:
        if text in self._payloads:
            self.on = text == self._payloads[0]

    def _take_speed(self, text: str) -> None:
        value, (low, count) = number(text), self._range
        self.speed = None
        if value is not None:
            self.speed = round(min(100.0, max(0.0, (value - low + 1) * 100 / count)), 1)

    def read(self) -> None:
        if self.on is not None:
            self.report(FanState(on=self.on, speed=self.speed if self.on else None))

    def limits(self, writable: bool) -> dict[str, Limit]:
        if "percentage_command_topic" not in self.options:
            return {"speed": Limit(absent=True)}
        return {"speed": Limit(min=0, max=100, step=100 / self._range[1])}

    async def set_fan(self, change: FanChange) -> None:
        on, off = self._payloads
        switched = self.send("command_topic", on if change.running else off, "command_template")
        if not change.running or change.speed is None:
            await self.order(switched)
            return
        low, count = self._range
        value = round(change.speed * count / 100 + low - 1)
        faster = self.send("percentage_command_topic", value, "percentage_command_template")
        await self.order(switched, faster)
