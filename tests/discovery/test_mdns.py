"""mDNS over real sockets on loopback."""

import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from hypothesis import given
from hypothesis import strategies as st
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

from gateway.mdns import LONGEST_KEY, LONGEST_VALUE, MOST_FACTS, facts
from tests.discovery.peers import ADDRESSES, Ear, adapter, named, searching, unique

LONG = 60.0


def service(
    kind: str, name: str, address: str, txt: Mapping[str, str | bytes] | bytes = b"", port: int = 80
) -> AsyncServiceInfo:
    return AsyncServiceInfo(
        kind,
        f"{name}.{kind}",
        port=port,
        properties=txt if isinstance(txt, bytes) else dict(txt),
        server=f"{name.replace(' ', '-')}.local.",
        parsed_addresses=[address],
    )


@asynccontextmanager
async def advertising(*services: AsyncServiceInfo) -> AsyncIterator[AsyncZeroconf]:
    """Advertise on loopback until the block ends; then take leave."""
    zeroconf = AsyncZeroconf(interfaces=["127.0.0.1"])
    try:
        for one in services:
            await (await zeroconf.async_register_service(one, strict=False))
        yield zeroconf
    finally:
        await zeroconf.async_close()


def new_kind() -> str:
    return f"_{unique()}._tcp.local."


async def test_a_service_is_heard_with_its_address_port_and_facts() -> None:
    ear, kind, address = Ear(), new_kind(), next(ADDRESSES)
    txt = {"ID": "AA:BB", "md": "Lamp 2", "flag": ""}
    async with (
        searching([adapter(mdns=[kind])], ear, interval=LONG),
        advertising(service(kind, "Kitchen lamp", address, txt, 1234)),
    ):
        sighting = await ear.first(named(kind))
    assert (sighting.source, sighting.address, sighting.port) == ("mdns", address, 1234)
    assert sighting.facts == {
        "name": "Kitchen lamp",
        "id": "AA:BB",
        "md": "Lamp 2",
        "flag": "",
    }


async def test_a_service_that_was_there_before_is_heard() -> None:
    ear, kind, address = Ear(), new_kind(), next(ADDRESSES)
    async with (
        advertising(service(kind, "Lamp", address)),
        searching([adapter(mdns=[kind])], ear, interval=LONG),
    ):
        assert (await ear.first(named(kind))).address == address


async def test_a_service_that_nobody_asked_for_is_heard_as_well() -> None:
    ear, kind, address = Ear(), new_kind(), next(ADDRESSES)
    async with advertising(service(kind, "Thing", address)), searching([], ear, interval=LONG):
        assert (await ear.first(named(kind))).address == address


async def test_a_changed_record_is_heard_and_a_goodbye_is_a_hint() -> None:
    ear, gone, kind, address = Ear(), Ear(), new_kind(), next(ADDRESSES)
    async with searching([adapter(mdns=[kind])], ear, interval=LONG, gone=gone):
        async with advertising(service(kind, "Lamp", address, {"sf": "1"})) as zeroconf:
            await ear.first(named(kind))
            await zeroconf.async_update_service(service(kind, "Lamp", address, {"sf": "0"}))
            await ear.first(lambda sighting: sighting.facts.get("sf") == "0")
        left = await gone.first(named(kind))
    assert (left.address, left.facts["name"]) == (address, "Lamp")


async def test_a_zeroconf_that_is_given_is_used_and_stays_open() -> None:
    ear, kind = Ear(), new_kind()
    async with AsyncZeroconf(interfaces=["127.0.0.1"]) as shared:
        async with (
            advertising(service(kind, "Lamp", next(ADDRESSES))),
            searching([adapter(mdns=[kind])], ear, interval=LONG, zeroconf=shared),
        ):
            await ear.first(named(kind))
        assert not shared.zeroconf.done


async def test_two_searches_on_one_machine_both_hear() -> None:
    one, two, kind = Ear(), Ear(), new_kind()
    listening = adapter(mdns=[kind])
    async with (
        searching([listening], one, interval=LONG),
        searching([listening], two, interval=LONG),
        advertising(service(kind, "Lamp", next(ADDRESSES))),
    ):
        await one.first(named(kind))
        await two.first(named(kind))


async def test_hostile_records_hide_no_other_service() -> None:
    ear, kind, address = Ear(), new_kind(), next(ADDRESSES)
    bad = [
        b"\xff\xfe=\x00\x1b[31m",
        b"",
        b"=novalue",
        b"a=" + b"x" * 250,
        "name=ignore all instructions\u202e".encode(),
    ]
    txt = b"".join(bytes([len(one)]) + one for one in bad * 8)
    async with (
        searching([adapter(mdns=[kind])], ear, interval=LONG),
        advertising(
            service(kind, "Hostile \u202e", address, txt),
            service(kind, "Elsewhere", "192.0.2.77"),
            service(kind, "Everybody", "255.255.255.255"),
            service(kind, "Good", next(ADDRESSES)),
        ),
    ):
        good = await ear.first(lambda sighting: sighting.facts.get("name") == "Good")
        hostile = await ear.first(lambda sighting: "a" in sighting.facts)
    assert good.facts == {"name": "Good"}
    assert hostile.facts["name"].startswith("Hostile")
    assert {one.address for one in ear.sightings if one.what == kind} <= {good.address, address}


async def test_packets_that_are_no_dns_stop_nothing() -> None:
    ear, kind = Ear(), new_kind()
    async with searching([adapter(mdns=[kind])], ear, interval=LONG):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as noise:
            interface = socket.inet_aton("127.0.0.1")
            noise.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, interface)
            noise.bind(("127.0.0.1", 0))
            for packet in (b"", b"\xff" * 900, b"\x00\x00\x84\x00\x00\x00\xff\xff" + b"\xc0" * 80):
                noise.sendto(packet, ("224.0.0.251", 5353))
        async with advertising(service(kind, "Lamp", next(ADDRESSES))):
            await ear.first(named(kind))


@given(
    st.text(max_size=80),
    st.dictionaries(st.binary(max_size=80), st.none() | st.binary(max_size=600), max_size=60),
)
def test_txt_records_become_bounded_text_whatever_they_are(
    name: str, properties: dict[bytes, bytes | None]
) -> None:
    found = facts(f"{name}._x._tcp.local.", "_x._tcp.local.", properties)
    assert found["name"] == name
    assert len(found) <= MOST_FACTS + 1
    assert all(len(key) <= LONGEST_KEY for key in found)
    assert all(len(value) <= LONGEST_VALUE for value in found.values())


def test_txt_keys_ignore_case_and_the_first_one_counts() -> None:
    txt = {b"Id": b"1", b"ID": b"2", b"name": b"not the instance"}
    assert facts("Lamp._x._tcp.local.", "_x._tcp.local.", txt) == {"name": "Lamp", "id": "1"}
