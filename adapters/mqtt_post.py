"""Messages from a broker that wait for their turn."""

import asyncio
from collections import OrderedDict, deque
from dataclasses import dataclass
from typing import Any

MOST_TOPICS = 8192
MOST_OF_A_TOPIC = 32
LARGEST = 64 * 1024


@dataclass(frozen=True, slots=True)
class Message:
    """What came on a topic; `retained` says that it is not new."""

    topic: str
    payload: bytes
    retained: bool


class Post(asyncio.Queue[Any]):
    """Messages that wait, a turn to each topic, so that one that floods delays no other."""

    def _init(self, maxsize: int) -> None:
        self._queue: OrderedDict[str, deque[Any]] = OrderedDict()
        self.idle = asyncio.Event()
        """Set while all that has come has been dealt with."""
        self.idle.set()

    def _put(self, item: Any) -> None:
        topic = item.topic.value
        if topic not in self._queue and len(self._queue) >= MOST_TOPICS:
            return
        self.idle.clear()
        self._queue.setdefault(topic, deque(maxlen=MOST_OF_A_TOPIC)).append(item)

    def _get(self) -> Any:
        topic, waiting = self._queue.popitem(last=False)
        item = waiting.popleft()
        if waiting:
            self._queue[topic] = waiting
        return item

    def empty(self) -> bool:
        return not self._queue

    def qsize(self) -> int:
        return len(self._queue)


def received(message: Any) -> Message:
    """Return a message of the library's; of one that is too large no more than shows it."""
    payload = message.payload if isinstance(message.payload, bytes) else b""
    return Message(message.topic.value, payload[: LARGEST + 1], bool(message.retain))
