"""An MQTT broker for houses where no other stands: 3.1.1, as the OASIS standard of 2014 has it.

It knows logins, wildcards, QoS 0 and 1 (what comes with 2 goes on with 1), retained messages, wills
and keep-alive, over TCP or TLS. Sessions end with their connection; what is retained outlives a
power cut, as with a broker that keeps it on disk. Where Debian's mosquitto is, tests take that.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import socket
import ssl
import struct
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from simulators import mqtt_wire as wire
from simulators.mains import Mains
from simulators.mqtt_wire import Broken, Fields, Message, Packet

MOST_RETAINED, MOST_UNSENT = 10_000, 4 << 20
CONNECT_WITHIN = 5.0
POWER_CUT = struct.pack("ii", 1, 0)
BROKEN = (Broken, OSError, asyncio.IncompleteReadError, TimeoutError)


@dataclass(eq=False)
class Session:
    """One client that is connected."""

    name: str
    writer: asyncio.StreamWriter
    keepalive: int
    will: Message | None
    patterns: dict[str, int] = field(default_factory=dict)
    _last: int = 0

    def wants(self, topic: str) -> int | None:
        """Return the QoS with which it takes a topic, None where it does not."""
        wild = (one for one in self.patterns if not wire.is_plain(one))
        found = [self.patterns[one] for one in wild if wire.matches(one, topic)]
        return max(
            [self.patterns[topic], *found] if topic in self.patterns else found, default=None
        )

    def take(self, message: Message, qos: int) -> None:
        """Send a message with the lesser QoS; who reads too slowly is cut off."""
        transport = self.writer.transport
        if transport.is_closing():
            return
        if transport.get_write_buffer_size() > MOST_UNSENT:
            transport.abort()
            return
        self._last = self._last % 65535 + 1
        sent = replace(message, qos=min(message.qos, qos, 1))
        self.writer.write(wire.published(sent, self._last))


class Broker(Mains):
    """A broker on an address of its own; `login` is a user and a password, `tls` a context."""

    def __init__(
        self,
        address: str = "127.0.77.51",
        port: int = 1883,
        *,
        login: tuple[str, str] | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.address, self.port = address, port
        self.retained: dict[str, Message] = {}
        self._login, self._tls = login, tls
        self._sessions: dict[str, Session] = {}
        self._writers: set[asyncio.StreamWriter] = set()
        self._serving: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    @property
    def clients(self) -> set[str]:
        """The names of those that are connected."""
        return set(self._sessions)

    async def plug_in(self) -> None:
        """Listen; OSError when the address is taken, port 0 becomes a free one."""
        if self._server is None:
            self._server = await asyncio.start_server(
                self._accept, self.address, self.port, ssl=self._tls
            )
            self.port = self._server.sockets[0].getsockname()[1]

    async def unplug(self) -> None:
        """Leave no socket and no task behind; once is as good as twice."""
        server, self._server = self._server, None
        if server is None:
            return
        server.close()
        for session in self._sessions.values():
            session.will = None
        for writer in list(self._writers):
            writer.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, POWER_CUT
            )
            writer.transport.abort()
        serving = list(self._serving)
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)
        self._sessions.clear()

    def publish(self, message: Message) -> None:
        """Hand a message to whoever wants it, and keep it where it is to be kept."""
        if message.retain:
            self._retain(message)
        sent = replace(message, retain=False)
        for session in list(self._sessions.values()):
            wanted = session.wants(message.topic)
            if wanted is not None:
                session.take(sent, wanted)

    def _retain(self, message: Message) -> None:
        if not message.payload:
            self.retained.pop(message.topic, None)
        elif message.topic in self.retained or len(self.retained) < MOST_RETAINED:
            self.retained[message.topic] = message

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        session: Session | None = None
        try:
            async with asyncio.timeout(CONNECT_WITHIN):
                session = self._welcome(await wire.read(reader), writer)
                await writer.drain()
            if session is not None:
                await self._listen(session, reader)
        except BROKEN:
            pass
        finally:
            if session is not None:
                self._leave(session)
            self._writers.discard(writer)
            writer.close()
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()

    def _welcome(self, packet: Packet, writer: asyncio.StreamWriter) -> Session | None:
        """Answer a CONNECT (section 3.1); None where the client is not let in."""
        fields = Fields(packet.body)
        if packet.kind != wire.CONNECT or fields.text() != "MQTT":
            raise Broken("it does not connect")
        version, flags, keepalive = fields.byte(), fields.byte(), fields.number()
        if version != 4:
            writer.write(wire.packet(wire.CONNACK, bytes((0, wire.BAD_VERSION))))
            return None
        name = fields.text() or f"client-{id(writer)}"
        will = None
        if flags & 0x04:
            topic, payload = fields.text(), fields.raw()
            will = Message(topic, payload, flags >> 3 & 3, bool(flags & 0x20))
        user = fields.text() if flags & 0x80 else ""
        password = fields.raw() if flags & 0x40 else b""
        if not self._knows(user, password):
            writer.write(wire.packet(wire.CONNACK, bytes((0, wire.BAD_LOGIN))))
            return None
        writer.write(wire.packet(wire.CONNACK, bytes((0, wire.ACCEPTED))))
        if name in self._sessions:
            self._sessions[name].writer.transport.abort()
        session = self._sessions[name] = Session(name, writer, keepalive, will)
        return session

    def _knows(self, user: str, password: bytes) -> bool:
        if self._login is None:
            return True
        given = user.encode() + b"\0" + password
        return hmac.compare_digest(given, "\0".join(self._login).encode())

    async def _listen(self, session: Session, reader: asyncio.StreamReader) -> None:
        patience = session.keepalive * 1.5 or None
        while True:
            async with asyncio.timeout(patience):
                packet = await wire.read(reader)
                await session.writer.drain()
            if packet.kind == wire.DISCONNECT:
                session.will = None
                return
            act = self._acts.get(packet.kind)
            if act is None:
                raise Broken(f"packet type {packet.kind} is not for a broker")
            act(self, session, packet)

    def _leave(self, session: Session) -> None:
        if self._sessions.get(session.name) is session:
            del self._sessions[session.name]
        if session.will is not None:
            self.publish(session.will)

    def _publish(self, session: Session, packet: Packet) -> None:
        message, identifier = wire.message(packet)
        if not message.topic or set(message.topic) & set("+#\0"):
            raise Broken("it publishes to no topic")
        if message.qos:
            kind = wire.PUBACK if message.qos == 1 else wire.PUBREC
            session.writer.write(wire.numbered(kind, identifier))
        self.publish(message)

    def _release(self, session: Session, packet: Packet) -> None:
        session.writer.write(wire.numbered(wire.PUBCOMP, Fields(packet.body).number()))

    def _subscribe(self, session: Session, packet: Packet) -> None:
        fields = Fields(packet.body)
        identifier, granted, asked = fields.number(), bytearray(), []
        while fields.left:
            pattern, qos = fields.text(), fields.byte()
            session.patterns[pattern] = min(qos, 1)
            granted.append(min(qos, 1))
            asked.append(pattern)
        session.writer.write(wire.numbered(wire.SUBACK, identifier, bytes(granted)))
        for pattern in asked:
            for message in self._kept(pattern):
                session.take(message, session.patterns[pattern])

    def _kept(self, pattern: str) -> list[Message]:
        if wire.is_plain(pattern):
            return [self.retained[pattern]] if pattern in self.retained else []
        return [one for topic, one in self.retained.items() if wire.matches(pattern, topic)]

    def _unsubscribe(self, session: Session, packet: Packet) -> None:
        fields = Fields(packet.body)
        identifier = fields.number()
        while fields.left:
            session.patterns.pop(fields.text(), None)
        session.writer.write(wire.numbered(wire.UNSUBACK, identifier))

    def _ping(self, session: Session, packet: Packet) -> None:
        session.writer.write(wire.packet(wire.PINGRESP))

    def _note(self, session: Session, packet: Packet) -> None:
        """Nothing is sent twice, so that nothing hangs on an acknowledgement."""

    _acts: dict[int, Callable[[Broker, Session, Packet], None]] = {  # noqa: RUF012
        wire.PUBLISH: _publish,
        wire.PUBACK: _note,
        wire.PUBREL: _release,
        wire.SUBSCRIBE: _subscribe,
        wire.UNSUBSCRIBE: _unsubscribe,
        wire.PINGREQ: _ping,
    }
