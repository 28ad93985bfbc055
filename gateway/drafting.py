"""From what an agent asks for to a standing order that can be kept: everything is checked here."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from gateway import order_words, schedule
from gateway.alert import Alert, is_webhook
from gateway.durations import duration
from gateway.entry import Entry
from gateway.errors import InvalidArguments, NotFound, nearest
from gateway.orders import EXAMPLES, Orders, Reading
from gateway.policy import Grant
from gateway.schedule import Schedule
from gateway.spans import instant
from gateway.text import clean

if TYPE_CHECKING:
    from gateway.home import Home

LONGEST = 500
SHORTEST = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """What an agent asks for, in its own words."""

    when: str | None = None
    at: str | None = None
    targets: list[str] | str | None = None
    notify: tuple[str, ...] = ()
    run_scene: str | None = None
    message: str | None = None
    once: bool = False
    expires: str | None = None


@dataclass(slots=True)
class Draft:
    """A standing order that is not kept yet, its devices, and what cannot be noticed."""

    alert: Alert
    entries: list[Entry] = field(default_factory=list)
    cannot: list[str] = field(default_factory=list)


def draft(home: "Home", grant: Grant, asked: Asked) -> Draft:
    """Return what was understood; raise GatewayError where none of it can be noticed or done."""
    when, at = _apart(home, asked)
    if when is None and at is None:
        raise InvalidArguments("Send when or at", hint=EXAMPLES, field="when")
    people, webhooks = _told(home, grant, asked.notify)
    scene = _scene(home, grant, asked.run_scene)
    now = home.clock.now()
    due = _schedule(home, at, now) if at is not None else None
    reading = _reading(home, grant, when, asked.targets)
    if when is not None and reading.order is None:
        told = "; ".join(reading.cannot)
        raise InvalidArguments(f"This cannot be noticed here: {told}", hint=EXAMPLES, field="when")
    if due is not None and reading.order is not None and reading.order.filter is not None:
        raise InvalidArguments(
            "at goes with how something is, not with what happens", hint=EXAMPLES, field="when"
        )
    alert = Alert(
        agent=grant.agent,
        text=clean(", ".join(one for one in (asked.when, asked.at) if one), LONGEST),
        order=reading.order,
        schedule=due,
        notify=people,
        webhooks=webhooks,
        scene=scene,
        message=clean(asked.message, LONGEST) if asked.message else None,
        once=asked.once,
        expires=_expires(home, asked.expires, now),
        due=due.next(now) if due is not None else None,
    )
    alert.prepare(home.registry.get)
    return Draft(alert, reading.entries, reading.cannot)


def _apart(home: "Home", asked: Asked) -> tuple[str | None, str | None]:
    """Return when and at; a time that was sent as `when` is one."""
    if asked.when is None or asked.at is not None:
        return asked.when, asked.at
    try:
        _schedule(home, order_words.plain(asked.when), home.clock.now())
    except InvalidArguments as error:
        if "where this home is" in error.detail:
            raise
        return asked.when, None
    return None, order_words.plain(asked.when)


def _schedule(home: "Home", at: str, now: datetime | None) -> Schedule:
    settings = home.settings
    return schedule.parse(at, home.clock.zone, settings.latitude, settings.longitude, now)


def kept_schedule(home: "Home", at: str) -> Schedule:
    """Return the schedule of a text that was kept."""
    return _schedule(home, at, None)


def _reading(
    home: "Home", grant: Grant, when: str | None, targets: list[str] | str | None
) -> Reading:
    if when is None:
        return Reading()
    if not when.strip():
        raise InvalidArguments("when is empty", hint=EXAMPLES, field="when")
    orders = Orders(home.search, home.index, home.registry, grant.sees, home.settings.units)
    return orders.read(when, targets)


def _told(
    home: "Home", grant: Grant, notify: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the people and the webhooks of `notify`; raise where the caller may not tell them."""
    people, webhooks = [], []
    own = [one.id for one in home.webhooks.list(grant.agent)]
    for word in dict.fromkeys(notify):
        if is_webhook(word):
            if word not in own:
                raise NotFound(f"There is no webhook {word!r}", choices=nearest(word, own))
            webhooks.append(word)
        else:
            people.append(home.people.find(word))
    if people:
        home.catalog.get("notify", grant, home.registry.kinds())
    return tuple(dict.fromkeys(people)), tuple(webhooks)


def _scene(home: "Home", grant: Grant, name: str | None) -> str | None:
    if name is None:
        return None
    home.catalog.get("run_scene", grant, home.registry.kinds())
    return str(home.scenes.find(name).name)


def _expires(home: "Home", text: str | None, now: datetime) -> datetime | None:
    """Return when it ends: after a duration, at a moment, or with a day."""
    if text is None:
        return None
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        return _moment(home, text, now)
    if not 1970 <= day.year <= 2200:
        raise InvalidArguments(f"expires {text[:40]!r} is no day", field="expires")
    following = datetime.combine(day + timedelta(days=1), datetime.min.time())
    return _ahead(instant(following, home.clock.zone), now)


def _moment(home: "Home", text: str, now: datetime) -> datetime:
    try:
        return _ahead(now + timedelta(seconds=duration(text.removeprefix("in "), "expires")), now)
    except InvalidArguments as error:
        try:
            found = _schedule(home, text, now)
        except InvalidArguments:
            raise error from None
        if found.repeats or (due := found.next(now)) is None:
            raise error from None
        return due


def _ahead(moment: datetime, now: datetime) -> datetime:
    if moment < now + SHORTEST:
        raise InvalidArguments("expires is past", hint='Example: "7d".', field="expires")
    return moment
