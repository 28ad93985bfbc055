"""Scenes: named lists of calls, each of which goes through the door like any other."""

import json
import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gateway.capability import Step
from gateway.clock import HomeClock
from gateway.errors import InvalidArguments, NotFound, nearest
from gateway.store import Store
from gateway.text import folded, quoted


@dataclass(frozen=True, slots=True)
class Scene:
    """A saved scene."""

    name: str
    aliases: tuple[str, ...]
    steps: tuple[Step, ...]

    @property
    def id(self) -> str:
        return "scene:" + folded(self.name).replace(" ", "-")

    def is_called(self, word: str) -> bool:
        """Say whether this is its id or name; spaces and hyphens are ignored."""
        return word == self.id or _plain(word) == _plain(self.name)

    def answers_to(self, word: str) -> bool:
        """Say whether a person may mean this scene by one of its other names."""
        return _plain(word) in map(_plain, self.aliases)


class Scenes:
    """The home's scenes, kept in the store and in memory."""

    def __init__(self, store: Store, clock: HomeClock) -> None:
        self._store = store
        self._clock = clock
        self._scenes: list[Scene] = []

    async def load(self) -> None:
        """Take up what the store remembers."""
        rows = await self._store.read(
            lambda db: db.execute(
                "SELECT name, aliases, steps FROM scenes ORDER BY folded"
            ).fetchall()
        )
        self._scenes = [
            Scene(
                name,
                tuple(json.loads(aliases)),
                tuple(Step(step["tool"], step["arguments"]) for step in json.loads(steps)),
            )
            for name, aliases, steps in rows
        ]

    def __iter__(self) -> Any:
        return iter(self._scenes)

    def find(self, word: str) -> Scene:
        """Return the scene of that name; raise NotFound that names the nearest."""
        called = [scene for scene in self._scenes if scene.is_called(word)]
        known = called or [scene for scene in self._scenes if scene.answers_to(word)]
        if known:
            return known[0]
        names = [name for scene in self._scenes for name in (scene.name, *scene.aliases)]
        close = nearest(word, names) or names[:5]
        raise NotFound(
            f"There is no scene “{word[:80]}”",
            hint=f"Did you mean {quoted(close)}?" if close else "No scene is saved yet.",
            choices=close,
        )

    async def save(self, name: str, steps: Sequence[Step], agent: str) -> Scene:
        """Keep a scene under its name; one of the same name is replaced, its aliases stay.

        Raises InvalidArguments where nothing can be read in the name.
        """
        if not _plain(name):
            raise InvalidArguments("a scene needs a name", field="name")
        name = next((scene.name for scene in self._scenes if scene.is_called(name)), name)
        row = {
            "name": name,
            "folded": folded(name),
            "steps": json.dumps(
                [{"tool": step.tool, "arguments": dict(step.arguments)} for step in steps]
            ),
            "agent": agent,
            "saved": self._clock.now().isoformat(),
        }

        def upsert(db: sqlite3.Connection) -> None:
            db.execute(
                "INSERT INTO scenes (name, folded, steps, agent, saved) "
                "VALUES (:name, :folded, :steps, :agent, :saved) "
                "ON CONFLICT (folded) DO UPDATE SET steps = excluded.steps, "
                "agent = excluded.agent, saved = excluded.saved",
                row,
            )

        await self._store.write(upsert)
        await self.load()
        return self.find(name)

    async def remove(self, scene: Scene) -> None:
        """Delete a scene."""
        await self._store.write(
            lambda db: db.execute("DELETE FROM scenes WHERE folded = ?", (folded(scene.name),))
        )
        await self.load()


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]+", "", folded(name))
