"""get_home_info: what this house is, and what the caller may do in it."""

from collections import Counter

from gateway.call import Call
from gateway.schema import Model
from gateway.text import Untrusted
from gateway.tool import Tool

MOST_AREAS = 100
MOST_PROBLEMS = 10


class Nothing(Model):
    """No arguments."""


class SceneInfo(Model):
    """A scene that run_scene knows."""

    id: str
    name: Untrusted
    aliases: list[Untrusted] | None = None


class Watch(Model):
    """A standing order."""

    id: str
    text: Untrusted
    agent: str
    next: str | None = None
    suspended: Untrusted | None = None


class HomeInfo(Model):
    """The house in brief."""

    summary: str
    name: Untrusted
    time: str
    """now, with the home's offset"""
    timezone: str
    units: str
    areas: dict[str, int]
    """area: how many devices"""
    kinds: dict[str, int]
    """kind: how many devices"""
    scenes: list[SceneInfo]
    watches: list[Watch] | None = None
    """the caller's alerts"""
    people: list[Untrusted] | None = None
    """whom notify and create_alert can tell"""
    problems: list[Untrusted]
    """what a person should look at; check_devices with problem lists all"""
    rights: str


async def get_home_info(call: Call, asked: Nothing) -> HomeInfo:
    """Tell what a newcomer must know."""
    home = call.home
    seen = [entry for entry in home.registry if call.grant.sees(entry) and not entry.twin_of]
    areas = Counter(entry.area for entry in seen if entry.area)
    kinds = Counter(kind for entry in seen for kind in entry.kinds)
    troubles = [
        f"“{entry.name}”: {problem}" for entry in seen for problem in entry.problems()
    ] + home.surroundings.problems()
    more = len(troubles) - MOST_PROBLEMS
    online = sum(entry.online for entry in seen)
    return HomeInfo(
        summary=(
            f"“{home.settings.name}” has {len(seen)} devices, {online} of them online, "
            f"in {len(areas)} areas."
        ),
        name=home.settings.name,
        time=home.clock.local(home.clock.now()),
        timezone=home.clock.zone.key,
        units="US (°F)" if home.settings.units == "us" else "metric (°C)",
        areas=dict(sorted(areas.most_common(MOST_AREAS))),
        kinds={kind: kinds[kind] for kind in home.registry.kinds() if kinds[kind]},
        scenes=[
            SceneInfo(id=scene.id, name=scene.name, aliases=list(scene.aliases) or None)
            for scene in home.scenes
        ][:50],
        watches=[Watch(**one) for one in home.alerts.list(call.grant)][:50] or None,
        people=home.people.names or None,
        problems=troubles[:MOST_PROBLEMS] + ([f"and {more} more"] if more > 0 else []),
        rights=call.grant.rights(),
    )


GET_HOME_INFO = Tool(
    name="get_home_info",
    description=(
        "What is this house and what can you do here: areas, scenes, watches, people, time, "
        "units, problems, your rights."
    ),
    input=Nothing,
    output=HomeInfo,
    reads=True,
    idempotent=True,
    handler=get_home_info,
)
