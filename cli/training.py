"""Puts the workouts together: their file, what records itself, what is dropped into a folder."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from gateway.catalog import Catalog
from gateway.home import Home
from gateway.settings import Settings
from gateway.tools import catalog
from workouts.book import Book
from workouts.folder import Folder
from workouts.recorder import Recorder, sole
from workouts.store import WorkoutStore
from workouts.tool import tools

WORKOUTS = "workouts.db"


def every_tool(store: WorkoutStore | None = None, settings: Settings | None = None) -> Catalog:
    """Return every tool of this version; without a store they can only be read."""
    people = settings.people if settings else {}
    maxima = {name: one.max_heart_rate for name, one in people.items() if one.max_heart_rate}
    return catalog(*tools(store or WorkoutStore(Path(WORKOUTS)), maxima))


@asynccontextmanager
async def training(home: Home, store: WorkoutStore, settings: Settings) -> AsyncIterator[None]:
    """Record and take files in until the block ends."""
    book = Book(store, home.clock)
    recorder = Recorder(
        home,
        store,
        person=sole(home.people.names),
        stopped_for=settings.workouts.stopped_for,
    )
    async with AsyncExitStack() as stack:
        await recorder.open()
        stack.push_async_callback(recorder.aclose)
        if settings.workouts.folder is not None:
            folder = Folder(settings.workouts.folder.expanduser(), book)
            folder.start()
            stack.push_async_callback(folder.aclose)
        home.personal = book
        yield
