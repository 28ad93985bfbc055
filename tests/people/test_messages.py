"""Addresses that give nothing away, text that is made harmless, digests that stay short."""

from datetime import timedelta

import pytest
from pydantic import SecretStr, ValidationError

from gateway.clock import HomeClock, SetClock
from gateway.held import Held
from gateway.messages import DIGEST_BYTES, LONGEST_MESSAGE, Address, digest, tidy
from gateway.reach import MailSettings, PersonSettings
from tests.people.rigs import BERLIN, EVENING

MAIL = {"host": "mail.example.org", "from": "home@example.org"}


@pytest.mark.parametrize(
    ("text", "kind", "host"),
    [
        ("ntfy:https://ntfy.example.org/anna", "ntfy", "ntfy.example.org"),
        ("ntfy:http://192.0.2.7:8080/sub/anna_1", "ntfy", "192.0.2.7"),
        ("mailto:anna+home@example.org", "mail", "example.org"),
        ("webhook:https://hooks.example.org/x?key=1", "webhook", "hooks.example.org"),
    ],
)
def test_an_address_shows_its_kind_and_host(text: str, kind: str, host: str) -> None:
    address = Address.parse(text, SecretStr("tk_secret"))
    assert (address.kind, address.host) == (kind, host)
    assert repr(address) == f"Address(kind={kind!r}, host={host!r})"
    assert (address.token is not None) == (kind == "ntfy")


@pytest.mark.parametrize(
    "text",
    [
        "topic8f2c",
        "sms:topic8f2c",
        "ntfy:https://ntfy.example.org/topic8f2c/",
        "ntfy:https://ntfy.example.org/topic8f2c?x=1",
        "ntfy:ftp://ntfy.example.org/topic8f2c",
        "ntfy:https://anna:topic8f2c@ntfy.example.org/anna",
        "webhook:https://hooks.example.org:99999/topic8f2c",
        "webhook:https:///topic8f2c",
        "webhook:https://hooks.example.org/topic8f2c\r\nHost: b",
        "mailto:topic8f2c",
        "mailto:topic8f2c@example.org\nBcc: eve@example.org",
        "mailto:topic8f2c@example.org,eve@example.org",
        "mailto:Anna <topic8f2c@example.org>",
    ],
)
def test_what_is_no_address_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(ValidationError) as raised:
        PersonSettings(notify=[text])
    assert "topic8f2c" not in str(raised.value)


def test_settings_show_neither_addresses_nor_secrets() -> None:
    anna = PersonSettings(
        notify=["ntfy:https://ntfy.example.org/topic8f2c"], ntfy_token=SecretStr("tk_secret")
    )
    mail = MailSettings.model_validate(MAIL | {"username": "house", "password": "sesame"})
    shown = f"{anna!r} {anna} {anna.addresses!r} {mail!r} {mail}"
    assert not any(secret in shown for secret in ("topic8f2c", "tk_secret", "sesame", "'house'"))


def test_a_token_is_for_one_server() -> None:
    both = ["ntfy:https://one.example.org/anna", "ntfy:https://two.example.org/anna"]
    with pytest.raises(ValidationError, match="exactly one ntfy server"):
        PersonSettings(notify=both, ntfy_token=SecretStr("tk_secret"))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"username": "house"}, "go together"),
        ({"username": "house", "password": "x", "security": "none"}, "open line"),
        ({"from": "Home <home@example.org>"}, "mail address"),
    ],
)
def test_mail_settings_that_would_not_be_safe_are_refused(more: dict[str, str], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        MailSettings.model_validate(MAIL | more)


def test_a_message_keeps_its_lines_and_loses_what_could_deceive() -> None:
    assert tidy("  Dryer\x07 done \r\n\r\n \u202eevil\u2028next\x00 ") == "Dryer done\nevil\nnext"


def test_a_message_is_capped() -> None:
    assert len(tidy("é" * 5000)) == LONGEST_MESSAGE
    assert tidy("a\n" * 500).count("\n") == 20


def held(number: int, text: str, title: str | None = "Elm Street") -> Held:
    return Held(number, "anna", EVENING + timedelta(minutes=number), title, text)


def test_a_digest_says_when_and_counts_what_was_said_often() -> None:
    clock = HomeClock(SetClock(EVENING + timedelta(hours=9)), BERLIN)
    rows = [held(0, "Dryer done"), held(1, "Window open"), held(2, "Dryer done")]
    message = digest(rows, clock)
    assert message.title == "Elm Street: 3 messages"
    assert message.text == "22:14 Dryer done (2 times)\n22:15 Window open"


def test_a_digest_of_one_is_that_message() -> None:
    clock = HomeClock(SetClock(EVENING + timedelta(hours=9)), BERLIN)
    message = digest([held(0, "Dryer done")], clock)
    assert (message.title, message.text) == ("Elm Street", "Dryer done\n(22:14)")


def test_a_digest_of_very_many_fits_and_says_how_many_it_leaves_out() -> None:
    clock = HomeClock(SetClock(EVENING + timedelta(hours=9)), BERLIN)
    message = digest([held(n, f"{n} " + "雨" * 900, f"Room {n}") for n in range(200)], clock)
    assert len(message.text.encode()) < DIGEST_BYTES + 50
    shown = message.text.count("\n")
    assert message.text.endswith(f"… and {200 - shown} more")
    assert message.title == "200 messages"
