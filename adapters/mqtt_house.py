"""All that stands behind one broker: it listens to what is told, and announces what that makes.

A device is announced once its configs have settled and what was retained of it has been heard, not
once for each of its entities.
"""

import asyncio
import hashlib
import logging
from collections.abc import Collection
from contextlib import aclosing

from adapters import mqtt_discovery as discovery
from adapters.mqtt_connection import Connection
from adapters.mqtt_discovery import Config, Misconfigured
from adapters.mqtt_entity import Entity, Send
from adapters.mqtt_post import LARGEST, Message
from adapters.mqtt_unit import Pressed, Unit, entity
from gateway import errors
from gateway.adapter import Link
from gateway.device import Device, device_id

log = logging.getLogger("homeport.mqtt")

MOST_ENTITIES = 2000
QUIET, LONGEST_UNQUIET = 0.1, 1.0
SPOKEN_WITHIN = 1.0
"""How long a device that has been told something may take to say so, before we stop listening
for the connection to break: the core goes on waiting for what it wants to see."""
AWAY = "its bridge says that it is offline"
GONE = "its bridge tells of it no more"
LOG_IN = "log in with an account of the broker: homeport login mqtt"

Told = dict[str, tuple[Config, Unit]]


class House:
    """One broker's devices; it is the wire of its entities."""

    def __init__(
        self,
        connection: Connection,
        link: Link,
        prefix: str,
        writable: Collection[str],
        pressed: Pressed,
    ) -> None:
        self._connection, self._link = connection, link
        self._prefix, self._writable, self._pressed = prefix, writable, pressed
        self._units: dict[str, Unit] = {}
        self._digests: dict[str, bytes] = {}
        self._told: dict[str, Told] = {}
        self._listeners: dict[str, list[tuple[Unit, Entity]]] = {}
        self._spoken: dict[Entity, set[asyncio.Future[bool]]] = {}
        self._changed: dict[str, Unit] = {}
        self._news = asyncio.Event()
        self._full = False
        self._itself = _broker(connection.access.host, connection.access.port)

    async def run(self) -> None:
        """Announce and report until the broker is gone; raise why."""
        try:
            await self._connection.open()
        except errors.NeedsSetup as error:
            access = self._connection.access
            self._link.announce(_broker(access.host, access.port, f"{error.detail}: {LOG_IN}"))
            raise
        self._link.announce(self._itself)
        works = (self._hear(), self._keep_up(), self._connection.keep_checking())
        working = [asyncio.create_task(work) for work in works]
        try:
            done, _ = await asyncio.wait(working, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in working:
                task.cancel()
            await asyncio.gather(*working, return_exceptions=True)

    async def aclose(self) -> None:
        """Leave no timer, no task and no socket."""
        for unit in self._units.values():
            unit.close()
        for waiting in list(self._spoken.values()):
            for future in waiting:
                future.cancel()
        await self._connection.aclose()

    async def order(self, entity: Entity, sends: list[Send]) -> None:
        spoken = asyncio.get_running_loop().create_future()
        self._spoken.setdefault(entity, set()).add(spoken)
        lost = asyncio.ensure_future(self._connection.lost.wait())
        try:
            for send in sends:
                await self._connection.publish(
                    send.topic, send.payload, qos=entity.qos, retain=entity.retain
                )
            if entity.hears:
                await asyncio.wait(
                    (spoken, lost), timeout=SPOKEN_WITHIN, return_when=asyncio.FIRST_COMPLETED
                )
                if lost.done() and not spoken.done():
                    raise errors.TimedOut("the connection broke; it may have happened")
        finally:
            lost.cancel()
            spoken.cancel()
            self._spoken[entity].discard(spoken)
            await asyncio.gather(lost, return_exceptions=True)

    def stirred(self, entity: Entity) -> None:
        unit = self._units.get(entity.config.about.id)
        if unit is not None:
            self._show(unit)

    async def _hear(self) -> None:
        async with aclosing(self._connection.messages()) as messages:
            async for message in messages:
                self._take(message)

    async def _keep_up(self) -> None:
        """Take up what is told, at first all that is retained, and then whatever is new."""
        patterns = (f"{self._prefix}/+/+/config", f"{self._prefix}/+/+/+/config")
        await self._connection.subscribe([(one, 0) for one in patterns])
        await self._connection.caught_up()
        while True:
            changed, self._changed = self._changed, {}
            self._news.clear()
            if changed:
                await self._take_up(list(changed.values()))
            await self._news.wait()
            await self._quiet()

    async def _quiet(self) -> None:
        """Wait until nobody has told anything for a moment, but not for ever."""
        loop = asyncio.get_running_loop()
        until = loop.time() + LONGEST_UNQUIET
        while self._news.is_set() and loop.time() < until:
            self._news.clear()
            try:
                async with asyncio.timeout(QUIET):
                    await self._news.wait()
            except TimeoutError:
                return

    def _take(self, message: Message) -> None:
        at = discovery.place(message.topic, self._prefix)
        if at is not None:
            if self._digests.get(message.topic) != _digest(message.payload):
                self._take_config(message, at)
            return
        if len(message.payload) > LARGEST:
            return
        heard = self._listeners.get(message.topic, ())
        for _, one in heard:
            one.hear(message.topic, message.payload, message.retained)
            for future in self._spoken.get(one, ()) if message.topic in one.hears else ():
                if not future.done():
                    future.set_result(True)
        for unit in {unit.about.id: unit for unit, _ in heard}.values():
            unit.read_batteries()
            self._show(unit)

    def _take_config(self, message: Message, at: discovery.Place) -> None:
        """Take in what a discovery topic tells now, in the place of what it told before."""
        try:
            found = discovery.configs(at, message.payload)
        except Misconfigured as error:
            log.debug("a config on MQTT makes no sense: %s", error)
            found = []
        before = self._told.pop(message.topic, {})
        told = {f"{one.component}/{one.key}": one for one in found}
        for key, (config, unit) in before.items():
            if told.get(key) != config:
                self._drop(unit, key)
        now: Told = {}
        for key, config in told.items():
            owner = self._add(key, config)
            if owner is not None:
                now[key] = (config, owner)
        if now:
            self._told[message.topic] = now
            self._digests[message.topic] = _digest(message.payload)
        else:
            self._digests.pop(message.topic, None)

    def _add(self, key: str, config: Config) -> Unit | None:
        """Add an entity to its device and return that; None where there is no use for it.

        What cannot be understood stays with the device as a problem.
        """
        unit = self._units.get(config.about.id)
        known = None if unit is None else unit.entities.get(key)
        if known is not None and known.config == config:
            return unit
        if config.about.id == self._itself.id or self._is_full():
            return None
        one, reason = None, ""
        try:
            one = entity(config, self)
        except Misconfigured as error:
            reason = str(error)
        except (ValueError, ArithmeticError):
            reason = "it makes no sense"
        if one is None and not reason:
            return None
        unit = self._units.setdefault(config.about.id, Unit(config.about))
        self._drop(unit, key)
        if one is not None:
            unit.entities[key] = one
        else:
            unit.problems[key] = (config, reason)
        return unit

    def _is_full(self) -> bool:
        if sum(unit.size for unit in self._units.values()) < MOST_ENTITIES:
            return False
        if not self._full:
            self._full = True
            log.warning("more than %d entities on MQTT: the rest is left out", MOST_ENTITIES)
        return True

    def _drop(self, unit: Unit, key: str) -> None:
        one = unit.entities.pop(key, None)
        if one is not None:
            one.close()
        unit.problems.pop(key, None)
        self._change(unit)

    def _change(self, unit: Unit) -> None:
        self._changed[unit.about.id] = unit
        self._news.set()

    async def _take_up(self, units: list[Unit]) -> None:
        """Listen to what these devices say, and announce them with what is retained of it."""
        before = set(self._listeners)
        self._listeners = {}
        for unit in self._units.values():
            for one in unit.entities.values():
                for topic in one.topics:
                    self._listeners.setdefault(topic, []).append((unit, one))
        wanted: dict[str, int] = {}
        for unit in units:
            unit.build(self._writable, self._pressed)
            for one in unit.entities.values():
                wanted |= {topic: max(one.qos, wanted.get(topic, 0)) for topic in one.topics}
        await self._connection.subscribe(wanted.items())
        await self._connection.unsubscribe(sorted(before - set(self._listeners)))
        await self._connection.caught_up()
        for unit in units:
            self._announce(unit)
            await asyncio.sleep(0)  # others want their turn between two devices

    def _announce(self, unit: Unit) -> None:
        gone = set(unit.shown) - {device.id for device in unit.devices}
        unit.shown, unit.settled = {}, True
        if not unit.entities and not unit.problems:
            gone |= {device.id for device in unit.devices}
            unit.devices = []
            self._units.pop(unit.about.id, None)
        for id in sorted(gone):
            self._link.vanished(id, GONE)
        self._show(unit)

    def _show(self, unit: Unit) -> None:
        """Tell of every device of a unit that has come or gone since it was told of last."""
        whole = bool(unit.devices) and unit.there(unit.devices[0])
        for device in unit.devices if unit.settled else ():
            there = whole and unit.there(device)
            if unit.shown.get(device.id) is there:
                continue
            if there or device.id not in unit.shown:
                self._link.announce(device)
            if not there:
                self._link.vanished(device.id, AWAY)
            unit.shown[device.id] = there


def _digest(payload: bytes) -> bytes:
    return hashlib.sha256(payload).digest()


def _broker(host: str, port: int, *needs: str) -> Device:
    id, name = device_id("mqtt", f"broker-{host}-{port}"), f"MQTT broker {host}"
    return Device(id, name, maker="", model="MQTT broker", needs=needs)
