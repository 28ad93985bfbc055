"""All tools, in the one order in which every agent sees them."""

import re
from collections.abc import Iterable, Iterator, Sequence

from gateway.capabilities import CAPABILITIES
from gateway.errors import UnknownTool, nearest
from gateway.policy import Grant
from gateway.tool import Tool, action_tool

_NAME = re.compile(r"[a-z]+(_[a-z]+)*")


class Catalog:
    """The tools of this home, by name. Declaring one twice, or without words, is refused."""

    def __init__(self, before: Iterable[Tool], after: Iterable[Tool]) -> None:
        actions = [action_tool(action) for kind in CAPABILITIES for action in kind.actions]
        self._tools: dict[str, Tool] = {}
        for tool in (*before, *actions, *after):
            if tool.name in self._tools or not _NAME.fullmatch(tool.name):
                raise TypeError(f"{tool.name} is declared twice or is no name for a tool")
            if not tool.description:
                raise TypeError(f"{tool.name} needs a description: agents read it")
            self._tools[tool.name] = tool

    def __iter__(self) -> Iterator[Tool]:
        return iter(self._tools.values())

    def listed(self, grant: Grant, kinds: Sequence[str]) -> list[Tool]:
        """Return what a caller sees: what its grant lists, of the kinds in the house."""
        return [
            tool for tool in self if grant.lists(tool) and (tool.kind is None or tool.kind in kinds)
        ]

    def get(self, name: str, grant: Grant, kinds: Sequence[str]) -> Tool:
        """Return a tool that the caller may call.

        Raises UnknownTool with the nearest names, or NotAllowed that names the rule.
        """
        tool = self._tools.get(name)
        if tool is None:
            known = [tool.name for tool in self.listed(grant, kinds)]
            close = nearest(name, known)
            raise UnknownTool(
                f"There is no tool {name[:80]!r}",
                hint=f"Did you mean {' or '.join(close or known[:5])}?",
                choices=close,
            )
        grant.allow(tool)
        return tool
