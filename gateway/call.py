"""What a fixed tool is given: one call, and the way back through the door."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from gateway.home import Home
from gateway.policy import Grant
from gateway.receipts import Receipt
from gateway.schema import Model
from gateway.tool import Tool


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

    async def begin(self, before: Mapping[str, Any] | None = None) -> Receipt:
        """Start the receipt of what this call is about to do."""
        was = [dict(before)] if before else []
        return await self.home.receipts.start(
            self.grant.agent, self.tool.name, self.arguments, was, self.cause
        )
