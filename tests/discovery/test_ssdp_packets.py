"""What is read from SSDP packets, however they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ssdp import LONGEST_NAME, LONGEST_VALUE, MOST_HEADERS, Message, read, search_for
from tests.discovery.peers import reply_to

ALIVE = (
    b"NOTIFY * HTTP/1.1\r\nHost: 239.255.255.250:1900\r\nNT: upnp:rootdevice\r\n"
    b"NTS: ssdp:alive\r\nLocation: https://192.0.2.9/d.xml\r\nUSN: uuid:7\r\n\r\n"
)


def message(packet: bytes) -> Message:
    found = read(packet)
    assert found is not None
    return found


def test_an_answer_is_a_sighting_where_it_came_from_not_where_it_points() -> None:
    sighting = message(reply_to("urn:lamp:1", "X-Colour: Blue\r\n")).sighting("192.0.2.7")
    assert (sighting.source, sighting.address, sighting.port) == ("ssdp", "192.0.2.7", 4321)
    assert sighting.what == "urn:lamp:1"
    assert sighting.facts == {
        "location": "http://203.0.113.9:4321/description.xml",
        "server": "Test/1 UPnP/1.1 Lamp/2",
        "usn": "uuid:1::urn:lamp:1",
        "x-colour": "Blue",
    }


def test_an_announcement_is_read_with_the_port_of_its_scheme() -> None:
    alive = message(ALIVE)
    assert (alive.what, alive.leaves, alive.port) == ("upnp:rootdevice", False, 443)


def test_a_byebye_takes_leave() -> None:
    assert message(ALIVE.replace(b"alive", b"byebye")).leaves


def test_an_update_counts_as_alive() -> None:
    assert not message(ALIVE.replace(b"alive", b"update")).leaves


def test_lines_may_end_in_a_newline_alone() -> None:
    assert message(ALIVE.replace(b"\r\n", b"\n")) == message(ALIVE)


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        b"\r\n\r\n",
        search_for("ssdp:all"),
        ALIVE.replace(b"NT: upnp:rootdevice\r\n", b""),
        ALIVE.replace(b"ssdp:alive", b"ssdp:whatever"),
        ALIVE.replace(b"NOTIFY *", b"NOTIFY /"),
        reply_to("urn:lamp:1").replace(b"200 OK", b"404 Not Found"),
        reply_to("urn:lamp:1").replace(b"HTTP/1.1", b"RTSP/1.0"),
        b"\xff\xfe" * 700,
    ],
)
def test_what_is_neither_answer_nor_announcement_is_nothing(packet: bytes) -> None:
    assert read(packet) is None


@pytest.mark.parametrize(
    "location",
    [
        b"http://[::1/d.xml",
        b"http://192.0.2.9:99999/",
        b"http://192.0.2.9:port/",
        b"",
        b"ftp://192.0.2.9/",
        b"\x00",
    ],
)
def test_a_location_without_a_port_has_port_0(location: bytes) -> None:
    assert message(ALIVE.replace(b"https://192.0.2.9/d.xml", location)).port == 0


def test_headers_are_bounded_in_number_and_in_length() -> None:
    many = b"".join(b"X-%d: %s\r\n" % (number, b"y" * 900) for number in range(200))
    long = message(ALIVE.replace(b"\r\n\r\n", b"\r\n" + b"N" * 300 + b": 1\r\n" + many + b"\r\n"))
    assert len(long.headers) <= MOST_HEADERS
    assert all(len(name) <= LONGEST_NAME for name in long.headers)
    assert all(len(text) <= LONGEST_VALUE for text in long.headers.values())


def test_of_a_header_that_comes_twice_the_first_counts() -> None:
    twice = ALIVE.replace(b"USN: uuid:7\r\n", b"USN: uuid:7\r\nUSN: uuid:8\r\n")
    assert message(twice).headers["usn"] == "uuid:7"


LINES = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(
        [
            b"NOTIFY * HTTP/1.1",
            b"HTTP/1.1 200 OK",
            b"ST: x",
            b"NT: x",
            b"NTS: ssdp:alive",
            b"NTS: ssdp:byebye",
            b"LOCATION: http://[",
            b"LOCATION: //:1:2",
            b"LOCATION: http://a:\xd9\xa3/",
            b": ",
            b"USN",
        ]
    ),
)


@given(st.one_of(st.binary(max_size=600), st.lists(LINES, max_size=12).map(b"\r\n".join)))
def test_no_packet_makes_the_reader_fail(packet: bytes) -> None:
    found = read(packet)
    if found is not None:
        sighting = found.sighting("192.0.2.7")
        assert sighting.what
        assert len(sighting.what) <= LONGEST_VALUE
        assert 0 <= sighting.port < 65536
