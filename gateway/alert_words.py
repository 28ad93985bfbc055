"""Standing orders in sentences: what is waited for, what came true, what was missed. Pure."""

from collections.abc import Sequence

from gateway.alert import Alert
from gateway.clock import HomeClock
from gateway.durations import said
from gateway.entry import Entry
from gateway.orders import Order
from gateway.text import clean

_QUOTES = str.maketrans({"“": '"', "”": '"'})
MOST_NAMED = 5


def named(entries: Sequence[Entry]) -> str:
    """Return devices' names, quoted so that none of them can end its quotation."""
    shown = [f"“{clean(entry.name, 60).translate(_QUOTES)}”" for entry in entries[:MOST_NAMED]]
    more = len(entries) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def understood(alert: Alert, entries: Sequence[Entry]) -> str:
    """Return in a sentence what is waited for."""
    order, schedule = alert.order, alert.schedule
    if order is None:
        return f"Fires {schedule.said()}." if schedule else ""
    if order.filter is not None and order.now.startswith("fits"):
        about = f" of {named(entries)}" if entries else ""
        return f"Fires when an event{about} {order.now}."
    who = named(entries) if len(entries) == 1 else f"one of {named(entries)}"
    begin = f"Fires {schedule.said()} if" if schedule else "Fires when"
    return f"{begin} {who} {state(order)}."


def state(order: Order) -> str:
    """Return what is said of a device for which it came true: "has been open for 10 min"."""
    return f"{order.since} for {said(order.seconds)}" if order.seconds else order.now


def deeds(alert: Alert) -> str:
    """Return in a sentence what it does then."""
    done = [f"tells {clean(name, 60)}" for name in (*alert.notify, *alert.webhooks)]
    if alert.scene:
        done.append(f"runs “{clean(alert.scene, 60)}”")
    return f"Then it {' and '.join(done)}." if done else "Then it is the event alert.fired."


def came_true(alert: Alert, entries: Sequence[Entry], clock: HomeClock) -> str:
    """Return in a sentence that it came true for these devices, or that its time came."""
    order = alert.order
    if order is None or not entries:
        return f"It is {clock.said(clock.now())}: {clean(alert.text)}."
    each = " each" if len(entries) > 1 else ""
    return (
        f"{named(entries)}{each}: {state(order)}." if each else f"{named(entries)} {state(order)}."
    )


def missed(alert: Alert, due: str) -> str:
    """Return in a sentence that its time passed unnoticed."""
    what = alert.message or clean(alert.text)
    return f"Missed: {what} was due at {due}, while homeport was not running."
