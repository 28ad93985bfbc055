"""What one agent may do. A token carries one grant; every grant answers the same questions."""

from collections.abc import Iterable
from typing import Literal, Protocol

from gateway.declarations import Risk
from gateway.entry import Entry
from gateway.errors import ApprovalNeeded, NotAllowed
from gateway.limits import Limits
from gateway.tool import Tool

Preset = Literal["owner", "read-only"]


class Grant(Protocol):
    """The rules of one agent."""

    @property
    def agent(self) -> str:
        """The agent's name, as receipts show it."""

    @property
    def owner(self) -> bool:
        """Whether this is the owner, who alone may change names, areas and tokens."""

    def sees(self, entry: Entry) -> bool:
        """Say whether the agent knows of this device."""

    def lists(self, tool: Tool) -> bool:
        """Say whether the agent knows of this tool."""

    def allow(self, tool: Tool) -> None:
        """Raise NotAllowed, naming the rule and what would be allowed, where it may not call."""

    def limits(self, entry: Entry, kind: str) -> Limits:
        """Return the value limits of this grant for one capability of one device."""

    def rights(self) -> str:
        """Return in a sentence what the agent may do."""


def confirm(tool: Tool, cause: str | None) -> None:
    """Raise ApprovalNeeded where a person has to say yes first.

    Raises NotAllowed for what nobody asks for at this moment and which must be asked for: `cause`
    is what led to the call, such as a scene.
    """
    if tool.action is not None and tool.action.alone and cause is not None:
        raise NotAllowed(
            f"{tool.name} is never part of a scene: somebody has to ask for it; nothing was sent",
            hint="stop_treadmill may be part of one." if tool.kind == "treadmill" else None,
        )
    if tool.risk is Risk.SECURITY:
        raise ApprovalNeeded(
            f"{tool.name} needs a person's yes, and there is no way to ask for it yet; "
            "nothing was sent",
            hint="A person does it at the device itself, or in the maker's app.",
        )


class OwnerGrant:
    """Everything within the hard limits."""

    owner = True

    def __init__(self, agent: str = "owner", named: Iterable[str] = ()) -> None:
        self.agent = agent
        self.named = frozenset(named)
        """Tools that are listed only where they are named."""

    def sees(self, entry: Entry) -> bool:
        return True

    def lists(self, tool: Tool) -> bool:
        return not tool.by_name or tool.name in self.named

    def allow(self, tool: Tool) -> None:
        return

    def limits(self, entry: Entry, kind: str) -> Limits:
        return {}

    def rights(self) -> str:
        return "You may read and control everything, within the hard limits."


class ReadOnlyGrant(OwnerGrant):
    """Everything may be seen, nothing changed."""

    owner = False

    def lists(self, tool: Tool) -> bool:
        return tool.name in self.named or (tool.reads and not tool.by_name)

    def allow(self, tool: Tool) -> None:
        if tool.name in self.named:
            return
        if tool.by_name:
            raise NotAllowed(
                f"{tool.name} is for grants that name it",
                hint=f"The owner makes one with: homeport token new NAME --allow {tool.name}",
            )
        if not tool.reads:
            raise NotAllowed(
                f"{tool.name} changes the house, and the grant of {self.agent} is read-only",
                hint="You may call what reads, such as check_devices, get_state and get_history.",
            )

    def rights(self) -> str:
        return "You may read everything and change nothing."


GRANTS: dict[str, type[OwnerGrant]] = {"owner": OwnerGrant, "read-only": ReadOnlyGrant}
