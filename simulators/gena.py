"""Eventing of a simulated UPnP device: who subscribed, and telling them.

Follows the UPnP Device Architecture 1.0, chapter 4. Each subscriber is told in order and apart
from the others, so one that is slow holds nobody up; one that refuses or stays silent is dropped.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from aiohttp import ClientError, ClientSession, ClientTimeout

LONGEST = 86400
PATIENCE = ClientTimeout(total=5)


@dataclass(eq=False)
class Subscription:
    """One subscriber of one topic; `waiting` holds what it has yet to be told."""

    sid: str
    topic: str
    callback: str
    expires: float
    sequence: int = 0
    waiting: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    task: asyncio.Task[None] | None = None


class Subscriptions:
    """The subscribers of one device, from `Subscriptions()` until `close()`."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._count = 0
        self._by_sid: dict[str, Subscription] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._session = ClientSession(timeout=PATIENCE)

    def __len__(self) -> int:
        self._drop_expired()
        return len(self._by_sid)

    def add(self, topic: str, callback: str, seconds: int) -> Subscription:
        """A new subscription, told nothing until `begin`."""
        self._count += 1
        sid = f"uuid:{self._name}_sub{self._count:010}"
        subscription = Subscription(sid, topic, callback, self._now() + seconds)
        self._by_sid[sid] = subscription
        return subscription

    def begin(self, subscription: Subscription, first: str) -> None:
        """Tells `first`, then whatever is published."""
        if subscription.sid in self._by_sid:
            subscription.waiting.put_nowait(first)
            subscription.task = asyncio.create_task(self._deliver(subscription))
            self._tasks.add(subscription.task)
            subscription.task.add_done_callback(self._tasks.discard)

    def renew(self, sid: str, seconds: int) -> bool:
        """Whether `sid` was still subscribed; if so it is now for `seconds` more."""
        self._drop_expired()
        subscription = self._by_sid.get(sid)
        if subscription is not None:
            subscription.expires = self._now() + seconds
        return subscription is not None

    def cancel(self, sid: str) -> bool:
        """Whether `sid` was subscribed; it no longer is."""
        subscription = self._by_sid.pop(sid, None)
        if subscription is not None and subscription.task is not None:
            subscription.task.cancel()
        return subscription is not None

    def publish(self, topic: str, body: str) -> None:
        """Tells every subscriber of `topic`, soon and in order."""
        self._drop_expired()
        for subscription in self._by_sid.values():
            if subscription.topic == topic and subscription.task is not None:
                subscription.waiting.put_nowait(body)

    async def close(self) -> None:
        """Forgets every subscriber at once, told or not."""
        for sid in list(self._by_sid):
            self.cancel(sid)
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._session.close()

    async def _deliver(self, subscription: Subscription) -> None:
        try:
            while True:
                body = await subscription.waiting.get()
                async with self._session.request(
                    "NOTIFY",
                    subscription.callback,
                    data=body.encode(),
                    headers={
                        "CONTENT-TYPE": "text/xml",
                        "NT": "upnp:event",
                        "NTS": "upnp:propchange",
                        "SID": subscription.sid,
                        "SEQ": str(subscription.sequence),
                    },
                ) as answer:
                    answer.raise_for_status()
                subscription.sequence += 1
        except (ClientError, TimeoutError, OSError):
            self._by_sid.pop(subscription.sid, None)

    def _drop_expired(self) -> None:
        now = self._now()
        for held in list(self._by_sid.values()):
            if held.expires <= now:
                self.cancel(held.sid)

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


def seconds_asked(timeout: str) -> int:
    """The seconds of a TIMEOUT header such as `Second-1800`; at most, and by default, a day."""
    unit, _, number = timeout.partition("-")
    if unit.lower() == "second" and number.isdigit():
        return min(int(number), LONGEST)
    return LONGEST
