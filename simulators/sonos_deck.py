"""What a Sonos player has loaded and what it does with it: queue, stream, state and position.

Refusals follow what players were seen to answer: 701 when there is nothing to play or to pause,
711 past either end of the queue (SoCo/socos issues 7 and 8), 712 for a play mode away from the
queue and 804 for emptying an empty queue (sonos.svrooij.io, AVTransport). The order of shuffled
play is not simulated. Nobody waits for the end of a track: `end_track` is called by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from simulators.sonos_music import Station, Track
from simulators.upnp import Fault

PLAYING, PAUSED, STOPPED = "PLAYING", "PAUSED_PLAYBACK", "STOPPED"
TRANSITIONING = "TRANSITIONING"
PLAY_MODES = (
    "NORMAL",
    "REPEAT_ALL",
    "REPEAT_ONE",
    "SHUFFLE_NOREPEAT",
    "SHUFFLE",
    "SHUFFLE_REPEAT_ONE",
)
REPEATING = ("REPEAT_ALL", "SHUFFLE")
NO_TRANSITION, ILLEGAL_TARGET, MODE_REFUSED, QUEUE_EMPTY = 701, 711, 712, 804


class Deck:
    """One player's own; `number` counts the queue's tracks from 1."""

    def __init__(self, uid: str, clock: Callable[[], float]) -> None:
        self.queue_uri = f"x-rincon-queue:{uid}#0"
        self.queue: list[Track] = []
        self.queue_version = 0
        self.number = 1
        self.uri = ""
        self.metadata = ""
        self.mode = PLAY_MODES[0]
        self.crossfade = False
        self.state = STOPPED
        self._stream: Track | Station | None = None
        self._clock = clock
        self._offset = 0.0
        self._since = clock()

    @property
    def plays_queue(self) -> bool:
        """Whether the queue is what is loaded."""
        return self.uri == self.queue_uri

    @property
    def current(self) -> Track | Station | None:
        """What plays, or would."""
        if not self.plays_queue:
            return self._stream
        return self.queue[self.number - 1] if self.number <= len(self.queue) else None

    @property
    def position(self) -> int:
        """Seconds into the track; a station counts from when it was started."""
        position = self._offset
        if self.state == PLAYING:
            position += self._clock() - self._since
        current = self.current
        return min(int(position), current.seconds) if isinstance(current, Track) else int(position)

    def load(self, uri: str, metadata: str, stream: Track | Station | None) -> None:
        """Sets what plays next: the queue, a stream, another player (`x-rincon:`) or nothing."""
        self.uri, self.metadata, self._stream = uri, metadata, stream
        self._enter(STOPPED, 0)

    def play(self) -> None:
        """Starts or goes on."""
        if self.current is None:
            raise Fault(NO_TRANSITION)
        self._enter(PLAYING, self.position)

    def pause(self) -> None:
        """Pauses what plays."""
        if self.state != PLAYING:
            raise Fault(NO_TRANSITION)
        self._enter(PAUSED, self.position)

    def stop(self) -> None:
        """Stops; fine when it had stopped."""
        if not self.uri:
            raise Fault(NO_TRANSITION)
        self._enter(STOPPED, 0)

    def skip(self, by: int) -> None:
        """Goes `by` tracks on or back, in the state it is in."""
        if not self.plays_queue or not self.queue:
            raise Fault(NO_TRANSITION)
        number = self.number + by
        if self.mode in REPEATING:
            number = (number - 1) % len(self.queue) + 1
        self.seek_track(number)

    def seek_track(self, number: int) -> None:
        """Goes to a track of the queue."""
        if not self.plays_queue or not 1 <= number <= len(self.queue):
            raise Fault(ILLEGAL_TARGET)
        self.number = number
        self._enter(self.state, 0)

    def seek_time(self, seconds: int) -> None:
        """Goes to a place in the track."""
        if not isinstance(self.current, Track):
            raise Fault(NO_TRANSITION)
        if not 0 <= seconds <= self.current.seconds:
            raise Fault(ILLEGAL_TARGET)
        self._enter(self.state, seconds)

    def end_track(self) -> None:
        """The track is over: the next one plays, or the music has ended."""
        if not self.plays_queue:
            self._enter(STOPPED, 0)
        elif "REPEAT_ONE" in self.mode:
            self._enter(self.state, 0)
        elif self.number < len(self.queue) or self.mode in REPEATING:
            self.skip(+1)
        else:
            self._rewind()

    def set_mode(self, mode: str) -> None:
        """Sets the play mode, which the queue has and a stream has not."""
        if not self.plays_queue:
            raise Fault(MODE_REFUSED)
        self.mode = mode

    def insert(self, tracks: Sequence[Track], before: int) -> int:
        """Adds to the queue, at its end for 0; the number of the first one added."""
        place = before - 1 if 1 <= before <= len(self.queue) else len(self.queue)
        if self.queue and place < self.number:
            self.number += len(tracks)
        self.queue[place:place] = tracks
        self.queue_version += 1
        return place + 1

    def remove(self, number: int, count: int) -> None:
        """Takes tracks out of the queue; what plays goes on with what follows."""
        if number < 1 or count < 1 or number + count - 1 > len(self.queue):
            raise Fault(ILLEGAL_TARGET)
        current = self.number
        del self.queue[number - 1 : number - 1 + count]
        self.queue_version += 1
        if number <= current:
            self.number = max(number, current - count)
        if number <= current < number + count:
            self._offset, self._since = 0.0, self._clock()
        if self.number > len(self.queue):
            self._rewind()

    def move(self, number: int, count: int, before: int) -> None:
        """Moves tracks within the queue to before the one that now has the number `before`."""
        end = number - 1 + count
        if number < 1 or count < 1 or end > len(self.queue) or number <= before - 1 < end:
            raise Fault(ILLEGAL_TARGET)
        order = list(range(len(self.queue)))
        moved, rest = order[number - 1 : end], [*order[: number - 1], *order[end:]]
        place = sum(1 for index in rest if index < before - 1)
        order = [*rest[:place], *moved, *rest[place:]]
        self.number = order.index(self.number - 1) + 1
        self.queue = [self.queue[index] for index in order]
        self.queue_version += 1

    def clear(self) -> None:
        """Empties the queue."""
        if not self.queue:
            raise Fault(QUEUE_EMPTY)
        self.queue = []
        self.queue_version += 1
        self._rewind()

    def take_over(self, other: Deck) -> None:
        """Goes on where `other` is; `other` has stopped, with its queue loaded."""
        self.queue, self.number, self.mode = list(other.queue), other.number, other.mode
        self.crossfade, self.queue_version = other.crossfade, self.queue_version + 1
        position, state = other.position, other.state
        self.uri = self.queue_uri if other.plays_queue else other.uri
        self.metadata, self._stream = other.metadata, other._stream
        self._enter(state, position)
        other.load(other.queue_uri, "", None)

    def _rewind(self) -> None:
        self.number = 1
        if self.plays_queue:
            self._enter(STOPPED, 0)

    def _enter(self, state: str, position: float) -> None:
        self.state, self._offset, self._since = state, position, self._clock()
