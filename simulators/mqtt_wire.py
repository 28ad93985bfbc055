"""Packets of MQTT 3.1.1, both ways: the OASIS standard of 29 October 2014, sections 2 and 3."""

from __future__ import annotations

import asyncio
import struct
from dataclasses import dataclass

CONNECT, CONNACK, PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP = range(1, 8)
SUBSCRIBE, SUBACK, UNSUBSCRIBE, UNSUBACK, PINGREQ, PINGRESP, DISCONNECT = range(8, 15)
LARGEST = 1 << 20
ACCEPTED, BAD_VERSION, BAD_LOGIN = 0, 1, 4


class Broken(ValueError):
    """Bytes that are no MQTT."""


@dataclass(frozen=True)
class Packet:
    """One packet: its type, its four flags, and what comes after the length."""

    kind: int
    flags: int
    body: bytes


@dataclass(frozen=True)
class Message:
    """What is published on a topic."""

    topic: str
    payload: bytes
    qos: int = 0
    retain: bool = False


async def read(reader: asyncio.StreamReader) -> Packet:
    """Return the next packet; raise Broken or IncompleteReadError."""
    (first,) = await reader.readexactly(1)
    length = shift = 0
    while True:
        (digit,) = await reader.readexactly(1)
        length |= (digit & 0x7F) << shift
        shift += 7
        if not digit & 0x80:
            break
        if shift > 21:
            raise Broken("the length never ends")
    if length > LARGEST:
        raise Broken("the packet is too large")
    return Packet(first >> 4, first & 0x0F, await reader.readexactly(length))


def packet(kind: int, body: bytes = b"", flags: int = 0) -> bytes:
    """Return a packet as bytes."""
    left, length = len(body), bytearray()
    while True:
        left, digit = divmod(left, 128)
        length.append(digit | (0x80 if left else 0))
        if not left:
            return bytes([kind << 4 | flags, *length]) + body


def text(value: str | bytes) -> bytes:
    """Return a string, or bytes, behind its length."""
    raw = value.encode() if isinstance(value, str) else value
    return struct.pack(">H", len(raw)) + raw


def published(message: Message, identifier: int = 0) -> bytes:
    """Return a PUBLISH; one with a QoS needs an identifier."""
    number = struct.pack(">H", identifier) if message.qos else b""
    flags = message.qos << 1 | message.retain
    return packet(PUBLISH, text(message.topic) + number + message.payload, flags)


def numbered(kind: int, identifier: int, rest: bytes = b"", flags: int = 0) -> bytes:
    """Return a packet that begins with an identifier."""
    return packet(kind, struct.pack(">H", identifier) + rest, flags)


class Fields:
    """Reads the fields of a body, one after the other; Broken where it ends too soon."""

    def __init__(self, body: bytes) -> None:
        self._body, self._at = body, 0

    def number(self) -> int:
        (value,) = struct.unpack(">H", self._take(2))
        return int(value)

    def byte(self) -> int:
        return self._take(1)[0]

    def raw(self) -> bytes:
        return self._take(self.number())

    def text(self) -> str:
        try:
            return self.raw().decode()
        except UnicodeDecodeError:
            raise Broken("a string is no UTF-8") from None

    def rest(self) -> bytes:
        return self._take(len(self._body) - self._at)

    @property
    def left(self) -> bool:
        return self._at < len(self._body)

    def _take(self, count: int) -> bytes:
        taken = self._body[self._at : self._at + count]
        if len(taken) != count:
            raise Broken("the packet ends too soon")
        self._at += count
        return taken


def message(packet: Packet) -> tuple[Message, int]:
    """Return what a PUBLISH carries, and its identifier."""
    fields, qos = Fields(packet.body), packet.flags >> 1 & 3
    topic = fields.text()
    identifier = fields.number() if qos else 0
    return Message(topic, fields.rest(), qos, bool(packet.flags & 1)), identifier


def is_plain(pattern: str) -> bool:
    """Say whether a subscription is to one topic alone."""
    return "+" not in pattern and "#" not in pattern


def matches(pattern: str, topic: str) -> bool:
    """Say whether a subscription takes a topic (section 4.7); `$` topics want to be named."""
    wanted, levels = pattern.split("/"), topic.split("/")
    if topic.startswith("$") and wanted[0] in ("+", "#"):
        return False
    for place, level in enumerate(wanted):
        if level == "#":
            return True
        if place >= len(levels) or level not in ("+", levels[place]):
            return False
    return len(wanted) == len(levels)
