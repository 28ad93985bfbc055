"""Brokers, clients and homes for the tests of MQTT."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from adapters.mqtt import MqttAdapter, MqttSettings
from adapters.mqtt_discovery import configs, place
from adapters.mqtt_entity import Entity, Send
from adapters.mqtt_unit import Unit, entity
from gateway.adapter import Network, Sighting
from gateway.device import Device
from gateway.entry import Entry
from gateway.links import Links
from gateway.registry import Registry
from gateway.session import Session
from simulators.mqtt_broker import Broker
from simulators.mqtt_wire import Message
from tests.incore import house

ADDRESS = "127.0.76.75"
NETWORK = Network("127.0.0.1", "127.255.255.255")
WITHIN = 10.0


class Told:
    """A wire that leads nowhere: it keeps what entities send."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []

    async def order(self, entity: Entity, sends: list[Send]) -> None:
        self.sent += [(send.topic, send.payload) for send in sends]

    def stirred(self, entity: Entity) -> None:
        return


class Bench:
    """One device made of its configs, without a broker."""

    def __init__(self, *told: Mapping[str, Any], writable: tuple[str, ...] = ()) -> None:
        self.wire, self.unit = Told(), Unit.__new__(Unit)
        for number, one in enumerate(told):
            own = {"unique_id": f"e{number}", "device": {"identifiers": ["d1"], "name": "Thing"}}
            at = place(f"homeassistant/{one['platform']}/d1/e{number}/config", "homeassistant")
            assert at is not None
            (config,) = configs(at, json.dumps(own | dict(one)).encode())
            if number == 0:
                self.unit = Unit(config.about)
            made = entity(config, self.wire)
            if made is not None:
                self.unit.entities[f"{config.component}/{config.key}"] = made
        self.unit.build(writable, {})

    @property
    def device(self) -> Device:
        return self.unit.devices[0]

    @property
    def sent(self) -> list[tuple[str, str]]:
        return self.wire.sent

    def capability(self, kind: str) -> Any:
        return self.device.capabilities[kind]

    def hear(self, topic: str, payload: Any, *, retained: bool = False) -> None:
        """Let a message come in."""
        text = payload if isinstance(payload, str) else json.dumps(payload)
        for one in self.unit.entities.values():
            if topic in one.topics:
                one.hear(topic, text.encode(), retained)

    def shows(self, kind: str) -> dict[str, Any]:
        """What is known of a capability."""
        state = self.capability(kind).state
        return {} if state is None else dict(state.model_dump(exclude_none=True))


class Home:
    """A home that is served by the adapter alone."""

    def __init__(
        self, registry: Registry, links: Links, session: Session, adapter: MqttAdapter
    ) -> None:
        self.registry, self.links, self.session = registry, links, session
        self.adapter = adapter
        self._reported = asyncio.Event()
        registry.on_report(lambda entry, kind, before: self._reported.set())
        registry.on_presence(lambda entry, word: self._reported.set())

    def entry(self, id: str) -> Entry:
        entry = self.registry.get(id)
        assert entry is not None, sorted(one.id for one in self.registry)
        return entry

    def online(self, *ids: str) -> bool:
        entries = [self.registry.get(id) for id in ids]
        return all(entry is not None and entry.online for entry in entries)

    def shows(self, id: str, kind: str) -> dict[str, Any]:
        seen = self.entry(id).observed.get(kind)
        return {} if seen is None else dict(seen.values)

    async def until(self, condition: Callable[[], bool], within: float = WITHIN) -> None:
        """Return as soon as it is so."""
        async with asyncio.timeout(within):
            while not condition():
                self._reported.clear()
                try:
                    async with asyncio.timeout(0.02):
                        await self._reported.wait()
                except TimeoutError:
                    continue


@asynccontextmanager
async def home(
    state: Path, *, address: str = ADDRESS, port: int = 1883, **settings: Any
) -> AsyncIterator[Home]:
    """Serve one broker in a home of its own."""
    chosen = MqttSettings.model_validate({"keepalive": 2} | settings)
    adapter = MqttAdapter(chosen, NETWORK)
    adapter.folder = state / "adapters" / "mqtt"
    await asyncio.to_thread(state.mkdir, exist_ok=True)
    async with house(state) as opened:
        links = Links(opened.home.registry, [adapter])
        try:
            links.heard(Sighting("configured", address, port, "mqtt"))
            yield Home(opened.home.registry, links, await opened.session(), adapter)
        finally:
            await links.aclose()


def tell(broker: Broker, topic: str, payload: Any, *, retain: bool = True) -> None:
    """Publish something at the broker."""
    text = payload if isinstance(payload, str) else json.dumps(payload)
    broker.publish(Message(topic, text.encode(), 1, retain))


def switch(number: int, of: str = "d1", **more: Any) -> dict[str, Any]:
    """The config of an outlet."""
    return {
        "name": f"Outlet {number}",
        "unique_id": f"{of}_o{number}",
        "device_class": "outlet",
        "state_topic": f"{of}/{number}",
        "command_topic": f"{of}/{number}/set",
        "device": {"identifiers": [of], "name": of},
    } | more
