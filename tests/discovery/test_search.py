"""Discovery over real sockets on loopback: broadcast, SSDP and configured hosts."""

import asyncio

from gateway.adapter import Probe, Sighting
from gateway.ssdp import ALL
from tests.discovery.peers import (
    ADDRESSES,
    LOOPBACK,
    Ear,
    adapter,
    announcing,
    lamp,
    named,
    searching,
    unique,
    until,
    upnp,
)


def ask(name: str, port: int) -> Probe:
    return Probe(name, port, lambda: b"who?")


async def test_a_device_that_answers_a_broadcast_is_heard_with_its_own_address() -> None:
    ear, address = Ear(), next(ADDRESSES)
    async with lamp(address) as (port, _), searching([adapter(probes=[ask("who", port)])], ear):
        sighting = await ear.first(named("who"))
    assert sighting == Sighting("broadcast", address, port, "who", {"payload": b"here".hex()})


async def test_an_answer_is_taken_for_the_probe_that_it_answers() -> None:
    ear, first, second = Ear(), next(ADDRESSES), next(ADDRESSES)
    async with lamp(first) as (one, _), lamp(second) as (two, _):
        listening = [adapter(probes=[ask("one", one)]), adapter(probes=[ask("two", two)])]
        async with searching(listening, ear):
            assert (await ear.first(named("one"))).address == first
            assert (await ear.first(named("two"))).address == second


async def test_a_long_answer_is_cut() -> None:
    ear, address = Ear(), next(ADDRESSES)
    async with (
        lamp(address, reply=b"x" * 5000) as (port, _),
        searching([adapter(probes=[ask("who", port)])], ear),
    ):
        sighting = await ear.first(named("who"))
    assert sighting.facts["payload"] == (b"x" * 2048).hex()


async def test_a_device_that_misses_the_first_packets_is_heard_all_the_same() -> None:
    ear, target = Ear(), f"urn:test:{unique()}"
    async with (
        lamp(next(ADDRESSES), deaf=2) as (port, lamp_peer),
        upnp(next(ADDRESSES), target, deaf=2) as upnp_peer,
        searching([adapter(probes=[ask("who", port)], ssdp=[target])], ear),
    ):
        await ear.first(named("who"))
        await ear.first(named(target))
    assert len(lamp_peer.heard) >= 3
    assert len(upnp_peer.heard) >= 3


async def test_the_first_searches_are_at_0_1_and_3_seconds() -> None:
    loop, ear = asyncio.get_running_loop(), Ear()
    async with (
        lamp(next(ADDRESSES), deaf=2) as (port, peer),
        searching([adapter(probes=[ask("who", port)])], ear, interval=60),
    ):
        await until(lambda: peer.heard)
        first = loop.time()
        await until(lambda: len(peer.heard) == 2)
        second = loop.time()
        await ear.first(named("who"))
        third = loop.time()
    assert second - first > 0.9
    assert third - second > 1.9


async def test_a_device_that_is_plugged_in_later_is_heard_at_the_next_interval() -> None:
    ear, target = Ear(), f"urn:test:{unique()}"
    async with searching([adapter(ssdp=[target])], ear):
        await ear_has_searched(ear)
        async with upnp(next(ADDRESSES), target):
            await ear.first(named(target))


async def ear_has_searched(ear: Ear) -> None:
    """Wait until another device, which was there before, has answered twice."""
    target = f"urn:test:{unique()}"
    async with upnp(next(ADDRESSES), target), searching([adapter(ssdp=[target])], ear):
        await ear.several(2, named(target))


async def test_a_probe_is_made_once_and_one_that_cannot_be_made_stops_no_other() -> None:
    made: list[str] = []

    def good() -> bytes:
        made.append("good")
        return b"who?"

    def bad() -> bytes:
        made.append("bad")
        raise KeyError("a maker's library")

    ear = Ear()
    async with lamp(next(ADDRESSES)) as (port, _):
        probes = [Probe("bad", port, bad), Probe("good", port, good)]
        async with searching([adapter(probes=probes)], ear) as discovery:
            await ear.several(3, named("good"))
            assert discovery.problems() == ["the probe bad: cannot be made"]
    assert sorted(made) == ["bad", "good"]


async def test_an_ssdp_answer_is_heard_from_where_it_came() -> None:
    ear, target, address = Ear(), f"urn:test:{unique()}", next(ADDRESSES)
    async with upnp(address, target), searching([adapter(ssdp=[target])], ear):
        sighting = await ear.first(named(target))
    assert (sighting.source, sighting.address, sighting.port) == ("ssdp", address, 4321)
    assert sighting.facts["usn"] == f"uuid:1::{target}"


async def test_devices_that_nobody_asked_for_are_searched_for_as_well() -> None:
    ear = Ear()
    async with upnp(next(ADDRESSES), ALL) as peer, searching([], ear):
        await ear.first(named(ALL))
    assert b"ST: ssdp:all" in peer.heard[0]


async def test_an_announcement_is_heard_and_a_goodbye_is_a_hint() -> None:
    ear, gone, target, address = Ear(), Ear(), f"urn:test:{unique()}", next(ADDRESSES)
    more = "LOCATION: http://192.0.2.1:80/\r\n"
    with announcing(address) as say:
        async with searching([], ear, gone=gone, interval=60):
            await until(lambda: say(target, "ssdp:alive", more) or ear.sightings)
            alive = await ear.first(named(target))
            say(target, "ssdp:byebye", "")
            left = await gone.first(named(target))
            heard = len(ear.sightings)
            say(target, "ssdp:alive", more)
            await ear.several(heard + 1, lambda _: True)
    assert (alive.address, left.address) == (address, address)


async def test_what_is_said_again_within_an_interval_is_told_once() -> None:
    ear, target = Ear(), f"urn:test:{unique()}"
    with announcing(next(ADDRESSES)) as say:
        async with searching([], ear, interval=60):
            await until(lambda: say(target, "ssdp:alive", "") or ear.sightings)
            for _ in range(20):
                say(target, "ssdp:alive", "")
            say(target, "ssdp:alive", "X-Last: yes\r\n")
            await ear.first(lambda sighting: "x-last" in sighting.facts)
    assert len([one for one in ear.sightings if one.what == target]) == 2


async def test_configured_hosts_are_told_of_at_once_and_at_every_interval() -> None:
    ear = Ear()
    hosts = ["127.0.92.1", "127.0.92.2:80", "127.0.92.4/30", "localhost"]
    async with searching([adapter(hosts=hosts, port=9999)], ear):
        heard = await ear.several(11, named("listening"))  # a range is not told each time
    assert {(one.source, one.address, one.port) for one in heard} == {
        ("configured", "127.0.92.1", 9999),
        ("configured", "127.0.92.2", 80),
        ("configured", "127.0.92.5", 9999),
        ("configured", "127.0.92.6", 9999),
        ("configured", "127.0.0.1", 9999),
    }


async def test_a_name_that_leads_nowhere_is_a_problem_and_stops_nothing() -> None:
    ear = Ear()
    hosts = ["127.0.92.1", "nowhere.invalid"]
    async with searching([adapter(hosts=hosts)], ear) as discovery:
        await ear.first(named("listening"))
        await until(discovery.problems)
        assert discovery.problems() == [
            "nowhere.invalid, configured for listening: the name leads to no IPv4 address"
        ]


async def test_hosts_that_are_told_fail_do_not_keep_others_from_being_told() -> None:
    told: list[Sighting] = []
    target = f"urn:test:{unique()}"

    def heard(sighting: Sighting) -> None:
        told.append(sighting)
        if sighting.what != target:
            raise ValueError("an adapter that cannot read what it claims")

    async with (
        upnp(next(ADDRESSES), target),
        searching([adapter(hosts=["127.0.92.1"], ssdp=[target])], heard),
    ):
        await until(lambda: {one.what for one in told} >= {target, "listening"})


async def test_two_searches_on_one_machine_do_not_disturb_each_other() -> None:
    one, two, target = Ear(), Ear(), f"urn:test:{unique()}"
    announced = f"urn:test:{unique()}"
    async with lamp(next(ADDRESSES)) as (port, _), upnp(next(ADDRESSES), target):
        listening = adapter(probes=[ask("who", port)], ssdp=[target])
        async with searching([listening], one), searching([listening], two):
            for ear in (one, two):
                await ear.first(named("who"))
                await ear.first(named(target))
            with announcing(next(ADDRESSES)) as say:
                say(announced, "ssdp:alive", "")
                await one.first(named(announced))
                await two.first(named(announced))


async def test_a_machine_without_a_lan_says_so_and_still_serves_configured_hosts() -> None:
    ear = Ear()
    async with searching([adapter(hosts=["127.0.92.1"])], ear, networks=[]) as discovery:
        await ear.first(named("listening"))
        assert discovery.problems() == ["search: this machine has no private IPv4 address"]


async def test_a_flood_from_one_address_does_not_hide_others() -> None:
    ear, quiet = Ear(), f"urn:test:{unique()}"
    flood, noisy_address = unique(), next(ADDRESSES)
    with announcing(noisy_address) as shout, announcing(next(ADDRESSES)) as say:
        async with searching([], ear, networks=[LOOPBACK], interval=60):
            await until(lambda: shout(f"{flood}-first", "ssdp:alive", "") or ear.sightings)
            for number in range(300):
                shout(f"{flood}-{number}", "ssdp:alive", "")
                await asyncio.sleep(0)
            await until(lambda: say(quiet, "ssdp:alive", "") or heard(ear, quiet))
    assert len([one for one in ear.sightings if one.address == noisy_address]) <= 100


def heard(ear: Ear, what: str) -> bool:
    return any(one.what == what for one in ear.sightings)
