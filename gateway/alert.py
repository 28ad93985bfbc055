"""One standing order: what it waits for, and what it is to do."""

import json
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gateway import alert_rows
from gateway.alert_rows import Row, stamp
from gateway.conditions import Condition, parse
from gateway.entry import Entry
from gateway.orders import Order
from gateway.schedule import Schedule
from gateway.standing import Standing, could
from gateway.subscriptions import Look, Matcher


@dataclass(slots=True)
class Alert:
    """A standing order of one agent; its number is 0 until it is kept."""

    agent: str
    text: str
    """as it was asked for"""
    order: Order | None
    schedule: Schedule | None
    notify: tuple[str, ...] = ()
    webhooks: tuple[str, ...] = ()
    scene: str | None = None
    message: str | None = None
    once: bool = False
    expires: datetime | None = None
    due: datetime | None = None
    suspended: str | None = None
    number: int = 0
    over: bool = False
    """whether it has fired for the last time"""
    condition: Condition | None = None
    matcher: Matcher | None = None
    standing: dict[str, Standing] = field(default_factory=dict)
    fired: deque[float] = field(default_factory=deque)
    """when it fired in the last minute, monotonic"""

    @property
    def id(self) -> str:
        return f"a{self.number}"

    @property
    def seconds(self) -> float:
        return self.order.seconds if self.order else 0.0

    def prepare(self, look: Look) -> None:
        """Read what it waits for, so that it can be compared."""
        if self.order is None:
            return
        if self.order.where is not None:
            self.condition = parse(self.order.where)
        if self.order.filter is not None:
            self.matcher = Matcher(self.order.filter, look, self.order.devices)

    def means(self, entry: Entry) -> bool:
        """Say whether its condition is about a device, which has what it compares."""
        devices = self.order.devices if self.order else None
        if self.condition is None or (devices is not None and entry.id not in devices):
            return False
        return could(self.condition, entry.kinds)

    def pending(self) -> list[tuple[str, datetime]]:
        """Return the devices for which the condition has not held long enough, and until when."""
        if not self.seconds:
            return []
        length = timedelta(seconds=self.seconds)
        return [(id, one.since + length) for id, one in self.standing.items() if not one.told]

    def values(self) -> Row:
        """Return what is kept of it, by the columns behind the number."""
        return (
            self.agent,
            self.text,
            self.order.model_dump_json(exclude_defaults=True) if self.order else None,
            self.schedule.text if self.schedule else None,
            json.dumps([*self.notify, *self.webhooks]),
            self.scene,
            self.message,
            int(self.once),
            stamp(self.expires),
            stamp(self.due),
            self.suspended,
        )


def is_webhook(word: str) -> bool:
    """Say whether a word of `notify` is a webhook's id."""
    return word[:1] == "w" and word[1:].isdecimal() and word.isascii()


def revived(row: Row, schedule: Schedule | None) -> Alert:
    """Return the standing order of a row of the table."""
    number, agent, text, waits, _, notify, scene, message, once, expires, due, suspended = row
    told = alert_rows.listed(notify)
    return Alert(
        number=number,
        agent=agent,
        text=text,
        order=Order.model_validate_json(waits) if waits else None,
        schedule=schedule,
        notify=tuple(one for one in told if not is_webhook(one)),
        webhooks=tuple(one for one in told if is_webhook(one)),
        scene=scene,
        message=message,
        once=bool(once),
        expires=alert_rows.at(expires),
        due=alert_rows.at(due),
        suspended=suspended,
    )
