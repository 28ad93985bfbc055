"""What a ScreenLogic protocol adapter says, as bytes.

The order and width of the fields are those that screenlogicpy 0.10 reads and sends (facts of a
format; nothing of its code is here). All numbers are little-endian but those of a chemistry
answer. What the library calls unknown is 0 here.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

HELLO = b"CONNECTSERVERHOST\r\n\r\n"
HEADER = struct.Struct("<HHI")
FOUND, FOUND_HEADER = 2, struct.Struct("<I4BH2B")

CHALLENGE, PING, LOGIN, DATE, VERSION = 14, 16, 27, 8110, 8120
REJECTED, INVALID, BAD = 13, 30, 31
STATUS_CHANGED, CHEMISTRY_CHANGED = 12500, 12505
ADD_CLIENT, REMOVE_CLIENT, STATUS, SET_TEMPERATURE = 12522, 12524, 12526, 12528
PRESS, CONFIG, SET_HEAT, SALT_CELL, PUMP, CHEMISTRY = 12530, 12532, 12538, 12572, 12584, 12592

OFF, SOLAR, SOLAR_PREFERRED, HEATER = range(4)
SPA_FUNCTION, POOL_FUNCTION, LIGHT_FUNCTION, COLOR_FUNCTION, GENERIC_FUNCTION = 1, 2, 7, 16, 0
HAS_SOLAR, HAS_SALT_CELL, HAS_PUMP, HAS_CHEMISTRY = 0x1, 0x4, 0x10, 0x8000
EASYTOUCH_8 = (13, 0)


@dataclass
class Body:
    """Water: what is measured, what it is to become and by what, in the controller's degrees."""

    kind: int
    temperature: int
    target: int
    low: int
    high: int
    heat: int = OFF
    burning: int = 0


@dataclass
class Circuit:
    """A relay, with the number and the name that its owner knows it by."""

    id: int
    name: str
    function: int = GENERIC_FUNCTION
    on: bool = False
    interface: int = 0


@dataclass
class Pump:
    """A pump that tells its speed, which goes with a circuit."""

    circuit: int
    watts: int = 900
    rpm: int = 2400


@dataclass
class Chemistry:
    """What probes in the water say."""

    ph: float = 7.4
    orp: int = 680
    salt: int = 3200


def message(number: int, code: int, data: bytes = b"") -> bytes:
    """A message as it goes over the wire."""
    return HEADER.pack(number, code, len(data)) + data


def taken(received: bytearray) -> list[tuple[int, int, bytes]]:
    """The whole messages at the front, which are taken off: number, code and data."""
    messages = []
    while len(received) >= HEADER.size:
        number, code, size = HEADER.unpack_from(received)
        if len(received) < HEADER.size + size:
            break
        messages.append((number, code, bytes(received[HEADER.size : HEADER.size + size])))
        del received[: HEADER.size + size]
    return messages


def text(words: str) -> bytes:
    """A string: its length, and its bytes to a multiple of four."""
    said = words.encode()
    return struct.pack("<I", len(said)) + said + bytes(-len(said) % 4)


def found(address: str, port: int, name: str) -> bytes:
    """The answer to a broadcast."""
    place = map(int, address.split("."))
    return FOUND_HEADER.pack(FOUND, *place, port, 2, 12) + name.encode().ljust(28, b"\0")


def config(
    bodies: Sequence[Body], circuits: Iterable[Circuit], celsius: bool, equipment: int
) -> bytes:
    """How the pool is built."""
    bounds = [bound for body in bodies for bound in (body.low, body.high)]
    listed = list(circuits)
    said = struct.pack("<I4B", 100, *bounds)
    said += struct.pack("<4BI", celsius, *EASYTOUCH_8, 0, equipment)
    said += text("Water Features") + struct.pack("<I", len(listed))
    for place, circuit in enumerate(listed):
        said += struct.pack("<i", circuit.id) + text(circuit.name)
        said += struct.pack("<4B", 0, circuit.function, circuit.interface, 0)
        said += struct.pack("<4BH2B", 0, 0, 0, place + 1, 720, 0, 0)
    said += struct.pack("<I", 1) + text("White") + struct.pack("<3I", 255, 255, 255)
    return said + bytes([0x86, *bytes(7)]) + struct.pack("<2I", 127, 0)


def status(
    bodies: Sequence[Body], circuits: Iterable[Circuit], air: int, chemistry: Chemistry
) -> bytes:
    """How things stand."""
    listed = list(circuits)
    said = struct.pack("<I8Bi", 1, *bytes(8), air) + struct.pack("<I", len(bodies))
    for body in bodies:
        said += struct.pack("<Ii", body.kind, body.temperature)
        said += struct.pack("<4i", body.burning, body.target, body.high, body.heat)
    said += struct.pack("<I", len(listed))
    for circuit in listed:
        said += struct.pack("<2I4B", circuit.id, circuit.on, 0, 0, 0, 0)
    hundredths, fifties = round(chemistry.ph * 100), chemistry.salt // 50
    return said + struct.pack("<7i", hundredths, chemistry.orp, 0, fifties, 3, 3, 0)


def pump(one: Pump, device: int, on: bool) -> bytes:
    """What a pump does."""
    doing = (one.watts, one.rpm) if on else (0, 0)
    said = struct.pack("<7I", 2, on, *doing, 0, 255, 255)
    return said + struct.pack("<3I", device, one.rpm, 1) + struct.pack("<3I", 0, 0, 0) * 7


def chemistry(probes: Chemistry) -> bytes:
    """What the chemistry controller measures."""
    said = struct.pack("<IB", 42, 0)
    said += struct.pack(">4H", round(probes.ph * 100), probes.orp, 740, 700)
    said += struct.pack(">2I2H", 60, 30, 10, 5)
    said += struct.pack(">3B3H", 3, 3, 0, 300, 40, 80)
    said += struct.pack("<B", probes.salt // 50)
    return said + bytes(12)
