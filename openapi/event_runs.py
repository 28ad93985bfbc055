"""What the operations on events, webhooks, the history and the counters do."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from gateway.session import Json, Session
from gateway.subscriptions import Filter
from openapi.raw import Raw

MEDIA = {"svg": "image/svg+xml", "png": "image/png"}
PLACE = ("after", "limit", "wait")

Run = Callable[[Session, Mapping[str, Any]], Awaitable[Json | Raw]]


async def _events(session: Session, asked: Mapping[str, Any]) -> Json:
    place = {name: asked[name] for name in PLACE if name in asked}
    wanted = {name: value for name, value in asked.items() if name not in PLACE}
    return await session.events(Filter(**wanted), **place)


async def _history(session: Session, asked: Mapping[str, Any]) -> Json | Raw:
    wanted = {name: asked[name] for name in ("start", "end", "every") if name in asked}
    form = asked.get("format", "json")
    if form == "json":
        await session.device(asked["id"])  # the tool would take a name or an area as well
        named = {"targets": asked["id"], "property": asked["property"]}
        return await session.call("get_history", named | wanted)
    body = await session.plot(asked["id"], asked["property"], format=form, **wanted)
    return Raw(MEDIA[form], body)


async def _metrics(session: Session, asked: Mapping[str, Any]) -> Raw:
    return Raw("text/plain; version=0.0.4; charset=utf-8", (await session.metrics()).encode())


def _tool(name: str) -> Run:
    """Return what calls a tool with what the path and the body say."""
    return lambda session, asked: session.call(name, asked)


EVENT_RUNS: Mapping[str, Run] = {
    "list_events": _events,
    "get_device_history": _history,
    "get_metrics": _metrics,
    "all_webhooks": _tool("list_webhooks"),
    "new_webhook": _tool("subscribe_webhook"),
    "one_webhook": _tool("list_webhooks"),
    "end_webhook": _tool("unsubscribe_webhook"),
    "try_webhook": _tool("test_webhook"),
    "renew_webhook": _tool("rotate_webhook"),
    "resume_webhook": _tool("enable_webhook"),
    "replay_dead_letters": _tool("replay_webhook"),
}
