"""The home, its areas and its devices as resources; devices by template, never one by one."""

import json
from collections.abc import Iterable
from typing import Literal, NamedTuple
from urllib.parse import quote, unquote

from mcp import types

from gateway.errors import NotFound
from gateway.session import Json, Session
from gateway.text import folded

HOME = "homeport://home"
AREA = "homeport://areas/"
DEVICE = "homeport://devices/"
AREAS = AREA + "{area}"
DEVICES = DEVICE + "{id}"
JSON = "application/json"
MOST_COMPLETIONS = 100


class Subject(NamedTuple):
    """What a resource is of: the home, an area by its folded name, a device, a device's parts."""

    kind: Literal["home", "area", "device", "parts"]
    name: str


async def resources(session: Session) -> list[types.Resource]:
    """Return the home and its areas."""
    home = types.Resource(
        uri=HOME,
        name="home",
        description="What this house is and what the caller may do here",
        mime_type=JSON,
    )
    areas = [
        types.Resource(
            uri=AREA + quote(area, safe=""),
            name=area,
            description="The devices of one area and what they are doing",
            mime_type=JSON,
        )
        for area in await _areas(session)
    ]
    return [home, *areas]


def templates() -> list[types.ResourceTemplate]:
    """Return how areas and devices are addressed."""
    return [
        types.ResourceTemplate(
            uri_template=AREAS,
            name="area",
            description="The devices of one area and what they are doing",
            mime_type=JSON,
        ),
        types.ResourceTemplate(
            uri_template=DEVICES,
            name="device",
            description="Everything that is known of one device",
            mime_type=JSON,
        ),
    ]


async def read(session: Session, uri: str) -> types.ReadResourceResult:
    """Return what a resource holds, as JSON; raise NotFound where there is no such one."""
    text = json.dumps(await _content(session, uri), ensure_ascii=False)
    return types.ReadResourceResult(
        contents=[types.TextResourceContents(uri=uri, mime_type=JSON, text=text)]
    )


async def completed(session: Session, template: str, prefix: str) -> types.Completion:
    """Return the areas or device ids that begin with `prefix`."""
    if template == AREAS:
        options: Iterable[str] = await _areas(session)
    elif template == DEVICES:
        options = [device["id"] for device in (await session.devices())["devices"]]
    else:
        raise _no_such(template)
    begun = prefix.casefold()
    fitting = sorted(option for option in options if option.casefold().startswith(begun))
    shown = fitting[:MOST_COMPLETIONS]
    return types.Completion(values=shown, total=len(fitting), has_more=len(shown) < len(fitting))


async def _areas(session: Session) -> list[str]:
    return list((await session.call("get_home_info", {}))["areas"])


async def subjects(session: Session, uri: str) -> list[Subject]:
    """Return whose events change a resource; raise NotFound where the caller may not see it.

    A part comes and goes with its parent.
    """
    kind, name = _parts(uri)
    if kind == "device":
        device = await session.device(name)
        parent = device.get("part_of")
        return [Subject(kind, name), *([Subject("parts", parent)] if parent else [])]
    if kind == "area":
        if folded(name) not in map(folded, await _areas(session)):
            raise _no_such(uri)
        return [Subject(kind, folded(name))]
    return [Subject(kind, name)]


async def _content(session: Session, uri: str) -> Json:
    kind, name = _parts(uri)
    if kind == "home":
        return await session.call("get_home_info", {})
    if kind == "area":
        return await session.call("check_devices", {"area": name, "limit": 100})
    return await session.device(name)


def _parts(uri: str) -> Subject:
    """Return what a resource is of, the name as it is written."""
    if uri == HOME:
        return Subject("home", "")
    if uri.startswith(AREA):
        return Subject("area", unquote(uri.removeprefix(AREA)))
    if uri.startswith(DEVICE):
        return Subject("device", unquote(uri.removeprefix(DEVICE)))
    raise _no_such(uri)


def _no_such(uri: str) -> NotFound:
    return NotFound(
        f"There is no resource {uri[:80]!r}", hint=f"There are {HOME}, {AREAS} and {DEVICES}."
    )
