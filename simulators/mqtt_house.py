"""The MQTT part of a house: eleven devices of four makes, which speak to a broker over sockets.

Those of Zigbee share one connection, as behind Zigbee2MQTT; each of the others has its own. They
connect again by themselves, and say anew who and how they are whenever they do.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Self

from simulators import mqtt_nodes as nodes
from simulators import mqtt_senses as senses
from simulators import mqtt_things as things
from simulators.mqtt_client import Client
from simulators.mqtt_things import PREFIX, Thing, ignore
from simulators.mqtt_wire import Message

Login = tuple[str, str] | None
BRIDGE = "zigbee2mqtt/bridge/state"


class Group:
    """Things behind one connection, and what the broker says when that breaks."""

    def __init__(self, address: str, port: int, name: str, members: Sequence[Thing]) -> None:
        self._where, self._name, self.members = (address, port), name, members
        self._client: Client | None = None
        self.received: list[tuple[str, str]] = []

    async def start(self, login: Login = None) -> None:
        """Connect."""
        if self._client is not None:
            return
        status, _, away = self._status()
        self._client = Client(
            *self._where,
            self._name,
            login=login,
            will=Message(status, away.encode(), 1, True),
            orders=[topic for one in self.members for topic in one.orders()],
            connected=self._tell,
            heard=self._heard,
        )
        for one in self.members:
            one.say = self._client.publish
        await self._client.start()

    async def stop(self) -> None:
        """Take the power away: the broker tells the will."""
        client, self._client = self._client, None
        for one in self.members:
            one.say = ignore
            if isinstance(one, things.Shade | nodes.GarageDoor):
                one.halt()
        if client is not None:
            await client.stop()

    def _status(self) -> tuple[str, str, str]:
        """Where it says that it is there, and the words for being there and away."""
        first = self.members[0]
        if isinstance(first, nodes.Node):
            return first.status, first.online, first.offline
        return BRIDGE, json.dumps({"state": "online"}), json.dumps({"state": "offline"})

    def _tell(self) -> None:
        assert self._client is not None
        for one in self.members:
            for place, config in one.configs().items():
                self._client.publish(f"{PREFIX}/{place}/config", json.dumps(config))
        topic, here, _ = self._status()
        self._client.publish(topic, here)
        for one in self.members:
            one.tell()

    def _heard(self, topic: str, payload: str) -> None:
        self.received.append((topic, payload))
        for one in self.members:
            if topic in one.orders():
                one.obey(topic, payload)


class MqttHouse:
    """The house before the broker at an address; `login` is a user and a password."""

    def __init__(
        self, address: str = "127.0.77.51", port: int = 1883, *, login: Login = None
    ) -> None:
        self.lamp = things.Lamp("0x00158d0001a2b301", "Reading corner lamp", "reading_lamp")
        self.shade = things.Shade("0x00158d0001a2b302", "Nursery shade", "nursery_shade")
        self.lock = things.DoorLock("0x00158d0001a2b303", "Front door", "front_door")
        self.leak = senses.LeakSensor("0x00158d0001a2b304", "Laundry leak sensor", "laundry_leak")
        self.motion = senses.MotionSensor("0x00158d0001a2b305", "Hallway motion", "hall_motion")
        self.doorbell = senses.Doorbell("0x00158d0001a2b306", "Doorbell", "doorbell")
        self.plug = nodes.MeteredPlug("A1B2C3", "Washing machine", "tasmota_A1B2C3")
        self.thermostat = nodes.Thermostat("study-heat", "Study thermostat", "study-heat")
        self.fan = nodes.CeilingFan("ceiling-fan", "Ceiling fan", "ceiling-fan")
        self.garage = nodes.GarageDoor("garage-door", "Garage door", "garage-door")
        self.pool = nodes.PoolBridge("pool1", "Pool bridge", "pool/1")
        zigbee = (self.lamp, self.shade, self.lock, self.leak, self.motion, self.doorbell)
        alone = (self.plug, self.thermostat, self.fan, self.garage, self.pool)
        self.things: tuple[Thing, ...] = (*zigbee, *alone)
        self.login = login
        self.groups = [Group(address, port, "zigbee2mqtt", zigbee)]
        self.groups += [Group(address, port, one.id, (one,)) for one in alone]

    @property
    def received(self) -> list[tuple[str, str]]:
        """Every (topic, payload) that was told to a device; each connection has kept the order."""
        return [one for group in self.groups for one in group.received]

    def group(self, thing: Thing) -> Group:
        """The connection that a thing is behind."""
        return next(group for group in self.groups if thing in group.members)

    async def start(self) -> None:
        """Give all of them power."""
        for group in self.groups:
            await group.start(self.login)

    async def stop(self) -> None:
        """Take it from them, and leave no socket and no task behind."""
        for group in self.groups:
            await group.stop()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.stop()
