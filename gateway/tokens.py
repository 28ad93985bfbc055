"""Tokens: stored as hashes, each names one grant. The owner's is written 0600 on first start."""

import hashlib
import json
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from gateway.clock import HomeClock
from gateway.errors import CannotStart, Conflict, InvalidArguments, NotFound, Unauthorized, nearest
from gateway.policy import GRANTS, Grant
from gateway.private import write_private
from gateway.store import Store
from gateway.text import clean

OWNER = "owner"


class Tokens:
    """Which token carries which grant."""

    def __init__(self, store: Store, clock: HomeClock) -> None:
        self._store = store
        self._clock = clock
        self._grants: dict[str, Grant] = {}
        self._by_agent: dict[str, Grant] = {}
        self._rows: list[dict[str, Any]] = []
        self.changed: Callable[[], None] = lambda: None
        """Called whenever a token comes or goes."""
        self.version = 0
        """Grows with every change, so that a session knows when to ask again."""

    async def load(self) -> None:
        """Take up what the store remembers."""
        rows = await self._store.read(
            lambda db: db.execute(
                "SELECT name, hash, preset, created, named FROM grants ORDER BY created, name"
            ).fetchall()
        )
        self._grants = {
            hash: GRANTS[preset](name, json.loads(named))
            for name, hash, preset, _, named in rows
            if preset in GRANTS
        }
        self._by_agent = {grant.agent: grant for grant in self._grants.values()}
        self.version += 1
        self.changed()
        self._rows = [
            {"name": name, "preset": preset, "created": created} | _named(named)
            for name, _, preset, created, named in rows
        ]

    async def keep_owner(self, path: Path) -> None:
        """Write the owner's token on first start; take up the one that the file holds."""
        token = _kept(path)
        if _hash(token) not in self._grants:
            await self._insert(OWNER, token, "owner")

    def grant(self, token: str | None) -> Grant:
        """Return what a token allows; raise Unauthorized where it is not known."""
        if not token:
            raise Unauthorized("No token was sent", hint="Send Authorization: Bearer TOKEN.")
        grant = self._grants.get(_hash(token))
        if grant is None:
            raise Unauthorized("This token is not known here; it may have been revoked")
        return grant

    def of(self, agent: str) -> Grant | None:
        """Return the grant of an agent whose token is known, or None."""
        return self._by_agent.get(agent)

    def list(self) -> list[dict[str, Any]]:
        """Return names and presets, never secrets."""
        return self._rows

    async def new(self, name: str, preset: str, named: Sequence[str] = ()) -> str:
        """Return a new token, shown this once; `named` are tools that it may call beside."""
        if preset not in GRANTS:
            close = nearest(preset, GRANTS) or list(GRANTS)
            raise InvalidArguments(f"There is no preset {preset!r}", hint=f"Take {close[0]}.")
        if not name or clean(name, 80) != name:
            raise InvalidArguments("A token's name is one line of 1 to 80 letters", field="name")
        if any(row["name"] == name for row in self._rows):
            raise Conflict(f"There is a token {name!r} already", hint="Revoke it first.")
        token = _new()
        await self._insert(name, token, preset, named)
        return token

    async def revoke(self, name: str) -> None:
        """End a token at once."""
        names = [row["name"] for row in self._rows]
        if name not in names:
            raise NotFound(f"There is no token {name!r}", choices=nearest(name, names))
        if name == OWNER:
            raise Conflict("The owner's token is not revoked", hint="Delete owner.token instead.")
        await self._store.write(lambda db: db.execute("DELETE FROM grants WHERE name = ?", (name,)))
        await self.load()

    async def _insert(self, name: str, token: str, preset: str, named: Sequence[str] = ()) -> None:
        made = self._clock.now().isoformat()
        row = (name, _hash(token), preset, made, json.dumps(list(named)))
        await self._store.write(
            lambda db: db.execute("INSERT OR REPLACE INTO grants VALUES (?, ?, ?, ?, ?)", row)
        )
        await self.load()


def _named(tools: str) -> dict[str, Any]:
    found = json.loads(tools)
    return {"allow": found} if found else {}


def _kept(path: Path) -> str:
    try:
        token = path.read_text("ascii").strip() if path.exists() else ""
        if not token:
            token = _new()
            write_private(path, token + "\n")
        path.chmod(0o600)
    except (OSError, UnicodeDecodeError) as error:
        raise CannotStart(f"{path} cannot be used: {error}", exit_code=4) from error
    return token


def _new() -> str:
    return "hp_" + secrets.token_urlsafe(32)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
