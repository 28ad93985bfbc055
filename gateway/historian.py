"""The thread that writes the history: every ten seconds, and packs each hour when it is over."""

import logging
import queue
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Literal

from gateway.history_file import HistoryFile
from gateway.history_schema import Key, Sample, is_damaged

log = logging.getLogger("homeport.history")

PERIOD = 10.0
"""Seconds between commits: the longer, the fewer pages are written twice."""
PACE = 0.05
"""Seconds of rest between two slices of packing, for whoever else needs the processor."""
MOST_WAITING = 100_000
Order = Literal["flush", "drop", "rebuild", "stop"]


@dataclass(frozen=True, slots=True)
class _Asked:
    order: Order
    done: Future[None] = field(default_factory=Future)


class Historian:
    """Takes samples from the event loop and writes them; what it cannot write, it counts."""

    def __init__(self, file: HistoryFile, now: Callable[[], int]) -> None:
        self.lost = {"overload": 0, "disk": 0}
        self._file = file
        self._now = now
        self._waiting: deque[Sample] = deque()
        self._writing: list[Sample] = []
        self._lock = threading.Lock()
        self._orders: queue.SimpleQueue[_Asked] = queue.SimpleQueue()
        self._failing = False
        self._more = False
        self._running = False
        self._thread = threading.Thread(target=self._run, name="homeport-history", daemon=True)

    def start(self) -> None:
        """Open the file and begin; one that cannot be opened is tried again at each commit."""
        try:
            self._file.open()
        except (sqlite3.Error, OSError) as error:
            self._complain(error)
        self._running = True
        self._thread.start()

    def add(self, sample: Sample) -> None:
        """Take a sample; it is dropped where too many wait."""
        if len(self._waiting) >= MOST_WAITING:
            self.lost["overload"] += 1
        else:
            self._waiting.append(sample)

    def waiting(self, key: Key) -> list[tuple[int, float]]:
        """Return the samples of a series that may not be in the file yet."""
        with self._lock:
            taken = [*self._writing, *self._waiting]
        return [(at, value) for known, at, value in taken if known == key]

    def ask(self, order: Order) -> "Future[None]":
        """Have the thread do something now; the future is done when it has.

        "drop" forgets everything, "rebuild" only what is in the file.
        """
        asked = _Asked(order)
        with self._lock:
            if self._running:
                self._running = order != "stop"
                self._orders.put(asked)
            else:
                asked.done.set_result(None)
        return asked.done

    def _run(self) -> None:
        due = time.monotonic() + PERIOD
        while True:
            asked = self._next(PACE if self._more else max(0.0, due - time.monotonic()))
            if asked is not None and asked.order == "drop":
                self._waiting.clear()
            if asked is not None and asked.order in ("drop", "rebuild"):
                self._attempt(self._file.rebuild)
            if asked is not None or time.monotonic() >= due:
                self._commit()
                due = time.monotonic() + PERIOD
                self._more = True
            if asked is not None and asked.order == "stop":
                self._file.close()
                asked.done.set_result(None)
                return
            self._pack()
            while asked is not None and self._more:
                self._pack()
            if asked is not None:
                asked.done.set_result(None)

    def _next(self, patience: float) -> _Asked | None:
        try:
            return self._orders.get(timeout=patience)
        except queue.Empty:
            return None

    def _commit(self) -> None:
        with self._lock:
            taken = [self._waiting.popleft() for _ in range(len(self._waiting))]
            self._writing = taken
        if taken:
            if self._attempt(lambda: self._file.write(taken)):
                self._failing = False
            else:
                self.lost["disk"] += len(taken)
        with self._lock:
            self._writing = []

    def _pack(self) -> None:
        if self._more:
            self._more = False
            self._attempt(self._pack_slice)

    def _pack_slice(self) -> None:
        self._more = self._file.pack(self._now())

    def _attempt(self, work: Callable[[], None]) -> bool:
        """Do it and say whether it was done; a damaged file is begun again first."""
        try:
            try:
                work()
            except sqlite3.DatabaseError as error:
                if not is_damaged(error):
                    raise
                log.warning("history.db is damaged (%s): begun again, empty", error)
                self._file.rebuild()
                work()
        except (sqlite3.Error, OSError) as error:
            self._complain(error)
            return False
        return True

    def _complain(self, error: Exception) -> None:
        if not self._failing:
            log.warning("samples are dropped, history.db cannot be written: %s", error)
        self._failing = True
