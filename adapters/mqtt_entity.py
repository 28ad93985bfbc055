"""What every entity on MQTT shares: which topics it hears, how it answers, whether it is there."""

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

from adapters.mqtt_discovery import Config, Misconfigured, Options, checked_topic
from adapters.mqtt_filters import first_line, parsed
from adapters.mqtt_template import Refused, Render, Unanswered, compiled
from gateway import errors
from gateway.limits import Limit

log = logging.getLogger("homeport.mqtt")

MOST_AVAILABILITY = 8
LONGEST_AGE = 10 * 24 * 3600.0
NOTHING = ("", "None")
"""What a template makes where the payload says nothing of it."""

Take = Callable[[str], None]


class Wire(Protocol):
    """Where an entity's orders go."""

    async def order(self, entity: "Entity", sends: list["Send"]) -> None:
        """Send; return when the entity has spoken since, or soon. Raises a GatewayError."""

    def stirred(self, entity: "Entity") -> None:
        """Take note that an entity came or went by itself."""


class Send:
    """One message of an order."""

    __slots__ = ("payload", "topic")

    def __init__(self, topic: str, payload: str) -> None:
        self.topic, self.payload = topic, payload


class Reading:
    """A payload as templates see it."""

    def __init__(self, payload: bytes) -> None:
        self.text = payload.decode("utf-8", "replace")
        self.variables: dict[str, Any] = {"value": self.text}
        try:
            self.variables["value_json"] = parsed(self.text)
        except ValueError:
            return

    @property
    def json(self) -> Any:
        """The payload as data; None where it is no JSON."""
        return self.variables.get("value_json")

    def through(self, render: Render | None, more: Mapping[str, Any]) -> str | None:
        """Return what a template makes of it, None where that is nothing."""
        try:
            text = self.text if render is None else render({**self.variables, **more}).strip()
        except Unanswered:
            return None
        return None if text in NOTHING else text


def template(source: str, what: str) -> Render | None:
    """Return a template ready to run, None where there is none; raise Misconfigured."""
    if not source:
        return None
    try:
        return compiled(source)
    except Refused as error:
        raise Misconfigured(f"its {what} is refused: {error}") from None


class Availability:
    """Whether an entity says that it is there: on several topics, by all, any or the latest."""

    def __init__(self, options: Options) -> None:
        self.mode = options.text("availability_mode", "latest")
        self.topics: dict[str, list[tuple[int, Render | None, str, str]]] = {}
        self._said: list[bool] = []
        self._latest = False
        for one in self._listed(options):
            own = Options(one)
            yes = own.text("payload_available", "online")
            no = own.text("payload_not_available", "offline")
            render = template(own.template("value_template"), "availability template")
            topic = checked_topic(one.get("topic"), "availability topic")
            self.topics.setdefault(topic, []).append((len(self._said), render, yes, no))
            self._said.append(False)

    @property
    def there(self) -> bool:
        """Whether it is there, as far as it has said so; who never says anything is."""
        if not self._said:
            return True
        match self.mode:
            case "all":
                return all(self._said)
            case "any":
                return any(self._said)
            case _:
                return self._latest

    def hear(self, topic: str, reading: Reading) -> None:
        """Take note of a message."""
        for number, render, yes, no in self.topics.get(topic, ()):
            text = reading.through(render, {})
            if text in (yes, no):
                self._said[number] = self._latest = text == yes

    @staticmethod
    def _listed(options: Options) -> list[dict[str, Any]]:
        listed = options.raw("availability")
        if isinstance(listed, list):
            return [one for one in listed if isinstance(one, dict)][:MOST_AVAILABILITY]
        if "availability_topic" not in options:
            return []
        one = {name: options.raw(name) for name in ("payload_available", "payload_not_available")}
        whose = options.raw("availability_template")
        return [one | {"topic": options.raw("availability_topic"), "value_template": whose}]


class Entity:
    """One entity: a capability by the class that it is mixed into, or a part of one."""

    pushes = True
    battery_low: bool | None = None

    def __init__(self, config: Config, wire: Wire) -> None:
        self.config, self.wire, self.options = config, wire, config.options
        self.availability = Availability(config.options)
        self.qos = int(min(2, max(0, config.options.number("qos", 0))))
        self.retain = config.options.flag("retain")
        self.hears: dict[str, list[tuple[Render | None, Take]]] = {}
        self._expires = min(LONGEST_AGE, max(0.0, config.options.number("expire_after", 0)))
        self._expired = self._expires > 0
        self._expiry: asyncio.TimerHandle | None = None
        self.listen_up()

    def listen_up(self) -> None:
        """Say which topics matter: called once, when the entity is made."""

    def limits(self, writable: bool) -> dict[str, Limit]:
        """Return what the device says of its own limits."""
        return {}

    def read(self) -> None:
        """Report what has been heard."""

    @property
    def there(self) -> bool:
        """Whether it can be believed and told something now."""
        return self.availability.there and not self._expired

    @property
    def topics(self) -> set[str]:
        """Every topic that matters to it."""
        return {*self.hears, *self.availability.topics}

    def listen(
        self, topic: str, *templates: str, take: Take, options: Options | None = None
    ) -> None:
        """Have `take` called with what the first of these templates makes of a topic's messages."""
        asked = self.options if options is None else options
        found = asked.topic(topic)
        if found is not None:
            render = template(asked.template(*templates), templates[0] if templates else "")
            self.hears.setdefault(found, []).append((render, take))

    def hear(self, topic: str, payload: bytes, retained: bool) -> None:
        """Take note of a message on one of its topics."""
        reading = Reading(payload)
        self.availability.hear(topic, reading)
        if topic in self.hears:
            self._fresh()
            with self._bearing():
                self.take(topic, reading, retained)
                self.read()

    def tell(self) -> None:
        """Report anew what has been heard before."""
        with self._bearing():
            self.read()

    @contextmanager
    def _bearing(self) -> Iterator[None]:
        """Let what makes no sense change nothing: a device may say anything."""
        try:
            yield
        except (ValueError, ArithmeticError) as error:
            told = first_line(str(error).replace("\n", " "))
            log.debug("%s said what it cannot mean: %s", self.config.about.id, told)

    def take(self, topic: str, reading: Reading, retained: bool) -> None:
        """Hand a message to whoever listens."""
        for render, take in self.hears[topic]:
            text = reading.through(render, self.context())
            if text is not None:
                take(text)

    def context(self) -> dict[str, Any]:
        """Return what templates may name beside the value."""
        return {}

    def send(self, topic: str, payload: Any, *templates: str, **variables: Any) -> list[Send]:
        """Return a payload for a topic option, through its template; none without the topic."""
        found = self.options.topic(topic)
        if found is None:
            return []
        text = plain(payload)
        render = template(self.options.template(*templates), topic)
        if render is not None:
            try:
                text = render({"value": payload, **self.context(), **variables})
            except Unanswered as error:
                raise errors.DeviceRefused(f"its template makes nothing of it: {error}") from None
        return [Send(found, text)]

    async def order(self, *sends: list[Send]) -> None:
        """Send these; raise Unreachable where it is not there, DeviceRefused where it is mute."""
        every = [one for several in sends for one in several]
        if not self.there:
            raise errors.Unreachable("its bridge says that it is offline")
        if not every:
            raise errors.DeviceRefused("it takes no such order")
        await self.wire.order(self, every)

    def close(self) -> None:
        """Let no timer run on."""
        if self._expiry is not None:
            self._expiry.cancel()

    def _fresh(self) -> None:
        if not self._expires:
            return
        self.close()
        self._expired = False
        self._expiry = asyncio.get_running_loop().call_later(self._expires, self._expire)

    def _expire(self) -> None:
        self._expired = True
        self.wire.stirred(self)


def plain(value: Any) -> str:
    """Return a value as a payload: whole numbers without a point."""
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".")
    return str(value)


def number(text: str) -> float | None:
    """Return a text as a number that something measures, None where it is none."""
    try:
        value = float(text[:60])
    except ValueError:
        return None
    return value if abs(value) < 1e15 else None
