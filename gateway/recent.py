"""What the log holds in memory: the newest events, and the stories that may go on."""

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Sequence
from operator import attrgetter

from gateway.event import Earlier, Event

KEPT = 4096
STORIES = 1000

_seq = attrgetter("seq")


class Recent:
    """The newest events, in order, so that readers who keep up never touch the disk."""

    def __init__(self, most: int = KEPT) -> None:
        self._most = most
        self._events: list[Event] = []

    def add(self, event: Event) -> None:
        """Keep an event; the oldest go where there are too many."""
        self._events.append(event)
        if len(self._events) >= 2 * self._most:
            del self._events[: self._most]

    def behind(self, after: int, most: int) -> Sequence[Event] | None:
        """Return the next events behind a number; None where only the disk may know them."""
        if not self._events or after < self._events[0].seq - 1:
            return None
        place = bisect_right(self._events, after, key=_seq)
        return self._events[place : place + most]


class Stories:
    """What was told so far of each story that a later event may go on with."""

    def __init__(self) -> None:
        self._told: OrderedDict[int, Earlier] = OrderedDict()

    def add(self, event: Event) -> None:
        """Take note of an event; those of the house's own housekeeping begin no story."""
        if not event.name.startswith(("object.", "event.")):
            return
        self._told[event.subject] = event.story()
        self._told.move_to_end(event.subject)
        if len(self._told) > STORIES:
            self._told.popitem(last=False)

    def earlier(self, subject: int) -> Earlier | None:
        """Return what is known of the story that began with that event."""
        return self._told.get(subject)
