"""One adapter at work in a home of its own, before the simulators of its case."""

import asyncio
import gc
import os
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from gateway.adapter import Adapter, Link, Sighting
from gateway.discovery import Discovery
from gateway.entry import Entry
from gateway.links import Links
from gateway.schema import Model
from gateway.session import Session
from tests.contract.case import Case, Command
from tests.incore import House, house

ONLINE_WITHIN = 10.0
SOON = 0.02


class Running:
    """The home, the adapter that serves it, and the owner's session."""

    def __init__(
        self, case: Case, opened: House, adapter: Adapter[Any], links: Links, session: Session
    ) -> None:
        self.case = case
        self.registry = opened.home.registry
        self.adapter = adapter
        self.links = links
        self.session = session
        self.attempts = 0
        """How often serving a place has ended."""
        self._reported = asyncio.Event()
        self.registry.on_report(lambda entry, kind, before: self._reported.set())

    async def until(self, condition: Callable[[], bool], within: float = ONLINE_WITHIN) -> None:
        """Return as soon as it is so; fail where it is not so within that time."""
        try:
            async with asyncio.timeout(within):
                while not condition():
                    await self._next()
        except TimeoutError:
            here = {entry.id: entry.online for entry in self.registry}
            raise AssertionError(f"it is not so after {within:g} s; online: {here}") from None

    def search(self) -> None:
        """Tell of what proxies stand before, as each round of a search would."""
        for sighting in self.case.sightings() if self.case.proxied else ():
            self.links.heard(sighting)

    def heard(self, sighting: Sighting) -> None:
        """Pass on what is of this case: others may have a house on loopback too."""
        if sighting.address in self.case.addresses:
            self.links.heard(sighting)

    def found(self, *ids: str) -> bool:
        """Search once more, and say whether all of these devices are here."""
        self.search()
        return self.online(*ids)

    def entry(self, id: str) -> Entry:
        entry = self.registry.get(id)
        assert entry is not None
        return entry

    def online(self, *ids: str) -> bool:
        """Say whether all of these devices are here."""
        entries = [self.registry.get(id) for id in ids]
        return all(entry is not None and entry.online for entry in entries)

    def offline(self) -> set[str]:
        """Return the devices that are known and not here."""
        return {entry.id for entry in self.registry if not entry.online}

    def state(self, id: str, kind: str) -> Model:
        return self.entry(id).observed[kind].state

    def shows(self, id: str, kind: str, fields: Mapping[str, Any]) -> bool:
        """Say whether our state of a device has these values."""
        seen = self.entry(id).observed.get(kind)
        return seen is not None and type(self.entry(id).capabilities[kind]).shows(
            seen.state, fields
        )

    async def tell(self, command: Command) -> dict[str, Any]:
        """Give a command through the door; return what became of its device."""
        arguments = {"targets": command.device, **command.arguments}
        answer = await self.session.call(command.tool, arguments)
        (result,) = answer["results"]
        return dict(result)

    def told(self, command: Command) -> bool:
        """Say whether the simulator, and our state of it, are as the command wants them."""
        (kind,) = {
            capability.name
            for capability in self.entry(command.device).capabilities.values()
            for action in capability.actions
            if action.name == command.tool
        }
        return command.arrived(self.case) and self.shows(command.device, kind, command.shows)

    async def _next(self) -> None:
        """Return at the next report, or soon: the simulator's side tells nobody."""
        with suppress(TimeoutError):
            async with asyncio.timeout(SOON):
                await self._reported.wait()
        self._reported.clear()


def adapter_of(case: Case, settings: Mapping[str, Any]) -> Adapter[Any]:
    """Return the adapter of a case, made as the composition makes it."""
    module, _, attribute = case.adapter.partition(":")
    kind: type[Adapter[Any]] = getattr(import_module(module), attribute)
    adapter: Adapter[Any] = kind(kind.settings_type(**settings), case.network)
    return adapter


@asynccontextmanager
async def at_work(
    case: Case, state: Path, *, settings: Mapping[str, Any] | None = None, known: bool = False
) -> AsyncIterator[Running]:
    """Serve the house of a case that has started.

    The core's own search finds it; where proxies stand in between it is told of them, and where
    the devices are `known` from an earlier run it looks for them without any search.
    """
    adapter = adapter_of(case, {**case.settings, **(settings or {})})
    await asyncio.to_thread(state.mkdir, exist_ok=True)
    async with house(state) as opened:
        links = Links(opened.home.registry, [adapter])
        running = Running(case, opened, adapter, links, await opened.session())
        _count_attempts(adapter, running)
        discovery = Discovery([case.network], [adapter], running.heard)
        searching: list[asyncio.Task[None]] = []
        try:
            if known:
                links.recall()
            elif case.proxied:
                running.search()
            else:
                searching.append(asyncio.create_task(discovery.run()))
            yield running
        finally:
            for task in searching:
                task.cancel()
            await asyncio.gather(*searching, return_exceptions=True)
            await links.aclose()


def _count_attempts(adapter: Adapter[Any], running: Running) -> None:
    serve = adapter.serve

    async def counted(at: Sighting, link: Link) -> None:
        try:
            await serve(at, link)
        finally:
            running.attempts += 1

    adapter.serve = counted  # type: ignore[method-assign]


@asynccontextmanager
async def started(case: Case, *, proxied: bool = False) -> AsyncIterator[Case]:
    """Run the simulators of a case, `proxied` with the proxies, which change nothing at first."""
    case.proxied = proxied
    try:
        await case.start()
        for proxy in case.proxies if proxied else ():
            await proxy.start()
        yield case
    finally:
        for proxy in case.proxies:
            await proxy.stop()
        await case.stop()


def census() -> tuple[frozenset[object], frozenset[str], frozenset[str]]:
    """Return the tasks, sockets and threads of this process; the loop's own pool stays out."""
    gc.collect()
    threads = [thread.name for thread in threading.enumerate()]
    return (
        frozenset(asyncio.all_tasks()),
        frozenset(_sockets()),
        frozenset(name for name in threads if not name.startswith("asyncio_")),
    )


def _sockets() -> list[str]:
    found = []
    for descriptor in os.listdir("/proc/self/fd"):
        with suppress(FileNotFoundError):
            found.append(os.readlink(f"/proc/self/fd/{descriptor}"))
    return [name for name in found if name.startswith("socket:")]
