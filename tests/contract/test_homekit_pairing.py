"""How HomeKit accessories are paired, what is kept of it, and how a lost pairing is explained."""

import asyncio
import stat
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from adapters import homekit_pairing as pairing
from adapters.homekit import HomeKitAdapter, HomeKitSettings
from adapters.homekit_pairing import Pairing, Pairings
from gateway import errors
from gateway.adapter import Sighting
from gateway.device import Device
from simulators.homekit import HomeKitPlug
from tests.contract.homekit import ADDRESS, HUB, PORT, HomeKitCase, heard, id_of, paired
from tests.contract.running import Running, at_work, started

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="needs several addresses on loopback"
)
PLACE, ID, CODE = "127.0.76.84", "4A:1C:9E:00:00:84", "111-22-333"
PLAIN = "4a1c9e000084"
DEVICE = f"homekit-{PLAIN}"
LAMP = id_of("Gallery lamp")
NOTICED_WITHIN = 20.0


class PlugCase(HomeKitCase):
    """A plug that nobody has paired, in a house of its own."""

    ids = frozenset({DEVICE})
    addresses = frozenset({PLACE})

    def __init__(self) -> None:
        super().__init__()
        self.alone = plug()

    async def start(self) -> None:
        HomeKitAdapter.folder = self.folder / "homekit"
        await self.alone.start()

    async def stop(self) -> None:
        HomeKitAdapter.folder = None
        await self.alone.stop()


class Told:
    """What an adapter tells the core."""

    def __init__(self) -> None:
        self.devices: list[Device] = []
        self.something = asyncio.Event()

    def announce(self, device: Device) -> None:
        self.devices.append(device)
        self.something.set()

    def vanished(self, device_id: str, reason: str) -> None:
        raise AssertionError(device_id)


def plug() -> HomeKitPlug:
    return HomeKitPlug(PLACE, name="Kettle plug", id=ID, pin=CODE)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@asynccontextmanager
async def alone(tmp_path: Path) -> AsyncIterator[tuple[PlugCase, Running]]:
    case = PlugCase()
    case.folder = tmp_path
    async with started(case), at_work(case, tmp_path / "home") as running:
        yield case, running


def needs(running: Running, id: str, word: str) -> Callable[[], bool]:
    """Whether a device that is not online needs something that is said with this word."""

    def met() -> bool:
        entry = running.registry.get(id)
        return entry is not None and not entry.online and word in " ".join(entry.needs)

    return met


async def test_an_accessory_that_nobody_has_paired_says_so_and_comes_up_when_it_is(
    tmp_path: Path,
) -> None:
    async with alone(tmp_path) as (case, running):
        await running.until(needs(running, DEVICE, f"homeport pair {PLAIN}"))
        assert running.entry(DEVICE).kinds == ()
        made = await pairing.pair(PLACE, PORT, lambda: CODE, "Kettle plug")
        Pairings(HomeKitAdapter.folder).keep(made)
        await running.until(lambda: running.online(DEVICE), NOTICED_WITHIN)
        answer = await running.session.call("set_switch", {"targets": DEVICE, "on": True})
        assert answer["results"][0]["outcome"] == "done"
        assert case.alone.received == [("Kettle plug", "On", True)]


async def test_an_accessory_of_somebody_else_says_so(tmp_path: Path) -> None:
    async with alone(tmp_path) as (case, running):
        await running.until(lambda: running.registry.get(DEVICE) is not None)
        await pairing.pair(PLACE, PORT, lambda: CODE)
        await running.until(needs(running, DEVICE, "another controller"), NOTICED_WITHIN)
        assert case.alone.paired


async def test_a_lost_pairing_is_explained_and_made_anew(tmp_path: Path) -> None:
    case = HomeKitCase()
    async with started(case), at_work(case, tmp_path / "home") as running:
        await running.until(lambda: running.online(*case.ids))
        case.hub.reset()
        await running.until(needs(running, HUB, "no longer knows homeport"))
        assert running.offline() == case.falls
        assert running.entry(LAMP).observed
        made = await pairing.pair(ADDRESS, PORT, lambda: case.hub.pin, "Hall bridge")
        Pairings(HomeKitAdapter.folder).keep(made)
        await running.until(lambda: running.online(*case.ids), NOTICED_WITHIN)
        assert running.entry(HUB).needs == []


async def test_a_pairing_that_is_taken_back_ends_what_it_served(tmp_path: Path) -> None:
    case = HomeKitCase()
    async with started(case), at_work(case, tmp_path / "home") as running:
        await running.until(lambda: running.online(*case.ids))
        kept = Pairings(HomeKitAdapter.folder)
        (ours,) = [one for one in kept.all().values() if one.address == ADDRESS]
        await pairing.unpair(ours)
        assert not case.hub.paired
        kept.drop(ours.id)
        await running.until(lambda: running.offline() >= case.falls)


async def test_a_wrong_code_pairs_nobody_and_too_many_are_refused() -> None:
    async with plug() as one:
        for _ in range(5):
            with pytest.raises(pairing.WrongCode):
                await pairing.pair(PLACE, PORT, lambda: "999-99-999")
        with pytest.raises(pairing.Busy):
            await pairing.pair(PLACE, PORT, lambda: CODE)
        assert not one.paired


async def test_an_accessory_is_paired_once_until_it_forgets(tmp_path: Path) -> None:
    async with plug() as one:
        made = await pairing.pair(PLACE, PORT, lambda: CODE)
        with pytest.raises(pairing.AlreadyPaired):
            await pairing.pair(PLACE, PORT, lambda: CODE)
        assert made.keys["iOSDeviceLTSK"] not in repr(made)
        await pairing.unpair(made)
        assert not one.paired


async def test_nobody_at_the_place_is_said() -> None:
    with pytest.raises(errors.Unreachable):
        await pairing.pair(PLACE, PORT, lambda: CODE)


async def test_another_accessory_at_the_place_is_not_taken_for_ours(tmp_path: Path) -> None:
    adapter = HomeKitAdapter(HomeKitSettings(), HomeKitCase.network)
    adapter.folder = tmp_path / "homekit"
    async with plug() as one, HomeKitPlug("127.0.76.85", id="4A:1C:9E:00:00:85") as other:
        Pairings(adapter.folder).keep(paired(one, (PLACE, PORT)))
        other.introduce()
        with pytest.raises(errors.Unreachable, match="another accessory"):
            await adapter.serve(heard(one, ("127.0.76.85", PORT)), Told())


async def test_an_accessory_is_known_where_it_was_last_though_it_was_paired_elsewhere(
    tmp_path: Path,
) -> None:
    adapter = HomeKitAdapter(HomeKitSettings(), HomeKitCase.network)
    adapter.folder = tmp_path / "homekit"
    told = Told()
    async with plug() as one, HomeKitPlug("127.0.76.85", id="4A:1C:9E:00:00:85") as other:
        for home in (other, one):
            Pairings(adapter.folder).keep(paired(home, ("127.0.76.86", PORT)))
        at = Sighting("known", PLACE, PORT, "homekit")
        serving = asyncio.create_task(adapter.serve(at, told))
        try:
            async with asyncio.timeout(5):
                await told.something.wait()
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)
    assert [device.id for device in told.devices] == [DEVICE]
    assert Pairings(adapter.folder).all()[PLAIN].address == PLACE
    assert adapter.place(at) == PLAIN


async def test_what_is_configured_and_not_paired_says_how_to_pair_it(tmp_path: Path) -> None:
    adapter = HomeKitAdapter(HomeKitSettings(), HomeKitCase.network)
    adapter.folder = tmp_path / "homekit"
    with pytest.raises(errors.NeedsSetup, match=f"homeport pair --address {PLACE}:{PORT}"):
        await adapter.serve(Sighting("configured", PLACE, PORT, "homekit"), Told())
    await adapter.serve(Sighting("known", PLACE, PORT, "homekit"), Told())


async def test_pairings_are_for_the_owners_eyes_alone(tmp_path: Path) -> None:
    folder = tmp_path / "adapters" / "homekit"
    kept = Pairings(folder)
    one = paired(plug(), (PLACE, PORT))
    kept.keep(one)
    assert (mode(folder), mode(folder / "pairings.json")) == (0o700, 0o600)
    assert mode(folder.parent) == 0o700
    assert Pairings(folder).all() == {PLAIN: one}
    kept.moved(PLAIN, "127.0.76.85", 7)
    assert Pairings(folder).all()[PLAIN].port == 7
    kept.drop(PLAIN)
    assert kept.all() == {}
    assert [path.name for path in folder.iterdir()] == ["pairings.json"]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"version": 1, "pairings": [{}]}'])
async def test_a_file_that_cannot_be_read_is_a_problem_and_stays_as_it_is(
    content: str, tmp_path: Path
) -> None:
    path = tmp_path / "pairings.json"
    path.write_text(content)
    kept = Pairings(tmp_path)
    with pytest.raises(errors.NeedsSetup, match="cannot be read"):
        kept.all()
    with pytest.raises(errors.NeedsSetup):
        kept.keep(Pairing("plug", PLACE, PORT, {"AccessoryPairingID": ID}))
    assert path.read_text() == content
