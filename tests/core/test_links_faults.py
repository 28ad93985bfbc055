"""What broken adapters and devices do to links: nothing but to themselves."""

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest

from gateway import links
from gateway.adapter import Link, Sighting
from gateway.device import Device
from gateway.errors import Unreachable
from tests.core.rigs import until
from tests.core.toy import Other, Place, Toy, heard, lan
from tests.incore import CoreLight, lamp

GONE = Unreachable("no answer")


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in (("FIRST_RETRY", 0.004), ("LONGEST_RETRY", 0.02)):
        monkeypatch.setattr(links, name, seconds)


class Bad(Place):
    """A place whose visits go wrong in a way of their own."""

    def __init__(self, fault: Any) -> None:
        super().__init__()
        self.fault = fault

    async def visit(self, link: Link) -> None:
        self.visits.append(0)
        self.fault(link)
        await asyncio.Event().wait()


def crash(link: Link) -> None:
    raise TypeError("'NoneType' object is not subscriptable")


def give_up(link: Link) -> None:
    raise asyncio.CancelledError


def time_out(link: Link) -> None:
    raise TimeoutError


def announce_nonsense(link: Link) -> None:
    link.announce(None)  # type: ignore[arg-type]


def announce_a_bad_id(link: Link) -> None:
    link.announce(Device("NOT AN ID", "Lamp", maker="", model=""))


def report_nonsense(link: Link) -> None:
    light = CoreLight()
    device = Device("toy-bad", "Lamp", maker="", model="")
    device.offer(light)
    link.announce(device)
    light.report({"on": True})  # type: ignore[arg-type]


FAULTS = [crash, give_up, time_out, announce_nonsense, announce_a_bad_id, report_nonsense]


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_is_contained_and_its_place_tried_again(tmp_path: Path, fault: Any) -> None:
    async with lan(tmp_path) as here:
        bad = here.toy.places["192.0.2.6"] = Bad(fault)
        here.put(lamp("toy-1", "Lamp"))
        here.links.heard(heard("192.0.2.6", source="configured"))
        here.links.heard(heard())
        await until(lambda: here.online("toy-1") and len(bad.visits) >= 3)
        assert here.online("toy-1")
        session = await here.home.session()
        found = await session.call("check_devices", {"limit": 100})
        assert "toy-1" in [one["id"] for one in found["devices"]]


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_after_a_good_start_takes_its_devices_offline(
    tmp_path: Path, fault: Any
) -> None:
    def later(link: Link) -> None:
        if len(bad.visits) == 1:
            link.announce(lamp("toy-1", "Lamp"))
        fault(link)

    async with lan(tmp_path) as here:
        bad = here.toy.places["192.0.2.7"] = Bad(later)
        here.links.heard(heard())
        await until(lambda: len(bad.visits) >= 2)
        assert here.home.home.registry.get("toy-1") is not None
        assert not here.online("toy-1")


async def test_a_place_that_is_left_after_a_good_start_is_offline_too(tmp_path: Path) -> None:
    async with lan(tmp_path) as here:
        place = here.put(lamp("toy-1", "Lamp"))
        here.links.heard(heard())
        await until(lambda: here.online("toy-1"))
        place.devices = []
        place.end()
        await until(lambda: len(place.visits) == 2)
        assert not here.online("toy-1")
        assert here.unclaimed == []


async def test_an_address_that_somebody_else_has_now_is_left(tmp_path: Path) -> None:
    async with lan(tmp_path) as here:
        place = here.put(lamp("toy-1", "Lamp"))
        here.links.heard(heard())
        await until(lambda: here.online("toy-1"))
        place.devices = []
        place.end(GONE)
        place.end()
        await until(lambda: here.unclaimed == [heard()])
        assert len(place.visits) == 2 and not here.online("toy-1")


async def test_what_says_nothing_is_given_up_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(links, "CONNECT_WITHIN", 0.02)
    async with lan(tmp_path) as here:
        place = here.put()
        here.put(lamp("toy-1", "Lamp"), at="192.0.2.8")
        here.links.heard(heard(source="configured"))
        here.links.heard(heard("192.0.2.8"))
        await until(lambda: len(place.visits) == 3)
        assert here.online("toy-1"), "what has spoken may be silent afterwards"
        assert caplog.messages == ["toy at 192.0.2.7: 192.0.2.7 said nothing for 0.02 s"]
        assert place.inside == 1


async def test_what_always_fails_is_logged_once_however_often_it_is_heard(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with lan(tmp_path) as here:
        place = here.put()
        for count in range(1, 6):
            place.end(GONE)
            here.links.heard(heard(source="broadcast"))
            await place.visited(count)
            await until(lambda: not place.inside)
        lines = [one for one in caplog.records if one.levelno >= logging.WARNING]
        assert len(lines) == 1


class Broken(Other):
    """An adapter whose answers to the core's questions are bugs."""

    name = "broken"
    where = "claims"

    def claims(self, sighting: Sighting) -> bool:
        if self.where == "claims":
            raise KeyError("model")
        return True

    def place(self, sighting: Sighting) -> str:
        if self.where == "place":
            raise AttributeError("facts")
        return super().place(sighting)


@pytest.mark.parametrize("where", ["claims", "place"])
async def test_an_adapter_that_cannot_even_answer_hides_no_other(
    tmp_path: Path, where: str
) -> None:
    broken, toy = Broken(), Toy()
    broken.where = where
    async with lan(tmp_path, broken, toy) as here:
        here.put(lamp("toy-1", "Lamp"), adapter=toy)
        here.links.heard(heard())
        await until(lambda: here.online("toy-1"))


@pytest.mark.parametrize("fault", [TypeError("bug"), GONE, asyncio.CancelledError()])
async def test_an_adapter_that_does_not_close_keeps_no_other_open(
    tmp_path: Path, fault: BaseException
) -> None:
    broken, toy = Toy(), Other()
    broken.closes = fault
    async with lan(tmp_path, broken, toy) as here:
        await here.links.aclose()
        assert (broken.closed, toy.closed) == (1, 1)


async def test_one_slow_place_delays_no_other(tmp_path: Path) -> None:
    async with lan(tmp_path) as here:
        here.put()
        for number in range(10, 30):
            here.put(lamp(f"toy-{number}", f"Lamp {number}"), at=f"192.0.2.{number}")
        here.links.heard(heard())
        for number in range(10, 30):
            here.links.heard(heard(f"192.0.2.{number}"))
        await until(lambda: all(here.online(f"toy-{number}") for number in range(10, 30)))


async def test_what_is_heard_after_closing_is_not_served(tmp_path: Path) -> None:
    async with lan(tmp_path) as here:
        place = here.put(lamp("toy-1", "Lamp"))
        await here.links.aclose()
        before = asyncio.all_tasks()
        here.links.heard(heard())
        here.links.recall()
        assert asyncio.all_tasks() == before
        assert place.visits == []
