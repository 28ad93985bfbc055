"""E-mail, as aiosmtpd takes it."""

import logging
from pathlib import Path

import pytest

from tests.people.peers import certificate, post
from tests.people.rigs import everybody, mail_settings

PNG = b"\x89PNG\r\n\x1a\n" + b"picture" * 100
ANNA = {"anna": {"notify": ["mailto:anna@example.org"]}}


async def test_a_mail_goes_over_starttls_with_its_picture(tmp_path: Path) -> None:
    pem = certificate(tmp_path)
    async with post(pem=pem, login=True) as server:
        settings = mail_settings(
            server.port, ca_file=pem[0], username="house", password="open sesame"
        )
        async with everybody(tmp_path, ANNA, mail=settings) as people:
            told = await people.notify("anna", "Ein Fuchs\nam Tor", title="Küche", picture=PNG)
    assert told.sent
    (mail,) = server.mails
    assert server.encrypted == [True]
    assert server.logins == [(b"house", b"open sesame")]
    assert server.recipients == [["anna@example.org"]]
    assert (mail["From"], mail["To"]) == ("home@example.org", "anna@example.org")
    assert mail["Subject"] == "Küche"
    assert mail["Auto-Submitted"] == "auto-generated"
    text, picture = mail.iter_parts()
    assert text.get_content().splitlines() == ["Ein Fuchs", "am Tor"]
    assert picture.get_content_type() == "image/png"
    assert picture.get_filename() == "picture.png"
    assert picture.get_content() == PNG


async def test_a_mail_goes_over_tls_from_the_first_byte(tmp_path: Path) -> None:
    pem = certificate(tmp_path)
    async with post(pem=pem, tls=True) as server:
        settings = mail_settings(server.port, ca_file=pem[0], security="tls")
        async with everybody(tmp_path, ANNA, mail=settings) as people:
            assert (await people.notify("anna", "Hello")).sent
    assert server.mails[0]["Subject"] == "Hello"


async def test_a_title_can_add_no_header(tmp_path: Path) -> None:
    async with post() as server:
        settings = mail_settings(server.port, security="none")
        async with everybody(tmp_path, ANNA, mail=settings) as people:
            await people.notify(
                "anna",
                "Hello\r\n.\r\nRCPT TO:<eve@example.org>",
                title="Hi\r\nBcc: eve@example.org\r\n\r\n\u2028<b>",
            )
    (mail,) = server.mails
    assert mail["Bcc"] is None
    assert mail["Subject"] == "Hi Bcc: eve@example.org <b>"
    assert server.recipients == [["anna@example.org"]]
    assert mail.get_content().splitlines() == ["Hello", ".", "RCPT TO:<eve@example.org>"]


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_certificate_that_nobody_vouches_for_gets_no_mail_and_no_password(
    tmp_path: Path, security: str
) -> None:
    pem = certificate(tmp_path)
    async with post(pem=pem, tls=security == "tls", login=True) as server:
        settings = mail_settings(server.port, username="house", password="x", security=security)
        async with everybody(tmp_path, ANNA, mail=settings) as people:
            told = await people.notify("anna", "Hello")
    assert told.channels[0].detail == "no trusted TLS with 127.0.0.1"
    assert (server.mails, server.logins) == ([], [])


async def test_a_server_without_starttls_gets_nothing(tmp_path: Path) -> None:
    async with (
        post() as server,
        everybody(tmp_path, ANNA, mail=mail_settings(server.port)) as people,
    ):
        told = await people.notify("anna", "Hello")
    assert told.channels[0].detail == "127.0.0.1 offers no STARTTLS or no login"
    assert server.mails == []


async def test_a_dead_server_is_said_so(tmp_path: Path) -> None:
    async with everybody(tmp_path, ANNA, mail=mail_settings(1)) as people:
        told = await people.notify("anna", "Hello")
    assert (told.sent, told.channels[0].outcome) == (False, "failed")
    assert told.channels[0].detail == "127.0.0.1 cannot be reached"


async def test_a_busy_server_is_tried_again_with_the_same_message_id(tmp_path: Path) -> None:
    async with post() as server:
        server.answers = ["451 later", "452 later"]
        settings = mail_settings(server.port, security="none")
        async with everybody(tmp_path, ANNA, mail=settings) as people:
            assert (await people.notify("anna", "Hello")).sent
            server.answers = ["554 anna@example.org is no friend of mine"]
            told = await people.notify("anna", "Hello")
    assert len(server.mails) == 1
    assert server.mails[0]["Message-ID"].endswith("@example.org>")
    assert told.channels[0].detail == "127.0.0.1 refused the mail (554)"


async def test_a_wrong_password_is_in_no_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "homeport")
    pem = certificate(tmp_path)
    async with post(pem=pem, login=True) as server:
        settings = mail_settings(server.port, ca_file=pem[0], username="house", password="wrong!")
        async with everybody(tmp_path, ANNA, mail=settings) as people:
            told = await people.notify("anna", "Hello")
    assert told.channels[0].detail == "127.0.0.1 refused the login (535)"
    ours = [record.getMessage() for record in caplog.records if "homeport" in record.name]
    assert ours
    assert "wrong!" not in f"{ours} {told!r} {settings!r}"
