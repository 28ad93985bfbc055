"""What does not work is a problem while it lasts, and stops nothing else."""

import logging

import pytest

from gateway.adapter import Network, Probe
from gateway.problems import Problems
from tests.discovery.lonely import in_namespace
from tests.discovery.peers import ADDRESSES, Ear, adapter, lamp, named, searching


def test_a_network_that_is_down_is_a_problem_until_it_is_up() -> None:
    seen = in_namespace("unplugged")
    assert [problem.partition(":")[0] for problem in seen["down"]] == [
        "SSDP announcements on 127.0.0.1",
        "SSDP on 127.0.0.1",
        "broadcast on 127.255.255.255",
        "mDNS on 127.0.0.1",
    ]
    assert (seen["found"], seen["announced"]) == ("127.0.91.4", "127.0.91.5")


def test_a_broadcast_without_a_route_is_a_problem_until_there_is_one() -> None:
    seen = in_namespace("no_route")
    assert seen["problems"] == ["broadcast on 10.77.0.255: network unreachable"]
    assert seen["found"] == "127.0.91.5"


def test_where_port_1900_is_taken_searches_still_work() -> None:
    seen = in_namespace("port_taken")
    assert seen["found"] == ["127.0.91.4", "127.0.91.5"]
    assert seen["problems"] == [
        "SSDP announcements on port 1900: another program holds the port and does not share it"
    ]


def test_where_port_5353_is_taken_mdns_begins_when_it_is_free() -> None:
    seen = in_namespace("mdns_taken")
    assert seen["found"] == "127.0.91.5"
    assert seen["problems"] == [
        "mDNS on 127.0.0.1: another program holds the port and does not share it"
    ]


async def test_a_lan_that_cannot_be_reached_does_not_stop_another() -> None:
    ear, address = Ear(), next(ADDRESSES)
    beyond = Network("127.0.0.1", "192.0.2.255")
    missing = Network("203.0.113.77", "203.0.113.255")
    loopback = Network("127.0.0.2", "127.255.255.255")
    async with lamp(address) as (port, _):
        probe = Probe("who", port, lambda: b"who?")
        lans = [beyond, missing, loopback]
        async with searching([adapter(probes=[probe])], ear, lans) as discovery:
            await ear.several(2, named("who"))
            problems = discovery.problems()
    assert "broadcast on 192.0.2.255: network unreachable from there" in problems
    assert "broadcast on 203.0.113.255: this machine does not have that address now" in problems
    assert "mDNS on 203.0.113.77: this machine does not have that address now" in problems
    assert not [one for one in problems if "127.255.255.255" in one]


async def test_a_mistaken_mdns_type_is_a_problem() -> None:
    async with searching([adapter(mdns=["_hap._tcp"])], Ear()) as discovery:
        assert discovery.problems() == [
            "mDNS type '_hap._tcp': is none; an example is _hap._tcp.local."
        ]


def test_a_problem_is_logged_once_and_gone_when_it_works(caplog: pytest.LogCaptureFixture) -> None:
    problems = Problems()
    with caplog.at_level(logging.INFO, "homeport.discovery"):
        for _ in range(3):
            problems.failed("broadcast on 192.0.2.255", "network unreachable")
        assert problems.list() == ["broadcast on 192.0.2.255: network unreachable"]
        for _ in range(3):
            problems.works("broadcast on 192.0.2.255")
    assert problems.list() == []
    assert [record.message for record in caplog.records] == [
        "broadcast on 192.0.2.255: network unreachable",
        "broadcast on 192.0.2.255 works again",
    ]
