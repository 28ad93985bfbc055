"""Where webhooks may go. Pure."""

import pytest
from pydantic import ValidationError

from gateway.allowed import (
    Allowed,
    NotAllowedAddress,
    NotAllowedHost,
    WebhookSettings,
    origin,
    public,
)
from gateway.errors import InvalidArguments


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://Hooks.Example.org/a?b=c", "https://hooks.example.org"),
        ("http://hooks.example.org:80/", "http://hooks.example.org"),
        ("http://127.0.0.1:9000/x", "http://127.0.0.1:9000"),
        ("http://[::1]:9000/x", "http://[::1]:9000"),
        ("http://[0:0::1]/x", "http://[::1]"),
        ("https://hooks.example.org:8443", "https://hooks.example.org:8443"),
    ],
)
def test_an_origin_is_scheme_host_and_port(url: str, found: str) -> None:
    assert str(origin(url)) == found


@pytest.mark.parametrize(
    "url",
    [
        "ftp://hooks.example.org/",
        "file:///etc/passwd",
        "hooks.example.org/a",
        "https://user:pass@hooks.example.org/",
        "https://user@hooks.example.org/",
        "https://@hooks.example.org/",
        "https://hooks.example.org/#part",
        "https://hooks.example.org/#",
        "https:///x",
        "https://",
        "https://hooks.example.org:0/",
        "https://hooks.example.org:99999/",
        "https://hooks.example.org:/",
        "https://hooks.example.org:x/",
        "https://hooks.example.org./",
        "https://hooks example.org/",
        "https://hooks.example.org\\@127.0.0.1/",
        "https://hooks.example.org/\r\nHost: x",
        "https://höoks.example.org/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://127.1/",
        "http://0177.0.0.1/",
        "http://127.0.0.1.5/",
        "http://[::1%25eth0]/",
        "http://[::1",
        "http://" + "a." * 130 + "org/",
        "https://hooks.example.org/" + "x" * 2000,
    ],
)
def test_a_url_that_could_be_read_in_two_ways_is_refused(url: str) -> None:
    with pytest.raises(InvalidArguments) as raised:
        origin(url)
    assert raised.value.more["field"] == "url"


def test_only_what_is_listed_is_allowed() -> None:
    allowed = Allowed(["http://127.0.0.1:9000", "https://hooks.example.org/"])
    assert str(allowed.check("https://hooks.example.org:443/any/path?x=1"))
    for url in (
        "http://127.0.0.1:9001/",
        "https://127.0.0.1:9000/",
        "http://127.0.0.2:9000/",
        "http://localhost:9000/",
        "http://[::ffff:127.0.0.1]:9000/",
        "http://hooks.example.org/",
        "https://hooks.example.org.evil.example/",
        "https://evil.example/",
        "https://1.1.1.1/",
    ):
        with pytest.raises(NotAllowedHost) as raised:
            allowed.check(url)
        assert raised.value.hint and "[webhooks] allow" in raised.value.hint


def test_nothing_is_allowed_by_default() -> None:
    with pytest.raises(NotAllowedHost):
        Allowed(WebhookSettings().allow).check("http://127.0.0.1/")


@pytest.mark.parametrize("entry", ["https://a.example/path", "a.example", "https://*.example", ""])
def test_an_entry_that_is_no_origin_is_refused(entry: str) -> None:
    with pytest.raises(ValidationError):
        WebhookSettings(allow=[entry])


PRIVATE = [
    "127.0.0.1",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "224.0.0.1",
    "239.255.255.250",
    "255.255.255.255",
    "240.0.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "::",
    "::1",
    "::127.0.0.1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "2001:db8::1",
    "2001::1",
    "::ffff:127.0.0.1",
    "::ffff:192.168.1.1",
    "::ffff:169.254.169.254",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::",
    "64:ff9b::7f00:1",
    "64:ff9b::169.254.169.254",
    "64:ff9b:1::1",
    "100::1",
    "nonsense",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_public_is_known(address: str) -> None:
    assert not public(address)


@pytest.mark.parametrize(
    "address",
    ["1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101", "2002:101:101::"],
)
def test_a_public_address_is_known(address: str) -> None:
    assert public(address)


def test_a_name_must_lead_to_public_addresses_only() -> None:
    allowed = Allowed(["https://hooks.example.org"])
    found = allowed.check("https://hooks.example.org/")
    allowed.check_addresses(found, ["1.1.1.1", "2606:4700::1111"])
    for address in PRIVATE:
        with pytest.raises(NotAllowedAddress) as raised:
            allowed.check_addresses(found, ["1.1.1.1", address])
        assert raised.value.hint and "address" in raised.value.hint
