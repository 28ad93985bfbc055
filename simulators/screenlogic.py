"""A simulated Pentair pool controller behind a ScreenLogic protocol adapter: TCP 80, UDP 1444.

`screenlogic_wire` says where the format is from. Own work, which has met screenlogicpy and no
pool. The controller takes any temperature that it is told, so that a test sees who kept the
limits. Unverified on hardware: what it answers to a request before the login, that it answers a
datagram that was sent to it alone, and how soon it tells its clients of a change.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Iterable

from simulators import screenlogic_wire as wire
from simulators.box import Box, Line
from simulators.screenlogic_wire import Body, Chemistry, Circuit, Pump

PORT, PROBE_PORT = 80, 1444
PROBE = bytes([1, *bytes(7)])
POOL, SPA = 0, 1
SPA_CIRCUIT, POOL_CIRCUIT = 500, 505
TICK = 5.0

WRITES = (wire.PRESS, wire.SET_TEMPERATURE, wire.SET_HEAT)
BEFORE_LOGIN = (wire.CHALLENGE, wire.LOGIN)
EMPTY = (wire.PING, wire.LOGIN)


def usual_circuits() -> list[Circuit]:
    """A pool with a spa, two lights and a waterfall."""
    return [
        Circuit(SPA_CIRCUIT, "Spa", wire.SPA_FUNCTION),
        Circuit(501, "Waterfall"),
        Circuit(502, "Pool Light", wire.COLOR_FUNCTION),
        Circuit(503, "Deck Lights", wire.LIGHT_FUNCTION),
        Circuit(504, "Aux 4", interface=5),
        Circuit(POOL_CIRCUIT, "Pool", wire.POOL_FUNCTION, on=True),
    ]


class PoolController(Box):
    """A controller; `received` has every write that reached it, its code and its numbers.

    Temperatures are whole degrees of the controller's unit.
    """

    def __init__(
        self,
        address: str,
        broadcast: str | None = None,
        *,
        name: str | None = None,
        port: int = PORT,
        mac: str = "00:C0:33:00:00:01",
        celsius: bool = False,
        solar: bool = True,
        intellichem: bool = True,
        circuits: Iterable[Circuit] | None = None,
    ) -> None:
        super().__init__(address, broadcast, port=port, probe_port=PROBE_PORT)
        self.mac = mac.upper().replace(":", "-")
        self.name = name or f"Pentair: {self.mac[-8:]}"
        self.celsius = celsius
        self.circuits = {one.id: one for one in circuits or usual_circuits()}
        low, high = (5, 40) if celsius else (40, 104)
        pool, spa = (27, 36) if celsius else (80, 96)
        self.pool = Body(POOL, pool - 2, pool, low, high)
        self.spa = Body(SPA, spa - 4, spa, low, high)
        self.air = 24 if celsius else 75
        self.chemistry = Chemistry()
        self.pumps = [Pump(POOL_CIRCUIT)]
        self.equipment = wire.HAS_SALT_CELL | wire.HAS_PUMP
        self.equipment |= wire.HAS_SOLAR if solar else 0
        self.equipment |= wire.HAS_CHEMISTRY if intellichem else 0
        self.received: list[tuple[int, tuple[int, ...]]] = []
        self.clients: dict[Line, int] = {}
        self._greeted: set[Line] = set()
        self._logged_in: set[Line] = set()

    @property
    def bodies(self) -> tuple[Body, Body]:
        """The pool and the spa."""
        return self.pool, self.spa

    def turn(self, circuit: int, on: bool) -> None:
        """Turn a circuit on or off at the controller."""
        self.circuits[circuit].on = on
        self.changed()

    def set_temperature(self, body: int, degrees: int) -> None:
        """Set what a body is to become, at the controller."""
        self.bodies[body].target = degrees
        self.changed()

    def measure(self, body: int, degrees: int) -> None:
        """Have the probe of a body measure another temperature."""
        self.bodies[body].temperature = degrees
        self.changed()

    def changed(self) -> None:
        """Tell the clients how things stand."""
        self._burn()
        self._tell(wire.STATUS_CHANGED, self._status())

    def tell_chemistry(self) -> None:
        """Tell the clients what the probes say."""
        self._tell(wire.CHEMISTRY_CHANGED, wire.chemistry(self.chemistry))
        self.changed()

    def answer_probe(self, datagram: bytes) -> bytes | None:
        return wire.found(self.address, self.port, self.name) if datagram == PROBE else None

    def take(self, line: Line) -> None:
        if line not in self._greeted:
            if len(line.received) < len(wire.HELLO):
                return
            if not line.received.startswith(wire.HELLO):
                raise ValueError("no greeting")
            del line.received[: len(wire.HELLO)]
            self._greeted.add(line)
        for number, code, data in wire.taken(line.received):
            self._take(line, number, code, data)

    async def work(self) -> None:
        """Get warmer, slowly, where a heater burns."""
        while True:
            await asyncio.sleep(TICK)
            for body in self.bodies:
                if body.burning and body.temperature < body.target:
                    self.measure(body.kind, body.temperature + 1)

    async def unplug(self) -> None:
        await super().unplug()
        for known in (self._greeted, self._logged_in, self.clients):
            known.clear()

    def _take(self, line: Line, number: int, code: int, data: bytes) -> None:
        try:
            code, data = self._answer(line, code, data)
        except (struct.error, LookupError):
            code, data = wire.BAD, b""
        line.write(wire.message(number, code, data))
        if code - 1 in WRITES:
            self.changed()

    def _answer(self, line: Line, code: int, data: bytes) -> tuple[int, bytes]:
        """Return the code and the data of an answer."""
        if code not in BEFORE_LOGIN and line not in self._logged_in:
            return wire.REJECTED, b""
        if code in WRITES:
            self._write(code, struct.unpack("<3I", data))
            return code + 1, b""
        if code == wire.LOGIN:
            self._logged_in.add(line)
        elif code in (wire.ADD_CLIENT, wire.REMOVE_CLIENT):
            _, client = struct.unpack("<2I", data)
            self.clients.pop(line, None)
            if code == wire.ADD_CLIENT:
                self.clients[line] = client
            return code + 1, b""
        said = b"" if code in EMPTY else self._reading(code, data)
        return (wire.INVALID, b"") if said is None else (code + 1, said)

    def _reading(self, code: int, data: bytes) -> bytes | None:
        match code:
            case wire.CHALLENGE:
                return wire.text(self.mac)
            case wire.VERSION:
                return wire.text("POOL: 5.2 Build 738.0 Rel")
            case wire.CONFIG:
                every = self.circuits.values()
                return wire.config(self.bodies, every, self.celsius, self.equipment)
            case wire.STATUS:
                return self._status()
            case wire.CHEMISTRY:
                return wire.chemistry(self.chemistry)
            case wire.PUMP:
                return self._pump(struct.unpack("<2I", data)[1])
        return None

    def _write(self, code: int, numbers: tuple[int, ...]) -> None:
        _, which, value = numbers
        self.received.append((code, numbers))
        if code == wire.PRESS:
            self.circuits[which].on = bool(value)
        elif code == wire.SET_TEMPERATURE:
            self.bodies[which].target = value
        else:
            self.bodies[which].heat = value

    def _burn(self) -> None:
        for body, circuit in ((self.pool, POOL_CIRCUIT), (self.spa, SPA_CIRCUIT)):
            runs = circuit in self.circuits and self.circuits[circuit].on
            wants = runs and body.heat != wire.OFF and body.temperature < body.target
            body.burning = (1 if body.heat == wire.SOLAR else 2) if wants else 0

    def _status(self) -> bytes:
        return wire.status(self.bodies, self.circuits.values(), self.air, self.chemistry)

    def _pump(self, number: int) -> bytes:
        one = self.pumps[number]
        device = list(self.circuits).index(one.circuit) + 1
        return wire.pump(one, device, self.circuits[one.circuit].on)

    def _tell(self, code: int, data: bytes) -> None:
        for line in self.lines & self.clients.keys():
            line.write(wire.message(0x8000, code, data))
