"""Pentair pool controllers with a ScreenLogic protocol adapter, by screenlogicpy 0.10 (GPL-3.0).

The controller tells of its changes; pumps are asked. A body of water is one device: its
temperature is `water`, the circuit that runs its pump is `switch`. Colour lights are turned on
and off, no more.
"""

from collections.abc import Iterator
from typing import Any

from pydantic import Field

from adapters.screenlogic_line import PORT, PROBE_PORT, QUESTION, Line, port_of, port_told
from adapters.screenlogic_offers import (
    OnCircuit,
    PoolLight,
    PoolPump,
    PoolSwitch,
    PoolWater,
    Probes,
    PumpPower,
    value,
)
from gateway.adapter import Adapter, AdapterSettings, Announced, Link, Probe, Sighting
from gateway.capability import Capability
from gateway.device import Device, device_id

SPA_FUNCTION, POOL_FUNCTION = 1, 2
LAMP_FUNCTIONS = frozenset({7, 8, 9, 10, 11, 12, 16, 17, 18})
HIDDEN_INTERFACES = frozenset({5, 6})
NO_PUMP = 0


class ScreenLogicSettings(AdapterSettings):
    """A controller tells of its changes by itself, its pumps do not."""

    poll: float = Field(10.0, gt=0, le=20)
    """Seconds between two looks at a controller and its pumps."""


class Pool:
    """Everything behind one controller: its devices, made anew from what they are called now."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.offers: dict[str, list[Any]] = {"": [Probes(line)], **dict(_bodies(line))}
        self.offers |= dict(_circuits(line)) | dict(_pumps(line))
        line.on_news = self.read

    def read(self) -> None:
        """Report how things stand."""
        for offers in self.offers.values():
            for offer in offers:
                offer.read()

    def devices(self) -> list[Device]:
        """Return the controller, and as its parts the bodies, circuits and pumps."""
        mac = "".join(filter(str.isalnum, self.line.mac.lower()))
        model = str(value(self.line.data, "controller", "model"))
        whole = device_id("screenlogic", mac)
        devices = []
        for part, offers in self.offers.items():
            device = Device(
                f"{whole}-{part}" if part else whole,
                self._name(offers[0]),
                maker="Pentair",
                model=model,
                part_of=whole if part else None,
                connections=() if part else (f"mac:{mac}",),
            )
            for offer in offers:
                device.offer(offer, **offer.limits())
            devices.append(device)
        return devices

    def _name(self, offer: Capability) -> str:
        match offer:
            case PoolWater():
                return "Spa" if offer.is_spa else "Pool"
            case PoolPump():
                return str(offer.pump["state"]["name"])
            case OnCircuit():
                return str(self.line.data["circuit"][offer.circuit]["name"])
        return "Pool controller"


class ScreenLogicAdapter(Adapter[ScreenLogicSettings]):
    """Pools of Pentair's EasyTouch and IntelliTouch."""

    name = "screenlogic"
    settings_type = ScreenLogicSettings
    library = "screenlogicpy"
    port = PORT
    probes = (Probe("screenlogic", PROBE_PORT, lambda: QUESTION),)

    def claims(self, sighting: Sighting) -> bool:
        return sighting.source != "broadcast" or port_told(sighting) is not None

    async def serve(self, at: Sighting, link: Link) -> None:
        line = Line(at.address, await port_of(at))
        try:
            await line.open()
            pool, announced = Pool(line), Announced(link)
            pool.read()
            while True:
                announced.tell(pool.devices())
                await line.ended(self.settings.poll)
                await line.update()
        finally:
            await line.aclose()


def _bodies(line: Line) -> Iterator[tuple[str, list[Any]]]:
    for number, body in line.data["body"].items():
        function = SPA_FUNCTION if body["body_type"] else POOL_FUNCTION
        circuit = next(
            (id for id, one in line.data["circuit"].items() if one["function"] == function), None
        )
        switch = [] if circuit is None else [PoolSwitch(line, circuit)]
        # a body that is not in its usual place could be taken for the other one
        if number == body["body_type"]:
            yield (
                "spa" if body["body_type"] else "pool",
                [PoolWater(line, number, circuit), *switch],
            )


def _circuits(line: Line) -> Iterator[tuple[str, list[Any]]]:
    for id, circuit in line.data["circuit"].items():
        of_a_body = circuit["function"] in (SPA_FUNCTION, POOL_FUNCTION)
        if not of_a_body and circuit["interface"] not in HIDDEN_INTERFACES:
            lamp = circuit["function"] in LAMP_FUNCTIONS
            yield str(id), [PoolLight(line, id) if lamp else PoolSwitch(line, id)]


def _pumps(line: Line) -> Iterator[tuple[str, list[Any]]]:
    for number in line.pumps():
        if line.data["pump"][number]["type"] != NO_PUMP:
            pump = PoolPump(line, number)
            yield f"pump-{number + 1}", [pump, PumpPower(pump)]
