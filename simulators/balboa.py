"""A simulated spa with a Balboa control and its Wi-Fi module: TCP 4257, UDP 30303.

Follows ccutrer/balboa_worldwide_app, doc/protocol.md and issue 9 there (the blower's bits), for
frames, status and toggles; the layout of the configuration answers is that which pybalboa 1.1.4
reads. Own work, which has met pybalboa and no spa. The panel takes any temperature that it is
told, so that a test sees who kept the limits. Unverified on hardware: which byte a second
blower would be in, that the range changes the target at once, and the mode after READY_IN_REST.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import chain

from simulators.box import Box, Line

PORT, PROBE_PORT = 4257, 30303
PROBE = b"Discovery"
MARK = 0x7E
CLIENT, ALL = b"\x0a\xbf", b"\xff\xaf"

PRESENT, TOGGLE, STATUS, SET_TEMPERATURE, REQUEST = 0x04, 0x11, 0x13, 0x20, 0x22
FILTER, SYSTEM, SETUP, DEVICES, MODULE = 0x23, 0x24, 0x25, 0x2E, 0x94
QUESTIONS = {0x00: DEVICES, 0x01: FILTER, 0x02: SYSTEM, 0x04: SETUP}
READS = (PRESENT, REQUEST)

BLOWER, RANGE, HEAT_MODE = 0x0C, 0x50, 0x51
ITEMS = {f"pump{number}": 0x03 + number for number in range(1, 7)}
ITEMS |= {f"light{number}": 0x10 + number for number in range(1, 5)}
ITEMS |= {"blower": BLOWER, "range": RANGE, "heat": HEAT_MODE}
CODES = {code: item for item, code in ITEMS.items()}

READY, REST, READY_IN_REST = 0, 1, 2
NEXT_MODE = {READY: REST, REST: READY, READY_IN_REST: REST}
LOW, HIGH = 0, 1
FAHRENHEIT_RANGES = ((50, 99), (80, 104))
CRC_START, CRC_POLYNOMIAL, CRC_FINAL = 0xB5, 0x07, 0x02
DEGREES_PER_MINUTE = 0.1


class Spa(Box):
    """A spa; `received` has every message that was more than a question, type and arguments.

    `pumps` are the speeds of each pump. Temperatures are in the panel's unit; `every` is the
    time between two messages of its state, in seconds.
    """

    def __init__(
        self,
        address: str,
        broadcast: str | None = None,
        *,
        name: str = "BP6013G1",
        port: int = PORT,
        mac: str = "00:15:27:00:00:01",
        pumps: Sequence[int] = (2, 1),
        blower: bool = True,
        lights: int = 1,
        circulation: bool = True,
        celsius: bool = False,
        every: float = 1.0,
    ) -> None:
        super().__init__(address, broadcast, port=port, probe_port=PROBE_PORT)
        self.name, self.mac = name, bytes.fromhex(mac.replace(":", ""))
        self.speeds = tuple(pumps)
        self.pumps = [0] * len(self.speeds)
        self.has_blower, self.blower = blower, 0
        self.lights = [0] * lights
        self.has_circulation, self.circulating = circulation, circulation
        self.celsius, self.every = celsius, every
        self.water = 36.0 if celsius else 97.0
        self.targets = [26.5, 37.0] if celsius else [80.0, 99.0]
        self.range, self.heat_mode = HIGH, READY
        self.received: list[bytes] = []

    @property
    def target(self) -> float:
        """What the water is to become in the present range."""
        return self.targets[self.range]

    @property
    def heating(self) -> bool:
        """Whether the heater burns."""
        return self.heat_mode == READY and self.water < self.target

    def press(self, item: str) -> None:
        """Press a key of the panel: pump1, light1, blower, range or heat."""
        self._toggle(ITEMS[item])

    def set_temperature(self, degrees: float) -> None:
        """Turn the target up or down at the panel."""
        self.targets[self.range] = degrees

    def answer_probe(self, datagram: bytes) -> bytes | None:
        mac = "-".join(f"{byte:02X}" for byte in self.mac)
        return f"BWGSPA\r\n{mac}\r\n".encode() if datagram == PROBE else None

    def take(self, line: Line) -> None:
        for body in taken(line.received):
            if len(body) < 3:
                raise ValueError("a message without a type")
            line.write(b"".join(self._obey(body[2], body[3:])))

    async def work(self) -> None:
        """Say all the time how things stand, and get warmer meanwhile."""
        while True:
            status = framed(ALL + bytes([STATUS]) + self._status())
            for line in list(self.lines):
                line.write(status)
            await asyncio.sleep(self.every)
            if self.heating:
                self.water += DEGREES_PER_MINUTE * self.every / 60

    def _obey(self, kind: int, arguments: bytes) -> list[bytes]:
        if kind not in READS:
            self.received.append(bytes([kind]) + arguments)
        if kind == PRESENT:
            return [self._answer(MODULE)]
        if kind == REQUEST and arguments and arguments[0] in QUESTIONS:
            return [self._answer(QUESTIONS[arguments[0]])]
        if kind == SET_TEMPERATURE and arguments:
            self.set_temperature(arguments[0] / 2 if self.celsius else arguments[0])
        elif kind == TOGGLE and arguments:
            self._toggle(arguments[0])
        return []

    def _toggle(self, code: int) -> None:
        item = CODES.get(code, "")
        number = int(item[-1]) - 1 if item[-1:].isdigit() else 0
        if item.startswith("pump") and number < len(self.pumps):
            self.pumps[number] = (self.pumps[number] + 1) % (self.speeds[number] + 1)
        elif item.startswith("light") and number < len(self.lights):
            self.lights[number] ^= 1
        elif code == BLOWER and self.has_blower:
            self.blower ^= 1
        elif code == RANGE:
            self.range ^= 1
        elif code == HEAT_MODE:
            self.heat_mode = NEXT_MODE[self.heat_mode]

    def _answer(self, kind: int) -> bytes:
        answers = {
            MODULE: bytes([2, 2, 0x80]) + self.mac + bytes(8) + extended(self.mac),
            DEVICES: self._devices(),
            FILTER: bytes([20, 0, 2, 0, 0x80 | 8, 0, 1, 30]),
            SYSTEM: self._system(),
            SETUP: self._setup(),
        }
        return framed(CLIENT + bytes([kind]) + answers[kind])

    def _setup(self) -> bytes:
        fitted = (1 << len(self.pumps)) - 1
        return bytes([0, 0, *chain.from_iterable(FAHRENHEIT_RANGES), 0, fitted, 0])

    def _system(self) -> bytes:
        name = self.name.encode("ascii").ljust(8)[:8]
        return bytes([100, 226, 37, 0]) + name + bytes([2, 0x1B, 0x45, 0x67, 0x46, 1, 10, 4, 0])

    def _devices(self) -> bytes:
        blower = int(self.has_blower)
        return bytes(
            [
                packed(self.speeds[:4]),
                0,
                packed([1] * len(self.lights)),
                blower | (0x80 if self.has_circulation else 0),
                0,
                0,
            ]
        )

    def _status(self) -> bytes:
        factor = 2 if self.celsius else 1
        said = bytearray(24)
        said[2] = int(self.water * factor)
        said[3], said[4] = 12, 30
        said[5] = self.heat_mode
        said[9] = int(self.celsius)
        said[10] = self.range << 2 | int(self.heating) << 4
        said[11] = packed(self.pumps)
        said[13] = (0x02 if self.circulating else 0) | self.blower << 2
        said[14] = packed([3 * light for light in self.lights])
        said[20] = int(self.target * factor)
        return bytes(said)


def extended(mac: bytes) -> bytes:
    """A MAC as eight bytes."""
    return mac[:3] + b"\xff\xff" + mac[3:]


def packed(values: Sequence[int]) -> int:
    """Four values of two bits, the first one lowest."""
    return sum(value << 2 * place for place, value in enumerate(values))


def checksum(data: bytes) -> int:
    """The CRC-8 of a frame's length and body."""
    crc = CRC_START
    for byte in (*data, 0):
        for place in range(7, -1, -1):
            carry = crc & 0x80
            crc = (crc << 1) & 0xFF | byte >> place & 1
            crc ^= CRC_POLYNOMIAL if carry else 0
    return crc ^ CRC_FINAL


def framed(body: bytes) -> bytes:
    """A frame as it goes over the wire; its length counts itself, the body and the CRC."""
    counted = bytes([len(body) + 2]) + body
    return bytes([MARK]) + counted + bytes([checksum(counted), MARK])


def taken(received: bytearray) -> list[bytes]:
    """The bodies of the whole frames at the front, which are taken off; a wrong CRC is dropped."""
    bodies: list[bytes] = []
    while True:
        while received and (received[0] != MARK or received[1:2] == bytes([MARK])):
            del received[0]
        if len(received) < 2 or len(received) < received[1] + 2:
            return bodies
        size = received[1]
        counted, crc = bytes(received[1:size]), received[size]
        del received[: size + 2]
        if checksum(counted) == crc:
            bodies.append(counted[1:])
