"""Links: what is sighted is served, once for each place, again after it failed, until the end."""

import logging
from pathlib import Path

import pytest

from gateway import links
from gateway.adapter import Sighting
from gateway.device import Device
from gateway.errors import NeedsSetup, Unreachable
from tests.core.rigs import until
from tests.core.toy import Other, Toy, heard, lan
from tests.incore import lamp

GONE = Unreachable("no answer for 30 s")


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in (("FIRST_RETRY", 0.004), ("LONGEST_RETRY", 0.03), ("SETUP_RETRY", 60)):
        monkeypatch.setattr(links, name, seconds)


@pytest.mark.parametrize("source", ["mdns", "ssdp", "broadcast", "configured", "known"])
async def test_what_is_sighted_is_served(tmp_path: Path, source: str) -> None:
    async with lan(tmp_path) as here:
        here.put(lamp("toy-1", "Lamp"))
        here.links.heard(heard(source=source))
        await until(lambda: here.online("toy-1"))
        entry = here.home.entry("toy-1")
        assert (entry.adapter, entry.address, entry.port) == ("toy", "192.0.2.7", 80)
        assert here.links.serves("192.0.2.7") and not here.links.serves("192.0.2.8")
        assert here.unclaimed == []


@pytest.mark.parametrize(
    "sighting",
    [
        Sighting("mdns", "192.0.2.7", 80, "_printer._tcp.local."),
        Sighting("ssdp", "192.0.2.7", 80, "upnp:rootdevice"),
        Sighting("broadcast", "192.0.2.7", 80, "other-probe"),
        Sighting("configured", "192.0.2.7", 80, "kasa"),
        Sighting("known", "192.0.2.7", 80, ""),
    ],
)
async def test_what_nobody_asked_for_is_unclaimed(tmp_path: Path, sighting: Sighting) -> None:
    async with lan(tmp_path) as here:
        here.links.heard(sighting)
        assert here.unclaimed == [sighting] and here.toy.served == []


async def test_what_an_adapter_declines_is_unclaimed(tmp_path: Path) -> None:
    class Picky(Toy):
        def claims(self, sighting: Sighting) -> bool:
            return sighting.port == 81

    async with lan(tmp_path, Picky()) as here:
        here.put(lamp("toy-1", "Lamp"))
        here.links.heard(heard(port=80))
        assert here.unclaimed == [heard(port=80)]
        here.links.heard(heard(port=81))
        await until(lambda: here.online("toy-1"))


async def test_what_turns_out_not_to_be_ours_is_unclaimed(tmp_path: Path) -> None:
    async with lan(tmp_path) as here:
        place = here.put()
        place.end()
        here.links.heard(heard())
        await until(lambda: here.unclaimed == [heard()])
        place.end()
        here.links.heard(heard())
        await until(lambda: len(here.unclaimed) == 2)


async def test_one_place_is_served_once_however_often_it_is_heard(tmp_path: Path) -> None:
    async with lan(tmp_path) as here:
        place = here.put(lamp("toy-1", "Lamp"))
        for source in ("mdns", "ssdp", "broadcast", "mdns", "known", "configured"):
            here.links.heard(heard(source=source))
        await until(lambda: here.online("toy-1"))
        here.links.heard(heard())
        assert len(place.visits) == 1


async def test_one_place_of_several_addresses_is_served_once(tmp_path: Path) -> None:
    class Household(Toy):
        def place(self, sighting: Sighting) -> str:
            return "household"

    async with lan(tmp_path, Household()) as here:
        here.put(lamp("toy-1", "Lamp"))
        other = here.put(at="192.0.2.8")
        here.links.heard(heard())
        here.links.heard(heard("192.0.2.8"))
        await until(lambda: here.online("toy-1"))
        assert other.visits == []


async def test_two_adapters_may_claim_one_sighting(tmp_path: Path) -> None:
    toy, other = Toy(), Other()
    async with lan(tmp_path, toy, other) as here:
        here.put(lamp("toy-1", "Lamp"))
        here.put(lamp("other-1", "Lamp"), adapter=other)
        here.links.heard(heard())
        await until(lambda: here.online("toy-1") and here.online("other-1"))


async def test_what_fails_is_offline_once_and_logged_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with lan(tmp_path) as here:
        place = here.put(lamp("toy-1", "Lamp"), lamp("toy-2", "Lamp 2"))
        here.links.heard(heard())
        await until(lambda: here.online("toy-2"))
        place.devices = []
        for _ in range(4):
            place.end(GONE)
        await until(lambda: len(place.visits) == 5)
        entry = here.home.entry("toy-1")
        assert (entry.online, entry.reason) == (False, "no answer for 30 s")
        assert not here.online("toy-2")
        lines = [one for one in caplog.records if one.levelno >= logging.WARNING]
        assert [one.getMessage() for one in lines] == ["toy at 192.0.2.7: no answer for 30 s"]


async def test_what_answers_again_is_online_again_and_logged_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "homeport.links")
    async with lan(tmp_path) as here:
        place = here.put(lamp("toy-1", "Lamp"), lamp("toy-2", "Lamp 2"))
        here.links.heard(heard())
        await until(lambda: here.online("toy-1"))
        place.end(GONE)
        await until(lambda: len(place.visits) == 2 and here.online("toy-1"))
        assert here.online("toy-2")
        assert caplog.messages == [
            "toy at 192.0.2.7: no answer for 30 s",
            "toy at 192.0.2.7 answers again",
        ]


async def test_retries_back_off_and_stay_bounded(tmp_path: Path) -> None:
    async with lan(tmp_path) as here:
        place = here.put(lamp("toy-1", "Lamp"))
        here.links.heard(heard())
        await until(lambda: here.online("toy-1"))
        place.devices = []
        for _ in range(7):
            place.end(GONE)
        await until(lambda: len(place.visits) == 8)
        gaps = [then - now for now, then in zip(place.visits[1:], place.visits[2:], strict=False)]
        least = [0.008, 0.016, 0.03, 0.03, 0.03, 0.03]
        assert all(gap >= 0.9 * wait for gap, wait in zip(gaps, least, strict=True))


async def test_a_visit_that_found_something_starts_the_back_off_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "LONGEST_RETRY", 60)
    async with lan(tmp_path) as here:
        place = here.put(lamp("toy-1", "Lamp"))
        here.links.heard(heard())
        for count in range(1, 20):
            await place.visited(count)
            await until(lambda: here.online("toy-1"))
            place.end(GONE)


async def test_a_new_sighting_wakes_what_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "FIRST_RETRY", 60)
    async with lan(tmp_path) as here:
        place = here.put(lamp("toy-1", "Lamp"))
        here.links.heard(heard())
        await until(lambda: here.online("toy-1"))
        place.end(GONE)
        await until(lambda: not here.online("toy-1"))
        monkeypatch.setattr(links, "FIRST_RETRY", 0.004)
        here.links.heard(heard())
        await until(lambda: here.online("toy-1"))


async def test_a_new_sighting_is_what_is_served_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "FIRST_RETRY", 60)
    async with lan(tmp_path) as here:
        place = here.put()
        here.links.heard(heard(port=80, source="known"))
        await until(lambda: place.visits)
        place.end(GONE)
        await until(lambda: place.inside == 0)
        monkeypatch.setattr(links, "FIRST_RETRY", 0.004)
        place.devices = [lamp("toy-1", "Lamp")]
        here.links.heard(heard(port=8081))
        await until(lambda: here.online("toy-1"))
        assert [at.port for at in here.toy.served] == [80, 8081]
        assert here.home.entry("toy-1").port == 8081


async def test_what_needs_a_person_waits_long_and_is_woken(tmp_path: Path) -> None:
    needy = Device("toy-1", "Plug", maker="Core", model="X", needs=["press the button"])
    async with lan(tmp_path) as here:
        place = here.put(needy)
        here.links.heard(heard())
        await until(lambda: here.home.home.registry.get("toy-1"))
        place.end(NeedsSetup("press the button"))
        await until(lambda: place.inside == 0)
        assert here.home.entry("toy-1").problems() == ["press the button"]
        place.devices = [lamp("toy-1", "Plug")]
        here.links.heard(heard())
        await until(lambda: here.online("toy-1"))
        assert here.home.entry("toy-1").problems() == []


async def test_one_of_several_devices_vanishes_and_returns(tmp_path: Path) -> None:
    one, two = lamp("toy-1", "Lamp"), lamp("toy-2", "Lamp 2")
    async with lan(tmp_path) as here:
        place = here.put(one, two)
        here.links.heard(heard())
        await until(lambda: here.online("toy-2"))
        assert place.link is not None
        place.link.vanished("toy-2", "battery empty")
        place.link.vanished("toy-9", "never heard of")
        assert here.online("toy-1") and not here.online("toy-2")
        assert here.home.entry("toy-2").reason == "battery empty"
        place.link.announce(two)
        assert here.online("toy-2")


async def test_known_places_are_served_again_after_a_restart(tmp_path: Path) -> None:
    async with lan(tmp_path) as here:
        here.put(lamp("toy-1", "Lamp"), lamp("toy-2", "Lamp 2"))
        here.put(lamp("toy-3", "Lamp 3"), at="192.0.2.8")
        here.links.heard(heard())
        here.links.heard(heard("192.0.2.8", port=81))
        await until(lambda: here.online("toy-2") and here.online("toy-3"))
    async with lan(tmp_path) as here:
        here.put(lamp("toy-1", "Lamp"), lamp("toy-2", "Lamp 2"))
        here.put(lamp("toy-3", "Lamp 3"), at="192.0.2.8")
        here.links.recall()
        await until(lambda: here.online("toy-2") and here.online("toy-3"))
        assert [(at.source, at.address, at.port) for at in here.toy.served] == [
            ("known", "192.0.2.7", 80),
            ("known", "192.0.2.8", 81),
        ]


async def test_a_known_place_that_is_empty_is_tried_again(tmp_path: Path) -> None:
    async with lan(tmp_path) as here:
        place = here.put()
        for _ in range(3):
            place.end(GONE)
        here.links.heard(heard(source="configured"))
        await until(lambda: len(place.visits) == 4)
        place.devices = [lamp("toy-1", "Lamp")]
        place.end(GONE)
        await until(lambda: here.online("toy-1"))


async def test_a_device_that_moved_is_not_lost_with_its_old_place(tmp_path: Path) -> None:
    async with lan(tmp_path) as here:
        old = here.put(lamp("toy-1", "Lamp"), lamp("toy-2", "Stays"))
        here.links.heard(heard())
        await until(lambda: here.online("toy-1"))
        here.put(lamp("toy-1", "Lamp"), at="192.0.2.8")
        here.links.heard(heard("192.0.2.8"))
        await until(lambda: here.home.entry("toy-1").address == "192.0.2.8")
        assert old.link is not None
        old.link.vanished("toy-1", "it moved")
        old.devices = []
        old.end(GONE)
        await until(lambda: not here.online("toy-2"))
        assert here.online("toy-1")


async def test_closing_ends_every_visit_and_then_the_adapters(tmp_path: Path) -> None:
    async with lan(tmp_path) as here:
        places = [here.put(lamp(f"toy-{n}", "Lamp"), at=f"192.0.2.{n}") for n in range(10, 20)]
        for number in range(10, 20):
            here.links.heard(heard(f"192.0.2.{number}"))
        await until(lambda: all(place.inside for place in places))
        await here.links.aclose()
        assert not any(place.inside for place in places)
        assert here.toy.closed == 1
