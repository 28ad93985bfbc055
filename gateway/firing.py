"""What a standing order does when it comes true: through the door, under its agent's grant."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from gateway import alert_rows, alert_words
from gateway.alert import Alert
from gateway.background import begin
from gateway.entry import Entry
from gateway.errors import GatewayError
from gateway.event import Event
from gateway.policy import Grant
from gateway.presets import sentence
from gateway.schema import Model
from gateway.subscriptions import naming
from gateway.text import clean

if TYPE_CHECKING:
    from gateway.home import Home

log = logging.getLogger("homeport.alerts")

MOST_A_MINUTE = 10
LONGEST_OUTCOME = 200


class Calling(Protocol):
    """The door's own call."""

    def __call__(
        self, grant: Grant, name: str, arguments: Mapping[str, Any], *, cause: str | None = None
    ) -> Awaitable[Model]:
        """Call a tool; raise GatewayError."""


class Firing:
    """Lets standing orders fire; `ended` is told of those that have done so for good."""

    def __init__(self, home: "Home", ended: Callable[[Alert], None]) -> None:
        self._home = home
        self._ended = ended
        self._because: dict[str, str | None] = {}
        self._doing: set[asyncio.Task[None]] = set()
        self.call: Calling | None = None

    def chain(self, cause: str | None) -> set[str]:
        """Return all that led to a cause, over receipts and other standing orders."""
        found: set[str] = set()
        while cause is not None and cause not in found:
            links = self._home.receipts.chain(cause)
            found.update(links)
            cause = self._because.get(links[-1])
        return found

    def fire(
        self,
        alert: Alert,
        entries: Sequence[Entry],
        cause: str | None = None,
        event: Event | None = None,
    ) -> None:
        """Do what it is to do, if its agent may still, and not too often."""
        if alert.suspended or alert.over:
            return
        grant = self._home.tokens.of(alert.agent)
        if grant is None:
            self.suspend(alert, f"the token of {alert.agent} has been revoked")
            return
        seen = [entry for entry in entries if grant.sees(entry)]
        if entries and not seen:
            return
        if self._too_often(alert):
            self.suspend(alert, f"it fired more than {MOST_A_MINUTE} times in a minute")
            return
        self._because[alert.id] = cause
        alert.over = alert.once or (alert.schedule is not None and alert.due is None)
        self._do(self._carry_out(alert, grant, seen, cause, self._message(alert, seen, event)))

    def missed(self, alert: Alert, due: datetime) -> None:
        """Tell that its time passed; its scene is not run late."""
        self._tell(alert, "missed", {"due": self._home.clock.local(due)})
        grant = self._home.tokens.of(alert.agent)
        if grant is not None:
            message = alert_words.missed(alert, self._home.clock.said(due))
            self._do(self._notify(alert, grant, message))

    def suspend(self, alert: Alert, reason: str) -> None:
        """Let it do nothing any more."""
        alert.suspended = reason
        self.save(alert)
        self._tell(alert, "suspended", {"reason": reason})

    def save(self, alert: Alert) -> None:
        """Keep when it is due, and whether it is suspended."""
        number, due, why = alert.number, alert.due, alert.suspended
        self._home.store.later(lambda db: alert_rows.change(db, number, due, why))

    def forget(self, alert: Alert) -> None:
        """Let go what is remembered of its causes."""
        self._because.pop(alert.id, None)

    async def idle(self) -> None:
        """Wait until all that has begun is done."""
        while self._doing:
            await asyncio.gather(*self._doing, return_exceptions=True)

    def _too_often(self, alert: Alert) -> bool:
        now = self._home.clock.clock.monotonic()
        while alert.fired and alert.fired[0] <= now - 60:
            alert.fired.popleft()
        alert.fired.append(now)
        return len(alert.fired) > MOST_A_MINUTE

    def _message(self, alert: Alert, seen: Sequence[Entry], event: Event | None) -> str:
        if alert.message is not None:
            return alert.message
        if event is not None:
            return sentence(event, naming(self._home.registry.get))
        return alert_words.came_true(alert, seen, self._home.clock)

    async def _carry_out(
        self,
        alert: Alert,
        grant: Grant,
        seen: Sequence[Entry],
        cause: str | None,
        message: str,
    ) -> None:
        deeds = [_tell(person, message) for person in alert.notify]
        if alert.scene is not None:
            deeds.append(("run_scene", {"name": alert.scene}))
        data = {"message": message, "outcome": await _all(self.call, alert, grant, deeds)}
        device = seen[0].id if len(seen) == 1 else None
        self._tell(alert, "fired", data, device=device, cause=cause)
        if alert.over:
            self._ended(alert)

    async def _notify(self, alert: Alert, grant: Grant, message: str) -> None:
        outcome = await _all(
            self.call, alert, grant, [_tell(person, message) for person in alert.notify]
        )
        log.info("%s was missed: %s", alert.id, outcome)

    def _tell(self, alert: Alert, what: str, data: dict[str, str], **more: Any) -> None:
        told = {"alert": alert.id, "agent": alert.agent, "text": alert.text} | data
        self._home.events.note(f"alert.{what}", told, to=alert.webhooks, **more)

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        task = begin(work, "an alert", log)
        self._doing.add(task)
        task.add_done_callback(self._doing.discard)


def _tell(person: str, message: str) -> tuple[str, dict[str, Any]]:
    return "notify", {"to": person, "message": message}


async def _all(
    call: Calling | None, alert: Alert, grant: Grant, deeds: list[tuple[str, dict[str, Any]]]
) -> str:
    if not deeds:
        return "noted"
    if call is None:
        return "nothing could be done: homeport was starting"
    became = await asyncio.gather(*(_one(call, alert, grant, *deed) for deed in deeds))
    return clean(" ".join(became), LONGEST_OUTCOME)


async def _one(
    call: Calling, alert: Alert, grant: Grant, tool: str, arguments: dict[str, Any]
) -> str:
    try:
        answer = await call(grant, tool, arguments, cause=alert.id)
    except GatewayError as error:
        return f"{tool} failed: {error.detail}."
    return str(getattr(answer, "summary", "done"))
