"""One connection to a broker by aiomqtt 2.5, in MQTT 3.1.1, which every broker speaks.

The library loses the socket when a connection breaks half-way, keeps an unbounded queue and says
in its log what the core says once; here it is closed, bounded and quiet. Orders go out with QoS 1
at least: only then is it known that the broker has them.
"""

import asyncio
import logging
import ssl
from collections.abc import AsyncGenerator, Coroutine, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adapters.mqtt_post import MOST_TOPICS, Message, Post, received
from adapters.mqtt_tls import Trust, trusting
from gateway import errors

if TYPE_CHECKING:
    import aiomqtt

CONNECT_WITHIN, ANSWER_WITHIN, LEAVE_WITHIN = 4.0, 4.0, 1.0
CHECKED_WITHIN, DEALT_WITH_WITHIN = 3.0, 1.0
STATUS = "homeport/status"
"""Where a retained `online` or `offline` tells others whether homeport is there."""
BATCH = 100
REFUSED = (4, 5, 134, 135)
"""The reasons for which a broker refuses a login."""
_quiet = logging.getLogger("homeport.mqtt.library")
_quiet.setLevel(logging.CRITICAL + 1)


@dataclass(frozen=True, slots=True)
class Access:
    """How to enter a broker."""

    host: str
    port: int
    client: str
    keepalive: int
    username: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    tls: bool = False
    ca_file: Path | None = None
    tls_name: str | None = None

    @property
    def name(self) -> str:
        return f"{self.host}:{self.port}"


class Connection:
    """One connection; open it, subscribe, read `messages`, and close it whatever happened."""

    def __init__(self, access: Access) -> None:
        self.access = access
        self._client: aiomqtt.Client | None = None
        self._trust: Trust | None = None
        self._closed = False
        self.lost = asyncio.Event()
        """Set as soon as the connection is known to be gone."""

    async def open(self) -> None:
        """Connect and say that homeport is online.

        Raises NeedsSetup where the login is refused.
        """
        import aiomqtt

        access = self.access
        if access.tls:
            self._trust = await asyncio.to_thread(trusting, access.ca_file, access.tls_name)
        self._client = client = aiomqtt.Client(
            access.host,
            access.port,
            identifier=access.client,
            username=access.username,
            password=access.password,
            protocol=aiomqtt.ProtocolVersion.V311,
            clean_session=True,
            keepalive=access.keepalive,
            timeout=ANSWER_WITHIN,
            will=aiomqtt.Will(STATUS, "offline", qos=1, retain=True),
            queue_type=Post,
            logger=_quiet,
            tls_context=self._trust,
        )
        client.pending_calls_threshold = MOST_TOPICS
        client._client.connect_timeout = CONNECT_WITHIN  # the library gives no other way to it
        with self._typed():
            await _unbroken(client.__aenter__())
        await self.publish(STATUS, "online", retain=True)

    async def subscribe(self, topics: Iterable[tuple[str, int]]) -> None:
        """Ask for what comes on these topics, each at most with this QoS."""
        every = list(topics)
        for start in range(0, len(every), BATCH):
            await self._subscribe(every[start : start + BATCH])

    async def caught_up(self) -> None:
        """Return when what was retained on the topics subscribed to has arrived here.

        A broker answers one after the other: what it answers to the next question comes later.
        """
        await self._subscribe([(STATUS, 0)])
        with suppress(TimeoutError):
            async with asyncio.timeout(DEALT_WITH_WITHIN):
                await self._post().idle.wait()

    async def keep_checking(self) -> None:
        """Ask regularly for our own status, until that does not come: raise why.

        The ping of the protocol is answered also by a broker that delivers nothing any more.
        """
        while True:
            await asyncio.sleep(self.access.keepalive)
            await self._subscribe([(STATUS, 0)])

    async def unsubscribe(self, topics: list[str]) -> None:
        """Ask for no more of these topics."""
        if topics:
            with self._typed():
                await self._unless_lost(self._living().unsubscribe(topics))

    async def publish(
        self, topic: str, payload: str, *, qos: int = 1, retain: bool = False
    ) -> None:
        """Send; return when the broker has it. Raises TimedOut where that is not known."""
        with self._typed(silence=errors.TimedOut):
            sending = self._living().publish(topic, payload, qos=max(1, qos), retain=retain)
            await self._unless_lost(sending, errors.TimedOut)

    async def messages(self) -> AsyncGenerator[Message, None]:
        """Yield what comes; raise Unreachable when the connection is gone."""
        client, post = self._living(), self._post()
        try:
            with self._typed():
                async for message in client.messages:
                    yield received(message)
                    if post.empty():
                        post.idle.set()
        finally:
            self.lost.set()

    async def aclose(self) -> None:
        """Say that homeport is offline, and leave no socket and no task."""
        client, self._client = self._client, None
        self._closed = True
        self.lost.set()
        if client is None:
            return
        import aiomqtt

        if client._connected.done() and not client._disconnected.done():
            with suppress(aiomqtt.MqttError, TimeoutError, OSError, ValueError):
                async with asyncio.timeout(LEAVE_WITHIN):
                    await client.publish(STATUS, "offline", qos=1, retain=True)
                    await client.__aexit__(None, None, None)
        await _torn_down(client)
        if self._trust is not None:
            self._trust.close()

    async def _subscribe(self, topics: list[tuple[str, int]]) -> None:
        with self._typed():
            asking = self._living().subscribe(topics, timeout=CHECKED_WITHIN)
            await self._unless_lost(asking)

    async def _unless_lost(
        self,
        asking: Coroutine[Any, Any, Any],
        silence: type[errors.GatewayError] = errors.Unreachable,
    ) -> None:
        """Wait for an answer, until none can come any more.

        What the library waits for stands in a task of its own: it may swallow a cancellation.
        """
        working = (asyncio.ensure_future(asking), asyncio.ensure_future(self.lost.wait()))
        try:
            await asyncio.wait(working, return_when=asyncio.FIRST_COMPLETED)
            if not working[0].done():
                raise silence(f"the connection to the broker at {self.access.name} broke")
            working[0].result()
        finally:
            for one in working:
                one.cancel()
            await asyncio.gather(*working, return_exceptions=True)

    def _living(self) -> "aiomqtt.Client":
        if self._client is None or self._closed:
            raise errors.Unreachable(f"the broker at {self.access.name} does not answer")
        return self._client

    def _post(self) -> Post:
        post = self._living()._queue
        assert isinstance(post, Post)
        return post

    @contextmanager
    def _typed(self, silence: type[errors.GatewayError] = errors.Unreachable) -> Iterator[None]:
        """Turn what the library raises into errors of ours; none of them tells the login."""
        import aiomqtt
        from aiomqtt.exceptions import MqttConnectError

        where = f"the broker at {self.access.name}"
        try:
            yield
        except MqttConnectError as error:
            if _reason(error) in REFUSED:
                raise errors.NeedsSetup(f"{where} refuses the login") from None
            raise errors.Unreachable(f"{where} takes no connection") from None
        except aiomqtt.MqttCodeError:
            raise errors.Unreachable(f"{where} does not answer") from None
        except aiomqtt.MqttError as error:
            if "certificate" in str(error).lower():
                raise errors.NeedsSetup(f"{where} shows a certificate that is not known") from None
            kind = silence if "timed out" in str(error) else errors.Unreachable
            raise kind(f"{where} does not answer") from None
        except (OSError, ssl.SSLError):
            raise errors.Unreachable(f"{where} does not answer") from None
        except (ValueError, RuntimeError, IndexError) as error:
            raise errors.AdapterFault(f"{where} answered nonsense") from error


def _reason(error: Any) -> int:
    return int(getattr(error.rc, "value", error.rc))


async def _unbroken(entering: Any) -> None:
    """Wait for a connection that a thread makes, also when cancelled: it would leave a socket."""
    task = asyncio.ensure_future(entering)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait((task,), timeout=CONNECT_WITHIN + ANSWER_WITHIN)
        if task.done() and not task.cancelled():
            task.exception()
        raise


async def _torn_down(client: "aiomqtt.Client") -> None:
    """Close what the library leaves open where a connection broke; first it may end its turn."""
    await asyncio.sleep(0)
    paho = client._client
    paho._reset_sockets()
    for future in (client._connected, client._disconnected):
        if future.done() and not future.cancelled():
            future.exception()
    task = client._misc_task
    if task is not None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
