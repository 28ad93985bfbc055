"""What nobody claims: what is kept of it, and what it looks like."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.adapter import Sighting, Source
from gateway.clock import HomeClock, SetClock
from gateway.guesses import KINDS
from gateway.unclaimed import MOST_ADDRESSES, MOST_EVIDENCE, MOST_PORTS, Unclaimed


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def unclaimed(clock: SetClock) -> Unclaimed:
    return Unclaimed(HomeClock(clock, ZoneInfo("Europe/Berlin")))


def mdns(kind: str, address: str = "192.0.2.7", port: int = 80, **facts: str) -> Sighting:
    return Sighting("mdns", address, port, f"{kind}.local.", facts)


def ssdp(what: str, server: str = "", address: str = "192.0.2.7", port: int = 80) -> Sighting:
    return Sighting("ssdp", address, port, what, {"server": server} if server else {})


def test_all_that_was_heard_of_an_address_is_one_entry(
    unclaimed: Unclaimed, clock: SetClock
) -> None:
    unclaimed.note(mdns("_http._tcp", port=8080, name="Thing"))
    clock.present += timedelta(minutes=5)
    unclaimed.note(ssdp("upnp:rootdevice", "Test/1 UPnP/1.1"))
    unclaimed.note(Sighting("broadcast", "192.0.2.7", 9999, "kasa", {"payload": "00"}))
    unclaimed.note(Sighting("configured", "192.0.2.7", 0, "kasa"))
    assert unclaimed.list() == [
        {
            "address": "192.0.2.7",
            "ports": [80, 8080, 9999],
            "name": "Thing",
            "guess": "something with a web page",
            "evidence": [
                "mDNS _http._tcp on port 8080: name=Thing",
                "SSDP upnp:rootdevice on port 80: Test/1 UPnP/1.1",
                "answers the probe kasa on port 9999",
                "configured for kasa",
            ],
            "first_seen": "2026-01-02T13:00:00+01:00",
            "last_seen": "2026-01-02T13:05:00+01:00",
        }
    ]


def test_a_printer_says_who_made_it(unclaimed: Unclaimed) -> None:
    unclaimed.note(mdns("_http._tcp", name="Office"))
    unclaimed.note(mdns("_ipp._tcp", name="Office printer", ty="LaserJet 5", usb_mfg="HP"))
    unclaimed.note(mdns("_http._tcp", name="Web page", md="nonsense"))
    (found,) = unclaimed.list()
    assert found["guess"] == "a printer"
    assert (found["maker"], found["model"], found["name"]) == ("HP", "LaserJet 5", "Office printer")


@pytest.mark.parametrize(
    ("sighting", "guess"),
    [
        (ssdp("urn:schemas-tagyoureit-org:device:PoolController:1"), "a pool controller"),
        (ssdp("upnp:rootdevice", "Hue/1.0 UPnP/1.0 IpBridge/1.50.0"), "a Hue bridge"),
        (ssdp("urn:schemas-upnp-org:device:InternetGatewayDevice:2"), "a router"),
        (mdns("_http._tcp", name="Pentair: 01-02-03"), "a pool controller"),
        (mdns("_wahoo-fitness-tnp._tcp", name="Belt"), "a fitness machine"),
        (mdns("_hap._tcp", name="Lamp"), "a HomeKit accessory"),
    ],
)
def test_what_a_thing_says_tells_what_it_looks_like(
    unclaimed: Unclaimed, sighting: Sighting, guess: str
) -> None:
    unclaimed.note(sighting)
    assert unclaimed.list()[0]["guess"] == guess


def test_without_a_clue_there_is_no_guess(unclaimed: Unclaimed) -> None:
    unclaimed.note(ssdp("uuid:1"))
    assert not {"guess", "maker", "model", "name"} & unclaimed.list()[0].keys()


def test_what_is_claimed_is_forgotten(unclaimed: Unclaimed) -> None:
    unclaimed.note(ssdp("uuid:1"))
    unclaimed.claimed("192.0.2.7")
    unclaimed.claimed("192.0.2.8")
    assert unclaimed.list() == []


def test_what_is_served_is_not_listed(unclaimed: Unclaimed) -> None:
    unclaimed.note(ssdp("uuid:1"))
    unclaimed.note(ssdp("uuid:2", address="192.0.2.8"))
    listed = unclaimed.list(lambda address: address == "192.0.2.7")
    assert [one["address"] for one in listed] == ["192.0.2.8"]


def test_beyond_500_addresses_the_one_not_heard_for_longest_is_dropped(
    unclaimed: Unclaimed,
) -> None:
    for number in range(MOST_ADDRESSES):
        unclaimed.note(ssdp("uuid:1", address=f"10.0.{number // 250}.{number % 250}"))
    unclaimed.note(ssdp("uuid:1", address="10.0.0.0"))
    unclaimed.note(ssdp("uuid:1", address="10.9.9.9"))
    addresses = [one["address"] for one in unclaimed.list()]
    assert len(addresses) == MOST_ADDRESSES
    assert addresses[:2] == ["10.9.9.9", "10.0.0.0"]
    assert "10.0.0.1" not in addresses


def test_evidence_and_ports_of_one_address_are_bounded(unclaimed: Unclaimed) -> None:
    for number in range(1, 100):
        unclaimed.note(ssdp(f"uuid:{number}", port=number))
    (found,) = unclaimed.list()
    assert len(found["evidence"]) == MOST_EVIDENCE
    assert len(found["ports"]) == MOST_PORTS


@given(
    st.sampled_from(("mdns", "ssdp", "broadcast", "configured", "known")),
    st.text(max_size=300),
    st.dictionaries(
        st.sampled_from(("name", "fn", "md", "manufacturer", "server", "x")), st.text(max_size=400)
    ),
)
def test_text_from_the_network_is_one_short_harmless_line(
    source: Source, what: str, facts: dict[str, str]
) -> None:
    unclaimed = Unclaimed(HomeClock(SetClock(), ZoneInfo("UTC")))
    unclaimed.note(Sighting(source, "192.0.2.7", 80, what, facts))
    (found,) = unclaimed.list()
    texts = [*found["evidence"], *(found.get(key, "") for key in ("maker", "model", "name"))]
    for text in texts:
        assert len(text) <= 200
        assert not set(text) & set("\n\r\t\x00\x1b\x9b\u202e\u2066")


def test_clues_are_written_in_the_form_in_which_they_are_compared() -> None:
    for kind in KINDS:
        clues = (*kind.mdns, *kind.ssdp, *kind.server, *kind.named)
        assert clues
        assert all(clue == clue.casefold() and clue for clue in clues), kind
        assert all(one.startswith("_") and one.endswith(("._tcp", "._udp")) for one in kind.mdns)
