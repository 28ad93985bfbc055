"""Everything that the door and the tools stand on, in one place."""

import asyncio
import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from gateway.alerts import Alerts
from gateway.background import begin
from gateway.catalog import Catalog
from gateway.clock import Clock, HomeClock, SystemClock
from gateway.errors import CannotStart, StoreFailed
from gateway.event import Event
from gateway.events import Events
from gateway.feed import Feed
from gateway.history import History
from gateway.limits import LimitSettings
from gateway.metrics import Metrics
from gateway.outside import Outside
from gateway.people import People
from gateway.personal import Workouts
from gateway.plans import Plans
from gateway.precious import EXIT_STATE
from gateway.readback import LateReports
from gateway.receipts import Receipts
from gateway.registry import Registry
from gateway.retention import Kept, keep_pruning, tell_losses
from gateway.scenes import Scenes
from gateway.search import Search
from gateway.settings import EventSettings, HomeSettings, Settings
from gateway.store import Store
from gateway.subscriptions import audible
from gateway.targets import Index
from gateway.tokens import Tokens
from gateway.webhooks import Webhooks

log = logging.getLogger("homeport.home")


class Surroundings(Protocol):
    """What the search for devices knows beside the devices."""

    def unclaimed(self) -> list[dict[str, Any]]:
        """Return what was heard and nobody claims."""

    def problems(self) -> list[str]:
        """Return why something may not have been heard."""


class Silence:
    """Surroundings of a home that is not searched."""

    def unclaimed(self) -> list[dict[str, Any]]:
        return []

    def problems(self) -> list[str]:
        return []


@dataclass
class Home:
    """One home: its state folder, opened, and what lives on it."""

    settings: HomeSettings
    limits: LimitSettings
    clock: HomeClock
    store: Store
    registry: Registry
    index: Index
    search: Search
    catalog: Catalog
    scenes: Scenes
    events: Events
    receipts: Receipts
    plans: Plans
    tokens: Tokens
    history: History
    feed: Feed
    people: People
    webhooks: Webhooks
    kept: dict[bool, Kept]
    late: LateReports = field(default_factory=LateReports)
    surroundings: Surroundings = field(default_factory=Silence)
    personal: Workouts | None = None
    metrics: Metrics = field(init=False)
    alerts: Alerts = field(init=False)
    _upkeep: list[asyncio.Task[None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.metrics = Metrics(self)
        self.alerts = Alerts(self)

    @classmethod
    async def open(
        cls,
        settings: Settings,
        state: Path,
        catalog: Catalog,
        clock: Clock | None = None,
        outside: Outside | None = None,
    ) -> "Home":
        """Open the state folder, under its lock, and take up what it remembers."""
        time = HomeClock(clock or SystemClock(), ZoneInfo(settings.home.timezone))
        store = Store(state / "events.db")
        home = cls._made(settings, state, catalog, time, store, outside or Outside())
        store.open()
        try:
            await home._load(state)
        except (ValueError, TypeError, KeyError, StoreFailed) as error:
            await store.aclose()
            raise CannotStart(
                f"{store.path} holds what makes no sense: {error}", exit_code=EXIT_STATE
            ) from error
        except CannotStart:
            await store.aclose()
            raise
        await home._begin()
        return home

    @classmethod
    def _made(
        cls,
        settings: Settings,
        state: Path,
        catalog: Catalog,
        clock: HomeClock,
        store: Store,
        outside: Outside,
    ) -> "Home":
        events = Events(store, clock)
        registry = Registry(store, clock, settings.home.prefer)
        tokens = Tokens(store, clock)
        history = History(state / "history.db", settings.history, clock)

        def sees(agent: str, event: Event) -> bool:
            grant = tokens.of(agent)
            return grant is not None and audible(event, grant, registry.get)

        return cls(
            settings=settings.home,
            limits=settings.limits,
            clock=clock,
            store=store,
            registry=registry,
            index=Index(registry),
            search=Search(registry),
            catalog=catalog,
            scenes=Scenes(store, clock),
            events=events,
            receipts=Receipts(store, clock, events),
            plans=Plans(clock.clock),
            tokens=tokens,
            history=history,
            feed=Feed(registry, events, history),
            people=People(settings.people, outside.channels, clock, store),
            webhooks=Webhooks(
                store,
                events,
                clock,
                settings.webhooks,
                outside.sender,
                sees=sees,
                look=registry.get,
            ),
            kept=_kept(settings.events),
        )

    async def _load(self, state: Path) -> None:
        await self.events.load()
        await self.registry.load()
        await self.scenes.load()
        await self.tokens.load()
        await self.tokens.keep_owner(state / "owner.token")

    async def _begin(self) -> None:
        self.tokens.changed = self.events.nudge
        self.history.open()
        await self.webhooks.open()
        await self.people.open()
        await self.feed.start()
        await self.alerts.open()
        self._upkeep = [
            begin(keep_pruning(self.events, self.kept), "pruning", log),
            begin(tell_losses(self.events, self.history), "telling losses", log),
        ]

    async def aclose(self) -> None:
        """Write what was learnt and close the state folder."""
        self.events.stop()
        for task in self._upkeep:
            task.cancel()
        await self.late.aclose()
        await self.alerts.aclose()
        await self.people.aclose()
        self.feed.close()
        try:
            await self.registry.save(states=True)
            await self.events.aclose()
        finally:
            await self.webhooks.aclose()
            await self.history.aclose()
            await self.store.aclose()


def _kept(settings: EventSettings) -> dict[bool, Kept]:
    return {
        False: Kept(settings.keep_days, settings.keep_mb),
        True: Kept(settings.keep_sampled_days, settings.keep_sampled_mb),
    }
