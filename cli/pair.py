"""Pair with a HomeKit accessory by its code, or take that back; without ID, list what waits.

Exit codes: 2 no code, 4 the pairings cannot be kept, 7 not found, 8 wrong code, 9 paired already,
10 too many wrong codes, 11 busy, 12 no answer.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from importlib.util import find_spec

from rich.console import Console
from rich.table import Table

from adapters import homekit_pairing as pairing
from adapters.homekit import HomeKitAdapter, HomeKitSettings
from adapters.homekit_pairing import Pairing, Pairings, plain
from adapters.homekit_session import Forgotten
from cli.options import Chosen, add_json, add_place, chosen
from gateway import errors
from gateway.adapter import Sighting
from gateway.discovery import Discovery
from gateway.errors import CannotStart
from gateway.network import expand, networks
from gateway.text import clean, folded

EXAMPLE = "homeport pair 4a1c9e000001 031-45-154"
SEARCH = 5.0
EXIT_CODE, EXIT_EXTRA, EXIT_NOT_FOUND, EXIT_NO_ANSWER = 2, 6, 7, 12
EXITS: Mapping[type[errors.GatewayError], int] = {
    errors.InvalidArguments: EXIT_CODE,
    errors.NeedsSetup: 4,
    errors.StoreFailed: 4,
    pairing.WrongCode: 8,
    pairing.AlreadyPaired: 9,
    pairing.TooManyTries: 10,
    pairing.Busy: 11,
    errors.Unreachable: EXIT_NO_ANSWER,
    errors.TimedOut: EXIT_NO_ANSWER,
}


@dataclass(frozen=True, slots=True)
class Found:
    """An accessory that was heard."""

    id: str
    name: str
    model: str
    address: str
    port: int
    features: int
    state: str

    def meant(self, wanted: str) -> bool:
        """Say whether somebody means it by its id, in any form, or its name."""
        return plain(wanted) == self.id or folded(wanted) == folded(self.name)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("target", metavar="ID", nargs="?", help="its id or exact name")
    parser.add_argument(
        "code", metavar="CODE", nargs="?", help="eight digits; asked for where it is left out"
    )
    parser.add_argument("--address", metavar="HOST:PORT", help="pair with what stands there")
    parser.add_argument("--remove", action="store_true", help="have the accessory forget homeport")
    parser.add_argument(
        "--forget", action="store_true", help="with --remove: even if it does not answer"
    )
    add_json(parser)
    add_place(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print what was paired or unpaired, or a table of what was heard."""
    if find_spec(HomeKitAdapter.library) is None:
        raise CannotStart(
            f"{HomeKitAdapter.library} is not installed",
            exit_code=EXIT_EXTRA,
            hint="Install it with: pip install 'homeport[homekit]'",
        )
    place = chosen(arguments)
    kept = Pairings(place.state.path / "adapters" / HomeKitAdapter.name)
    try:
        if arguments.remove:
            said = _remove(place, kept, arguments)
        elif arguments.target or arguments.address:
            said = _pair(place, kept, arguments)
        else:
            return _list(place, kept, arguments)
    except errors.GatewayError as error:
        raise _ended(error) from None
    print(json.dumps(said) if arguments.json else said["summary"])
    return 0


def _list(place: Chosen, kept: Pairings, arguments: argparse.Namespace) -> int:
    found = asyncio.run(_search(place, kept, lambda one: False))
    if arguments.json:
        print(json.dumps({"accessories": [asdict(one) for one in found]}, ensure_ascii=False))
        return 0
    table = Table(title=f"{len(found)} HomeKit accessories")
    for heading in ("id", "name", "model", "address", "pairing"):
        table.add_column(heading, overflow="fold")
    for one in found:
        table.add_row(one.id, one.name, one.model, f"{one.address}:{one.port}", one.state)
    Console().print(table)
    return 0


def _pair(place: Chosen, kept: Pairings, arguments: argparse.Namespace) -> dict[str, str]:
    kept.all()  # where the file cannot be read, nobody is paired with
    code = arguments.code
    if arguments.address:
        code = code or arguments.target
    code = pairing.code_of(code) if code else None
    if arguments.address:
        address, port = _place(arguments.address)
        about = Found("", "", "", address, port, 0, WAITS)
    else:
        about = _found(place, kept, arguments.target)
    if about.state == OURS:
        raise pairing.AlreadyPaired(f"{about.name} is paired with homeport already")
    if about.state == ELSEWHERE:
        raise pairing.AlreadyPaired(
            f"{about.name} is paired with another controller",
            hint="Remove it there, such as in Apple Home, or reset it.",
        )
    given = (lambda: code) if code else _asked
    made = asyncio.run(pairing.pair(about.address, about.port, given, about.name, about.features))
    kept.keep(made)
    return {
        "summary": f"{made.name} is paired. A homeport that is running takes it up in seconds.",
        "device": f"homekit-{made.id}",
        "name": made.name,
    }


def _remove(place: Chosen, kept: Pairings, arguments: argparse.Namespace) -> dict[str, str]:
    wanted = arguments.target or ""
    ours = [
        one
        for one in kept.all().values()
        if one.id == plain(wanted) or folded(one.name) == folded(wanted)
    ]
    if len(ours) != 1:
        names = ", ".join(f"{one.id} ({one.name})" for one in kept.all().values()) or "none"
        raise CannotStart(
            f"there is no pairing with {wanted!r}",
            exit_code=EXIT_NOT_FOUND,
            hint=f"There is {names}.",
        )
    (one,) = ours
    try:
        asyncio.run(_forgotten(place, kept, one))
    except Forgotten:
        pass
    except (errors.Unreachable, errors.TimedOut):
        if not arguments.forget:
            raise CannotStart(
                f"{one.name} does not answer, so that it would go on trusting homeport",
                exit_code=EXIT_NO_ANSWER,
                hint="Give it power, or reset it and use --forget.",
            ) from None
    kept.drop(one.id)
    return {
        "summary": f"{one.name} and homeport have forgotten each other.",
        "device": f"homekit-{one.id}",
        "name": one.name,
    }


async def _forgotten(place: Chosen, kept: Pairings, one: Pairing) -> None:
    """Unpair where the accessory was last, else where it is heard now."""
    try:
        await pairing.unpair(one)
    except errors.Unreachable:
        found = await _search(place, kept, lambda other: other.id == one.id)
        for other in found:
            if other.id == one.id:
                await pairing.unpair(Pairing(one.name, other.address, other.port, one.keys))
                return
        raise


def _found(place: Chosen, kept: Pairings, wanted: str) -> Found:
    heard = asyncio.run(_search(place, kept, lambda one: one.meant(wanted)))
    meant = [one for one in heard if one.meant(wanted)]
    if not meant:
        others = ", ".join(f"{one.id} ({one.name})" for one in heard) or "none at all"
        raise CannotStart(
            f"no HomeKit accessory {wanted!r} was heard within {SEARCH:g} s",
            exit_code=EXIT_NOT_FOUND,
            hint=f"Heard: {others}. Give its place with --address HOST:PORT.",
        )
    return meant[0]


async def _search(place: Chosen, kept: Pairings, enough: Callable[[Found], bool]) -> list[Found]:
    """Return what is heard by mDNS, until one is enough."""
    network = place.settings.network
    searched = networks(network.interface, network.broadcast)
    if not searched:
        return []
    adapter = HomeKitAdapter(HomeKitSettings(), searched[0])
    found: dict[str, Found] = {}
    done = asyncio.Event()

    def heard(sighting: Sighting) -> None:
        if sighting.what in adapter.mdns and adapter.claims(sighting):
            one = _about(sighting, kept)
            found[one.id] = one
            if enough(one):
                done.set()

    searching = asyncio.create_task(Discovery(searched, [adapter], heard).run())
    try:
        async with asyncio.timeout(SEARCH):
            await done.wait()
    except TimeoutError:
        pass
    finally:
        searching.cancel()
        await asyncio.gather(searching, return_exceptions=True)
    return sorted(found.values(), key=lambda one: one.name)


WAITS, OURS, ELSEWHERE = "waits for its code", "ours", "paired with another controller"


def _about(sighting: Sighting, kept: Pairings) -> Found:
    facts = sighting.facts
    id = plain(facts["id"])
    state = ELSEWHERE if facts.get("sf", "1") == "0" else WAITS
    features = facts.get("ff", "0")
    return Found(
        id,
        clean(facts.get("name", "")) or id,
        clean(facts.get("md", "")),
        sighting.address,
        sighting.port,
        int(features) if features.isdecimal() else 0,
        OURS if state == ELSEWHERE and id in kept.all() else state,
    )


def _place(text: str) -> tuple[str, int]:
    found = expand([text], HomeKitAdapter.port)
    if len(found) != 1:
        raise CannotStart(f"--address: {text!r} is no single host", exit_code=EXIT_CODE)
    return found[0]


def _asked() -> str:
    prompt = "Its code, from the accessory, its box or its display: "
    typed = input(prompt) if sys.stdin.isatty() else sys.stdin.readline()
    return pairing.code_of(typed)


def _ended(error: errors.GatewayError) -> CannotStart:
    if isinstance(error, CannotStart):
        return error
    code = next((code for kind, code in EXITS.items() if isinstance(error, kind)), 1)
    return CannotStart(error.detail, exit_code=code, hint=error.hint)
