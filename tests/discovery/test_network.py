"""Which LANs are searched, and what the owner's words for hosts mean."""

import ipaddress

import ifaddr
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.adapter import Network
from gateway.errors import CannotStart, Unreachable
from gateway.network import address_towards, expand, networks, on_a_lan
from gateway.settings import EXIT_SETTINGS
from tests.discovery.lonely import in_namespace

OWN = [
    ipaddress.ip_interface(f"{one.ip}/{one.network_prefix}")
    for adapter in ifaddr.get_adapters()
    for one in adapter.ips
    if one.is_IPv4
]


def test_every_private_lan_of_this_machine_is_searched_but_not_loopback() -> None:
    found = {(one.interface, one.broadcast) for one in networks()}
    assert not [one for one, _ in found if one.startswith("127.")]
    for one in OWN:
        if one.ip.is_private and not one.ip.is_loopback and one.network.prefixlen <= 30:
            assert (str(one.ip), str(one.network.broadcast_address)) in found


def test_loopback_is_searched_when_it_is_asked_for() -> None:
    assert networks("127.0.0.1") == [Network("127.0.0.1", "127.255.255.255")]


def test_any_loopback_address_may_be_the_interface() -> None:
    assert networks("127.0.77.1") == [Network("127.0.77.1", "127.255.255.255")]


def test_a_broadcast_address_that_is_given_is_used() -> None:
    assert networks("127.0.0.1", "127.0.0.255") == [Network("127.0.0.1", "127.0.0.255")]


@pytest.mark.parametrize("interface", ["203.0.113.77", "eth7", "", "127.0.0.1/8", "::1"])
def test_an_interface_that_is_not_here_is_refused_with_those_that_are(interface: str) -> None:
    with pytest.raises(CannotStart) as caught:
        networks(interface)
    assert caught.value.exit_code == EXIT_SETTINGS
    for one in OWN:
        assert str(one.ip) in caught.value.detail


def test_a_broadcast_address_of_no_lan_here_is_refused() -> None:
    with pytest.raises(CannotStart, match=r"203\.0\.113\.255 is on no LAN"):
        networks(None, "203.0.113.255")


def test_netmasks_are_the_real_ones_and_the_default_route_comes_first() -> None:
    assert in_namespace("lans") == {
        "all": [["10.77.16.254", "10.77.31.255"], ["192.168.3.1", "192.168.3.127"]],
        "named": [["192.168.3.1", "192.168.3.127"]],
        "with broadcast": [["10.77.16.254", "10.77.31.255"], ["192.168.3.1", "192.168.3.120"]],
        "everybody": [["10.77.16.254", "255.255.255.255"], ["192.168.3.1", "255.255.255.255"]],
        "none": [],
    }


def test_our_address_is_the_one_that_the_host_sees() -> None:
    assert address_towards("127.0.91.7") == "127.0.0.1"


def test_a_host_without_a_route_is_unreachable() -> None:
    with pytest.raises(Unreachable, match=r"255\.255\.255\.255"):
        address_towards("255.255.255.255")


@pytest.mark.parametrize(
    ("hosts", "meant"),
    [
        ([], []),
        (["192.0.2.7"], [("192.0.2.7", 9999)]),
        ([" 192.0.2.7:80 "], [("192.0.2.7", 80)]),
        (["lamp.lan"], [("lamp.lan", 9999)]),
        (["nas_1:65535"], [("nas_1", 65535)]),
        (["fd00::7"], [("fd00::7", 9999)]),
        (["[fd00::7]:80", "[fd00::8]"], [("fd00::7", 80), ("fd00::8", 9999)]),
        (["192.0.2.0/30"], [("192.0.2.1", 9999), ("192.0.2.2", 9999)]),
        (["192.0.2.1/30:80"], [("192.0.2.1", 80), ("192.0.2.2", 80)]),
        (["192.0.2.7/32"], [("192.0.2.7", 9999)]),
        (["192.0.2.1", "192.0.2.0/30"], [("192.0.2.1", 9999), ("192.0.2.2", 9999)]),
    ],
)
def test_hosts_are_expanded(hosts: list[str], meant: list[tuple[str, int]]) -> None:
    assert expand(hosts, 9999) == meant


def test_a_range_of_1024_addresses_is_searched_and_a_larger_one_is_refused() -> None:
    assert len(expand(["10.77.0.0/22"], 1)) == 1022
    with pytest.raises(CannotStart, match=r"10\.77\.0\.0/21' has 2,048 addresses; at most 1,024"):
        expand(["10.77.0.0/21"], 1)
    with pytest.raises(CannotStart, match="at most 1,024"):
        expand(["fd00::/64"], 1)


def test_all_hosts_together_are_bounded_too() -> None:
    with pytest.raises(CannotStart, match="at most 1,024"):
        expand(["10.77.0.0/22", "10.77.4.0/24"], 1)


@pytest.mark.parametrize(
    "host",
    [
        "",
        " ",
        "192.168.1.300",
        "192.168.1",
        "http://192.0.2.7",
        "192.0.2.7:",
        "192.0.2.7:0",
        "192.0.2.7:65536",
        "192.0.2.7:٣",
        "192.0.2.7:-1",
        "192.0.2.0/33",
        "192.0.2.0/x",
        "/24",
        ":80",
        "a b",
        "-lamp",
        "lamp..lan",
        "[fd00::7",
        "[fd00::7]x",
        "0.0.0.0",
        "239.255.255.250",
        "255.255.255.255",
        "l" * 64,
    ],
)
def test_what_is_no_host_is_refused_with_the_settings_exit_code(host: str) -> None:
    with pytest.raises(CannotStart) as caught:
        expand([host], 9999)
    assert caught.value.exit_code == EXIT_SETTINGS


@given(st.lists(st.text(max_size=40), max_size=3))
def test_hosts_are_expanded_or_refused_whatever_they_are(hosts: list[str]) -> None:
    try:
        found = expand(hosts, 80)
    except CannotStart:
        return
    assert len(set(found)) == len(found) <= 1024
    assert all(0 < port < 65536 for _, port in found)


@pytest.mark.parametrize(
    ("address", "interface", "believed"),
    [
        ("192.168.1.7", "192.168.1.2", True),
        ("10.0.0.7", "192.168.1.2", True),
        ("169.254.7.7", "192.168.1.2", True),
        ("fe80::1%3", "192.168.1.2", True),
        ("2001:db8::1", "192.168.1.2", True),
        ("127.0.0.1", "192.168.1.2", False),
        ("::1", "192.168.1.2", False),
        ("8.8.8.8", "192.168.1.2", False),
        ("8.8.8.8", "9.9.9.9", True),
        ("0.0.0.0", "192.168.1.2", False),
        ("224.0.0.1", "192.168.1.2", False),
        ("255.255.255.255", "192.168.1.2", False),
        ("127.0.77.3", "127.0.0.1", True),
        ("192.168.1.7", "127.0.0.1", False),
    ],
)
def test_a_claimed_address_is_believed_where_it_can_be(
    address: str, interface: str, believed: bool
) -> None:
    assert on_a_lan(address, [interface]) is believed
