"""ntfy and webhooks, as a receiver of the test's own sees them."""

import logging
from base64 import b64decode
from pathlib import Path

import pytest

from gateway import telling
from gateway.clock import SetClock
from gateway.errors import InvalidArguments, NotFound
from tests.people.peers import Receiver, certificate, post, receiver
from tests.people.rigs import SECRET_TOPIC, everybody, ntfy, said

JPEG = b"\xff\xd8\xff\xe0" + b"picture" * 100


async def test_a_message_is_published_with_its_title(tmp_path: Path, phone: Receiver) -> None:
    async with everybody(tmp_path, {"anna": ntfy(phone)}) as people:
        told = await people.notify("Anna", "Der Trockner ist fertig: 雨", title="Küche")
    assert [(one.channel, one.outcome, one.detail) for one in told.channels] == [
        ("ntfy", "sent", None)
    ]
    (heard,) = phone.heard
    assert (heard.method, heard.path) == ("POST", "/")
    assert said(heard) == {
        "topic": SECRET_TOPIC,
        "message": "Der Trockner ist fertig: 雨",
        "title": "Küche",
    }
    assert "Authorization" not in heard.headers


async def test_an_urgent_message_carries_the_highest_priority_and_the_token(
    tmp_path: Path, phone: Receiver
) -> None:
    async with everybody(tmp_path, {"anna": ntfy(phone, ntfy_token="tk_secret")}) as people:
        await people.notify("anna", "Water in the cellar", urgent=True)
    (heard,) = phone.heard
    assert said(heard)["priority"] == 5
    assert heard.headers["Authorization"] == "Bearer tk_secret"


async def test_a_picture_goes_as_a_file_with_the_message_in_its_headers(
    tmp_path: Path, phone: Receiver
) -> None:
    async with everybody(tmp_path, {"anna": ntfy(phone)}) as people:
        await people.notify(
            "anna", "Ein Fuchs\r\nX-Evil: 1", title="Tür\r\nX-Evil: 2", picture=JPEG
        )
    (heard,) = phone.heard
    assert (heard.method, heard.path, heard.body) == ("PUT", f"/{SECRET_TOPIC}", JPEG)
    assert heard.headers["Filename"] == "picture.jpg"
    assert decoded(heard.headers["X-Message"]) == "Ein Fuchs\\nX-Evil: 1"
    assert decoded(heard.headers["X-Title"]) == "Tür X-Evil: 2"
    assert "X-Evil" not in heard.headers


def decoded(word: str) -> str:
    assert word.startswith("=?utf-8?b?")
    assert word.endswith("?=")
    return b64decode(word[10:-2]).decode()


@pytest.mark.parametrize("status", [400, 413])
async def test_a_server_that_takes_no_files_gets_the_message_alone(
    tmp_path: Path, phone: Receiver, status: int
) -> None:
    phone.answers = [status]
    async with everybody(tmp_path, {"anna": ntfy(phone)}) as people:
        told = await people.notify("anna", "A fox", picture=JPEG)
    assert told.sent
    assert told.channels[0].detail == "without its picture, which the server does not take"
    assert said(phone.heard[1])["message"] == "A fox"


async def test_a_webhook_gets_title_message_and_time(
    tmp_path: Path, phone: Receiver, clock: SetClock
) -> None:
    settings = {"log": {"notify": [f"webhook:{phone.url}/x?key=1"]}}
    async with everybody(tmp_path, settings, clock) as people:
        told = await people.notify("log", "Dryer done", title="Elm Street", picture=JPEG)
    assert told.channels[0].detail == "without its picture"
    (heard,) = phone.heard
    assert (heard.method, heard.path) == ("POST", "/x")
    assert said(heard) == {
        "title": "Elm Street",
        "message": "Dryer done",
        "sent": "2026-01-02T22:14:00+01:00",
    }


async def test_a_redirect_is_not_followed(tmp_path: Path, phone: Receiver) -> None:
    phone.answers = [307]
    async with everybody(tmp_path, {"anna": ntfy(phone)}) as people:
        told = await people.notify("anna", "Hello")
    assert told.channels[0].detail == "127.0.0.1 redirects (307), which is not followed"
    assert len(phone.heard) == 1


async def test_what_may_pass_is_tried_three_times(tmp_path: Path, phone: Receiver) -> None:
    phone.answers = [503, 429]
    async with everybody(tmp_path, {"anna": ntfy(phone)}) as people:
        assert (await people.notify("anna", "Hello")).sent
        phone.answers = [500, 500, 500]
        told = await people.notify("anna", "Hello again")
    assert told.channels[0].outcome == "failed"
    assert told.channels[0].detail == "127.0.0.1 answered 500"
    assert len(phone.heard) == 6


async def test_a_refusal_is_not_tried_again(tmp_path: Path, phone: Receiver) -> None:
    phone.answers = [403]
    async with everybody(tmp_path, {"anna": ntfy(phone)}) as people:
        told = await people.notify("anna", "Hello")
    assert told.channels[0].detail == "127.0.0.1 refused (403): it may want a token"
    assert len(phone.heard) == 1


async def test_a_server_that_stays_silent_is_given_up(
    tmp_path: Path, phone: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "ATTEMPT", 0.1)
    phone.silent = True
    async with everybody(tmp_path, {"anna": ntfy(phone)}) as people:
        told = await people.notify("anna", "Hello")
    assert told.channels[0].detail == "no answer within 0.1 s"
    assert len(phone.heard) == 3


async def test_a_certificate_that_nobody_vouches_for_gets_no_message(tmp_path: Path) -> None:
    async with (
        receiver(certificate(tmp_path)) as impostor,
        everybody(tmp_path, {"anna": ntfy(impostor)}) as people,
    ):
        told = await people.notify("anna", "Hello")
    assert told.channels[0].detail == "the certificate of 127.0.0.1 is not to be trusted"
    assert impostor.heard == []


async def test_what_speaks_no_http_is_said_so(tmp_path: Path) -> None:
    async with (
        post() as server,
        everybody(tmp_path, {"log": {"notify": [f"webhook:http://127.0.0.1:{server.port}/"]}}) as p,
    ):
        told = await p.notify("log", "Hello")
    assert told.channels[0].detail == "127.0.0.1 answered what is no HTTP"


async def test_an_endless_answer_is_not_read(tmp_path: Path, phone: Receiver) -> None:
    phone.endless = True
    async with everybody(tmp_path, {"anna": ntfy(phone)}) as people:
        assert (await people.notify("anna", "Hello")).sent


async def test_a_proxy_of_the_environment_is_not_used(
    tmp_path: Path, phone: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    async with everybody(tmp_path, {"anna": ntfy(phone)}) as people:
        assert (await people.notify("anna", "Hello")).sent


async def test_a_channel_that_fails_hides_no_other_and_gives_nothing_away(
    tmp_path: Path, phone: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    ways = [
        f"ntfy:http://127.0.0.1:1/{SECRET_TOPIC}",
        f"webhook:{phone.url}/hook-9b1",
        "mailto:anna@example.org",
    ]
    settings = {"anna": {"notify": ways, "ntfy_token": "tk_secret"}}
    async with everybody(tmp_path, settings) as people:
        told = await people.notify("anna", "Hello")
    assert [(one.channel, one.outcome, one.detail) for one in told.channels] == [
        ("ntfy", "failed", "127.0.0.1 cannot be reached"),
        ("webhook", "sent", None),
        ("mail", "failed", "no mail server is set: see [mail]"),
    ]
    ours = [record for record in caplog.records if record.name.startswith("homeport")]
    assert len(ours) == 2
    shown = f"{caplog.text} {told!r}"
    assert not any(secret in shown for secret in (SECRET_TOPIC, "tk_secret", "hook-9b1", "anna@"))


async def test_an_unknown_name_gets_the_nearest_ones(tmp_path: Path, phone: Receiver) -> None:
    settings = {"Anna": ntfy(phone), "Bernhard": ntfy(phone)}
    async with everybody(tmp_path, settings) as people:
        with pytest.raises(NotFound) as raised:
            await people.notify("bernard", "Hello")
    assert raised.value.hint == "Did you mean Bernhard?"
    assert raised.value.more == {"choices": ["Anna", "Bernhard"]}


async def test_nothing_said_is_refused(tmp_path: Path, phone: Receiver) -> None:
    async with everybody(tmp_path, {"anna": ntfy(phone)}) as people:
        with pytest.raises(InvalidArguments):
            await people.notify("anna", " \x00\n\u202e ")
    assert phone.heard == []
