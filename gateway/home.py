"""Everything that the door and the tools stand on, in one place."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from gateway.catalog import Catalog
from gateway.clock import Clock, HomeClock, SystemClock
from gateway.errors import CannotStart, StoreFailed
from gateway.plans import Plans
from gateway.readback import LateReports
from gateway.receipts import Receipts
from gateway.registry import Registry
from gateway.scenes import Scenes
from gateway.search import Search
from gateway.settings import HomeSettings
from gateway.store import EXIT_STATE, Store
from gateway.targets import Index
from gateway.tokens import Tokens


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
    clock: HomeClock
    store: Store
    registry: Registry
    index: Index
    search: Search
    catalog: Catalog
    scenes: Scenes
    receipts: Receipts
    plans: Plans
    tokens: Tokens
    late: LateReports = field(default_factory=LateReports)
    surroundings: Surroundings = field(default_factory=Silence)

    @classmethod
    async def open(
        cls, settings: HomeSettings, state: Path, catalog: Catalog, clock: Clock | None = None
    ) -> "Home":
        """Open the state folder, under its lock, and take up what it remembers."""
        time = HomeClock(clock or SystemClock(), ZoneInfo(settings.timezone))
        store = Store(state / "events.db")
        store.open()
        registry = Registry(store, time, settings.prefer)
        home = cls(
            settings=settings,
            clock=time,
            store=store,
            registry=registry,
            index=Index(registry),
            search=Search(registry),
            catalog=catalog,
            scenes=Scenes(store, time),
            receipts=Receipts(store, time),
            plans=Plans(time.clock),
            tokens=Tokens(store, time),
        )
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
        return home

    async def _load(self, state: Path) -> None:
        await self.registry.load()
        await self.scenes.load()
        await self.tokens.load()
        await self.tokens.keep_owner(state / "owner.token")

    async def aclose(self) -> None:
        """Write what was learnt and close the state folder."""
        await self.late.aclose()
        try:
            await self.registry.save(states=True)
        finally:
            await self.store.aclose()
