"""What a fixed tool is given: one call, and the way back through the door."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from gateway.errors import Unauthorized
from gateway.home import Home
from gateway.policy import Grant
from gateway.receipts import Receipt
from gateway.schema import Model
from gateway.tool import Tool

SECRET = ("secret",)
HIDDEN = "(hidden)"


class Through(Protocol):
    """The door, as far as a tool needs it."""

    home: Home

    async def call(
        self, grant: Grant, name: str, arguments: Mapping[str, Any], *, cause: str | None = None
    ) -> Model:
        """Call another tool with the same grant."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a fixed tool."""

    door: Through
    grant: Grant
    tool: Tool
    arguments: Mapping[str, Any]
    cause: str | None

    @property
    def home(self) -> Home:
        return self.door.home

    async def again(self, tool: str, arguments: Mapping[str, Any], cause: str | None) -> Model:
        """Call another tool: it passes the same door with the same grant."""
        return await self.door.call(self.grant, tool, arguments, cause=cause)

    def still(self) -> Callable[[], Grant]:
        """Return what gives the caller's grant as long as it lasts; then it raises Unauthorized."""
        tokens, agent = self.home.tokens, self.grant.agent
        if tokens.of(agent) is None:
            return lambda: self.grant

        def now() -> Grant:
            if tokens.of(agent) is None:
                raise Unauthorized("This token has been revoked")
            return self.grant

        return now

    async def begin(self, before: Mapping[str, Any] | None = None) -> Receipt:
        """Start the receipt of what this call is about to do."""
        was = [dict(before)] if before else []
        told = {name: HIDDEN if name in SECRET else one for name, one in self.arguments.items()}
        return await self.home.receipts.start(
            self.grant.agent, self.tool.name, told, was, self.cause
        )
