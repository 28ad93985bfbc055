"""The durable record of what was done: written before anything is sent, finished after.

A process that is killed in between leaves the outcome `unknown`, which is the truth.
"""

import json
import sqlite3
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic_core import to_json

from gateway.clock import HomeClock
from gateway.events import Events
from gateway.store import Store

CAUSES = 10_000
"""How many links between causes are remembered."""
MOST_DEVICES = 50


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt that has been started."""

    seq: int
    agent: str
    tool: str
    cause: str | None

    @property
    def id(self) -> str:
        return f"r{self.seq}"


class Receipts:
    """Every action's record, by agent."""

    def __init__(self, store: Store, clock: HomeClock, events: Events) -> None:
        self._store = store
        self._clock = clock
        self._events = events
        self._causes: OrderedDict[str, str] = OrderedDict()

    async def start(
        self,
        agent: str,
        tool: str,
        arguments: Mapping[str, Any],
        before: Sequence[Mapping[str, Any]],
        cause: str | None,
    ) -> Receipt:
        """Write that this is about to be done; raise StoreFailed where that cannot be kept."""
        row = (
            self._clock.now().isoformat(),
            agent,
            tool,
            _json(dict(arguments)),
            cause,
            _json(list(before)),
        )

        def insert(db: sqlite3.Connection) -> int:
            cursor = db.execute(
                "INSERT INTO receipts (started, agent, tool, arguments, cause, results) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                row,
            )
            return int(cursor.lastrowid or 0)

        receipt = Receipt(await self._store.write(insert), agent, tool, cause)
        if cause is not None:
            self._causes[receipt.id] = cause
            if len(self._causes) > CAUSES:
                self._causes.popitem(last=False)
        return receipt

    def chain(self, cause: str | None) -> list[str]:
        """Return what led to a cause, itself first: r12 of a scene r11 of an alert a3."""
        found: list[str] = []
        while cause is not None and cause not in found:
            found.append(cause)
            cause = self._causes.get(cause)
        return found

    def finish(self, receipt: Receipt, outcome: str, results: Sequence[Mapping[str, Any]]) -> None:
        """Write what became of it, with the next commit: until then it is `unknown`."""
        row = (self._clock.now().isoformat(), outcome, _json(list(results)), receipt.seq)
        self._store.later(
            lambda db: db.execute(
                "UPDATE receipts SET finished = ?, outcome = ?, results = ? WHERE seq = ?", row
            )
        )
        devices = [one["device"] for one in results if one.get("device")]
        self._tell(receipt, "action.done", {"outcome": outcome, "devices": devices[:MOST_DEVICES]})

    def _tell(self, receipt: Receipt, name: str, more: Mapping[str, Any], **of: Any) -> None:
        data = {"receipt": receipt.id, "tool": receipt.tool, "agent": receipt.agent, **more}
        self._events.note(name, data, patient=True, cause=receipt.cause, **of)

    async def amend(self, receipt: Receipt, device: str, state: Mapping[str, Any]) -> None:
        """Note that a device showed later what had been asked of it."""

        def update(db: sqlite3.Connection) -> None:
            (kept,) = db.execute(
                "SELECT results FROM receipts WHERE seq = ?", (receipt.seq,)
            ).fetchone()
            results = [
                _amended(one, state) if one["device"] == device else one for one in json.loads(kept)
            ]
            db.execute(
                "UPDATE receipts SET outcome = ?, results = ? WHERE seq = ?",
                (overall([one["outcome"] for one in results]), _json(results), receipt.seq),
            )

        await self._store.write(update)
        self._tell(receipt, "action.settled", {"after": dict(state)}, device=device)

    async def list(
        self, *, limit: int, before: int | None, agent: str | None
    ) -> list[dict[str, Any]]:
        """Return receipts, the newest first, of one agent or of all."""

        def select(db: sqlite3.Connection) -> list[Any]:
            return db.execute(
                "SELECT seq, started, finished, agent, tool, arguments, cause, outcome, results "
                "FROM receipts WHERE seq < ? AND (? IS NULL OR agent = ?) "
                "ORDER BY seq DESC LIMIT ?",
                (before or 2**62, agent, agent, limit),
            ).fetchall()

        return [self._shown(row) for row in await self._store.read(select)]

    def _shown(self, row: Sequence[Any]) -> dict[str, Any]:
        seq, started, finished, agent, tool, arguments, cause, outcome, results = row
        shown = {
            "id": f"r{seq}",
            "seq": seq,
            "started": self._local(started),
            "finished": self._local(finished) if finished else None,
            "agent": agent,
            "tool": tool,
            "arguments": json.loads(arguments),
            "cause": cause,
            "outcome": outcome,
            "results": json.loads(results),
        }
        return {name: value for name, value in shown.items() if value is not None}

    def _local(self, moment: str) -> str:
        return self._clock.local(datetime.fromisoformat(moment))


def _amended(result: Mapping[str, Any], state: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in result.items() if name != "error"}
    return kept | {"outcome": "done", "after": dict(state), "late": True}


def _json(value: Any) -> str:
    return to_json(value).decode()


def overall(outcomes: Sequence[str]) -> str:
    """Return one word for several devices' outcomes: theirs where they agree, else `mixed`."""
    distinct = set(outcomes)
    if distinct <= {"done", "already"} and distinct:
        return "done" if "done" in distinct else "already"
    return distinct.pop() if len(distinct) == 1 else "mixed" if distinct else "done"
