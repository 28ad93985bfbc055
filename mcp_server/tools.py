"""Tools, their answers and their errors, as the protocol words them."""

import json
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from mcp import types

from gateway.errors import GatewayError
from gateway.session import Json, ToolView, nothing_done

ALWAYS_LOADED = frozenset({"check_devices", "get_state"})
"""Claude Code shows these in full from the start, and of the others only the names."""

_PROBLEM: Json = {"type": "object", "required": list(GatewayError("").problem())}


def projected(view: ToolView) -> types.Tool:
    """Return a tool as tools/list shows it."""
    return types.Tool(
        name=view.name,
        description=view.description,
        input_schema=view.input_schema,
        # Version 1 of the TypeScript SDK holds also what an error says against this schema.
        output_schema={"type": "object", "anyOf": [view.output_schema, _PROBLEM]},
        annotations=types.ToolAnnotations(
            read_only_hint=view.read_only,
            destructive_hint=view.destructive,
            idempotent_hint=view.idempotent,
            open_world_hint=view.open_world,
        ),
        _meta={"anthropic/alwaysLoad": True} if view.name in ALWAYS_LOADED else None,
    )


class Projections:
    """The last few tool lists, by the views that they were made of."""

    def __init__(self, most: int = 16) -> None:
        self._most = most
        self._kept: OrderedDict[tuple[int, ...], tuple[list[ToolView], list[types.Tool]]]
        self._kept = OrderedDict()

    def of(self, views: Sequence[ToolView]) -> list[types.Tool]:
        """Return the tools of these very views, in their order."""
        key = tuple(map(id, views))
        kept = self._kept.get(key)
        if kept is None:
            # The views are kept too: as long as they live, nothing else has their id.
            kept = self._kept[key] = (list(views), [projected(view) for view in views])
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return kept[1]


def answered(answer: Json) -> types.CallToolResult:
    """Return a tool's answer; the text is its summary, or all of it where it has none."""
    text = answer.get("summary") or json.dumps(answer, ensure_ascii=False)
    return _result(text, answer, nothing_done(answer))


def failed(error: GatewayError) -> types.CallToolResult:
    """Return an error that the model can read and act on."""
    text = f"{error.detail.removesuffix('.')}. {error.hint or ''}".rstrip()
    return _result(text, error.problem(), True)


def _result(text: str, data: Any, is_error: bool) -> types.CallToolResult:
    return types.CallToolResult(
        content=[types.TextContent(type="text", text=text)],
        structured_content=data,
        is_error=is_error,
    )
