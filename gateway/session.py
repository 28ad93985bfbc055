"""What a surface sees of the house: a session that a token opened, and nothing behind it."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    from gateway.personal import Workouts
    from gateway.subscriptions import Filter

Json = dict[str, Any]

MOST_EVENTS = 1000
"""Of one page."""
_A_MOMENT = 0.001
LONGEST_WAIT = 60
"""Seconds for which a page may be waited for."""


@dataclass(frozen=True, slots=True)
class ToolView:
    """A tool as agents see it; every surface projects this and adds nothing.

    The four hints are those of the Model Context Protocol's tool annotations.
    """

    name: str
    description: str
    input_schema: Json
    output_schema: Json
    read_only: bool
    destructive: bool
    idempotent: bool
    open_world: bool = False


class StreamedEvent(NamedTuple):
    """One event of a stream; without a body it says that some before are gone for ever."""

    cursor: str
    name: str
    device: str | None
    body: bytes | None


class Session(Protocol):
    """One caller's way into the house. Everything is filtered by the caller's grant.

    All methods raise GatewayError and nothing else. Answers are plain JSON data.
    """

    @property
    def agent(self) -> str:
        """The name of the caller's grant."""

    async def tools(self) -> Sequence[ToolView]:
        """Return the tools that this caller may call, in the one fixed order."""

    async def instructions(self) -> str:
        """Return, in a few sentences, what this house has and how to begin."""

    async def call(self, tool: str, arguments: Mapping[str, Any]) -> Json:
        """Call a tool and return its answer, which fits the tool's `output_schema`."""

    async def devices(self, *, all: bool = False, unknown: bool = False) -> Json:
        """Return `{devices: [...]}`: `all` adds the twins, `unknown` what nobody claims."""

    async def device(self, id: str) -> Json:
        """Return everything that is known of one device."""

    async def forget(self, id: str) -> Json:
        """Drop a device and its parts; return `{id, forgotten: true}`. The owner's alone."""

    async def thing(self, id: str) -> Json:
        """Return the W3C Web of Things Thing Description 1.1 of one device."""

    async def ask(self, id: str, query: str) -> Json:
        """Ask one device something that is not state: its favourites, its queue."""

    async def events(
        self, filter: "Filter", *, after: str | None = None, limit: int = 20, wait: float = 0.0
    ) -> Json:
        """Return `{events, cursor, truncated}`, oldest first, behind the cursor `after`.

        Waits for the first for at most `wait` seconds. Without a cursor: what comes from
        now on, or where nobody waits, the newest that there are.
        """

    def stream(self, filter: "Filter", *, after: str | None = None) -> AsyncIterator[StreamedEvent]:
        """Return all events behind a cursor, for ever; without one from now on.

        It ends where homeport stops, and raises Unauthorized where the token is revoked.
        """

    async def plot(
        self, id: str, property: str, *, format: Literal["svg", "png"] = "svg", **stretch: str
    ) -> bytes:
        """Return a picture of a device's past; `stretch` is get_history's start, end, every."""

    async def metrics(self) -> str:
        """Return what homeport counts of itself, as Prometheus reads it. The owner's alone."""

    async def receipts(self, *, limit: int = 20, before: int | None = None) -> Json:
        """Return `{receipts: [...]}`, the newest first; `before` is a receipt's `seq`."""

    def workouts(self) -> "Workouts":
        """Return the book of workouts, for files. The owner's alone; NotFound without a book."""

    async def tokens(self) -> Json:
        """Return `{tokens: [...]}` without the secrets. The owner's alone."""

    async def new_token(self, name: str, *, preset: str, allow: Sequence[str] = ()) -> Json:
        """Return `{name, token, preset}`; the token is shown this once. The owner's alone.

        `allow` names tools that the token may call beside what its preset allows.
        """

    async def revoke_token(self, name: str) -> Json:
        """End a token at once and return `{name, revoked: true}`. The owner's alone."""


class Door(Protocol):
    """Where surfaces get their sessions."""

    def open(self, token: str | None) -> Session:
        """Return the session of a token; raise Unauthorized where there is none."""

    def on_tools_changed(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call back whenever a session's tool list may differ; return the way to stop that."""


async def cursor_now(session: Session, filter: "Filter") -> str:
    """Return the cursor of this moment: behind it is what happens from now on."""
    page = await session.events(filter, wait=_A_MOMENT)
    return str(page["cursor"])


def nothing_done(answer: Mapping[str, Any]) -> bool:
    """Say whether an acting tool's answer reports no success at all (MCP: isError)."""
    counts = answer.get("counts")
    if not counts:
        return False
    return not any(counts.get(name) for name in ("done", "already", "unverified", "sent"))
