"""A simulated spa with Gecko's in.touch2: a transmitter in the house, by radio a pack at the tub.

It speaks UDP 10022 as geckolib 0.4.20 reads and writes it; the maker has published nothing. Whoever
says `<HELLO>1</HELLO>` is told who it is; the rest are packets between two names. `gecko_pack` says
what the pack keeps and shows. Unverified on hardware: a key of a pump with two speeds goes from off
to slow to fast, an unknown verb is met with silence, and changes are not told again where nobody
has acknowledged them.
"""

from __future__ import annotations

import asyncio
import re
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from simulators import gecko_pack as pack
from simulators.gecko_pack import Block, Place
from simulators.mains import Mains

PORT = 10022
LONGEST = 8192
SEGMENT = 39
MOST_CLIENTS = 8
WARMS_BELOW = 0.5
PACKET = re.compile(
    rb"<PACKT><SRCCN>(.*?)</SRCCN><DESCN>(.*?)</DESCN><DATAS>(.*)</DATAS></PACKT>", re.DOTALL
)
SEARCH, RADIO_LOST = b"<HELLO>1</HELLO>", b"RFERR"
FILES = b"FILES,inYT_C50.xml,inYT_S50.xml"
PACK_TYPE, CONFIG, LOG, PRESS, SET = 10, 50, 50, 57, 70

Address = tuple[str, int]


class Order(NamedTuple):
    """What arrived: a key that was pressed, or bytes that were set at a position."""

    name: str
    at: int
    data: bytes = b""


class Spa(Mains):
    """One spa; its state outlives its power. `received` has every order, also those it refused."""

    def __init__(
        self,
        address: str,
        broadcast: str | None = None,
        *,
        name: str = "Spa",
        port: int = PORT,
        mac: str | None = None,
        wired: tuple[str, ...] = ("P1", "P2", "BL", "LI"),
        unit: str = "C",
    ) -> None:
        self.address, self.broadcast, self.port, self.name = address, broadcast, port, name
        self.mac = mac or ":".join(f"{byte:02x}" for byte in (2, *socket.inet_aton(address), 0))
        self.wired = wired
        self.received: list[Order] = []
        self.radio = True
        """Whether the transmitter in the house reaches the pack."""
        self.acknowledges = True
        """Whether it says that an order has arrived; it obeys all the same."""
        self.tells = True
        """Whether it tells of its changes."""
        self.files = FILES
        """By which tables its memory is to be read."""
        self.block = Block(wired)
        self.block.put_word(pack.UNITS, unit)
        self.block.put_degrees(pack.LOWEST, 10)
        self.block.put_degrees(pack.HIGHEST, 40)
        self.block.put_degrees(pack.SHOWN_TEMPERATURE, 36)
        self.block.put_degrees(pack.SETPOINT, 36)
        self._settle()
        self._ears: list[socket.socket] = []
        self.clients: dict[bytes, Address] = {}
        """Who listens, by their own names."""

    @property
    def identity(self) -> bytes:
        """What it is called on the wire."""
        return f"SPA{self.mac}".encode("latin1")

    @property
    def target(self) -> float:
        """°C; setting it is turning it at the keypad."""
        return self.block.degrees(pack.SETPOINT)

    @target.setter
    def target(self, celsius: float) -> None:
        self._change(lambda: self.block.put_degrees(pack.SETPOINT, celsius))

    @property
    def water(self) -> float:
        """The water's temperature, °C."""
        return self.block.degrees(pack.SHOWN_TEMPERATURE)

    @water.setter
    def water(self, celsius: float) -> None:
        self._change(lambda: self.block.put_degrees(pack.SHOWN_TEMPERATURE, celsius))

    @property
    def heating(self) -> bool:
        """Whether the heater burns."""
        return self.block.get(pack.HEATING) > 0

    @property
    def unit(self) -> str:
        """What the keypad shows degrees in, C or F."""
        return self.block.word(pack.UNITS)

    @unit.setter
    def unit(self, unit: str) -> None:
        self._change(lambda: self.block.put_word(pack.UNITS, unit))

    def does(self, key: str) -> str:
        """Return what P1, P2, P5, BL or LI is doing: OFF, LO, HI or ON."""
        return self.block.word(pack.DEMANDS[key])

    def turn(self, key: str, word: str) -> None:
        """Set P1, P2, P5, BL or LI at the tub."""
        self._change(lambda: self.block.put_word(pack.DEMANDS[key], word))

    def note(self, place: Place, value: int) -> None:
        """Let ECONOMY, CLEANING, PURGING or NO_TEMPERATURE begin (1) or end (0)."""
        self._change(lambda: self.block.put(place, value))

    def press(self, key: int) -> None:
        """Press a key: what it belongs to goes one step on, and from the last to off."""
        name = pack.KEYS.get(key)
        if name in self.wired:
            place = pack.DEMANDS[name]
            step = (self.block.get(place) + 1) % len(place.words)
            self._change(lambda: self.block.put(place, step))

    def say(self, words: bytes) -> None:
        """Tell everybody who listens something, sense or not."""
        for client in list(self.clients):
            self._tell(words, client)

    async def plug_in(self) -> None:
        """Listen on its address and, where it has one, on its broadcast address."""
        if self._ears:
            return
        try:
            self._hear_on(self.address)
            if self.broadcast is not None:
                self._hear_on(self.broadcast)
        except OSError:
            await self.unplug()
            raise

    async def unplug(self) -> None:
        """Power is gone: nothing answers, and who listened is forgotten."""
        for ear in self._ears:
            asyncio.get_running_loop().remove_reader(ear)
            ear.close()
        self._ears.clear()
        self.clients.clear()

    def _hear_on(self, address: str) -> None:
        ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            ear.setblocking(False)
            if address == self.broadcast:
                ear.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            ear.bind((address, self.port))
        except OSError:
            ear.close()
            raise
        self._ears.append(ear)
        asyncio.get_running_loop().add_reader(ear, self._hear, ear)

    def _hear(self, ear: socket.socket) -> None:
        with suppress(OSError):
            heard, sender = ear.recvfrom(LONGEST)
            if heard == SEARCH:
                self._send(
                    b"<HELLO>%s|%s</HELLO>"
                    % (self.identity, self.name.encode("latin1", "replace")),
                    sender,
                )
            elif (packet := PACKET.fullmatch(heard)) and packet[2] == self.identity:
                self._meet(packet[1], sender)
                with suppress(struct.error, ValueError):
                    for answer in self._answers(packet[3][:5], packet[3][5:]):
                        self._tell(answer, packet[1])

    def _meet(self, client: bytes, sender: Address) -> None:
        self.clients.pop(client, None)
        self.clients[client] = sender
        if len(self.clients) > MOST_CLIENTS:
            del self.clients[next(iter(self.clients))]

    def _answers(self, verb: bytes, rest: bytes) -> list[bytes]:
        if verb == b"APING":
            return [b"APING\0"]
        if verb == b"STATQ":
            return []
        if not self.radio:
            return [RADIO_LOST]
        match verb:
            case b"AVERS":
                return [b"SVERS" + struct.pack(">HBBHBB", 88, 15, 0, 89, 11, 0)]
            case b"CURCH":
                return [b"CHCUR" + bytes((10, 33))]
            case b"SFILE":
                return [self.files]
            case b"STATU":
                _, start, length = struct.unpack(">BHH", rest)
                return self._segments(start, length)
            case b"SPACK":
                return self._obey(rest)
        return []

    def _segments(self, start: int, length: int) -> list[bytes]:
        wanted = bytes(self.block.data[start : start + length])
        parts = [wanted[at : at + SEGMENT] for at in range(0, len(wanted), SEGMENT)]
        numbers = [*range(1, len(parts)), 0]
        return [
            b"STATV" + bytes((number, following, len(part))) + part
            for number, (following, part) in enumerate(zip(numbers, parts, strict=True))
        ]

    def _obey(self, rest: bytes) -> list[bytes]:
        _, kind, length, command = rest[:4]
        given = rest[4 : 3 + length]
        if kind != PACK_TYPE or len(given) != length - 1:
            return []
        if command == PRESS:
            (key,) = given
            self.received.append(Order("press", key))
            self.press(key)
        elif command == SET:
            config, log, at = struct.unpack(">BBH", given[:4])
            if (config, log) != (CONFIG, LOG):
                return []
            self.received.append(Order("set", at, given[4:]))
            self._set(at, given[4:])
        return [b"PACKS"] if self.acknowledges else []

    def _set(self, at: int, data: bytes) -> None:
        touched = [place for place in pack.WRITABLE if place.overlaps(at, len(data))]

        def put() -> None:
            before = bytes(self.block.data)
            self.block.data[at : at + len(data)] = data
            if any(place.words and self.block.get(place) >= len(place.words) for place in touched):
                self.block.data[:] = before

        if touched:
            self._change(put)

    def _change(self, make: Callable[[], None]) -> None:
        before = bytes(self.block.data)
        make()
        self._settle()
        after = self.block.data
        words = [at for at in range(0, pack.SIZE, 2) if before[at : at + 2] != after[at : at + 2]]
        if words and self.tells:
            told = b"".join(struct.pack(">H", at) + after[at : at + 2] for at in words)
            self.say(b"STATP" + bytes((len(words),)) + told)

    def _settle(self) -> None:
        """Let motors and the heater follow what is wanted."""
        for key, place in pack.RUNNING.items():
            wanted = self.block.word(pack.DEMANDS[key])
            self.block.put_word(place, {"HI": "HIGH", "LO": "LOW"}.get(wanted, wanted))
        self.block.put(pack.REAL_SETPOINT, self.block.get(pack.SETPOINT))
        self.block.put(pack.HEATING, int(self.water < self.target - WARMS_BELOW))

    def _tell(self, said: bytes, client: bytes) -> None:
        packet = b"<PACKT><SRCCN>%s</SRCCN><DESCN>%s</DESCN><DATAS>%s</DATAS></PACKT>"
        self._send(packet % (self.identity, client, said), self.clients[client])

    def _send(self, packet: bytes, to: Address) -> None:
        if self._ears:
            with suppress(OSError):
                self._ears[0].sendto(packet, to)
