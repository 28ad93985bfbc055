"""The tool `notify`: what agents may say and see."""

import json
from pathlib import Path
from typing import Any

import pytest

from cli.notify import TEST, shown, understood
from gateway.clock import SetClock
from gateway.errors import GatewayError, InvalidArguments, NotAllowed, NotFound
from gateway.outside import Outside
from gateway.tools.notify import NOTIFY
from senders.channels import Channels
from tests.incore import house
from tests.people.peers import Receiver
from tests.people.rigs import SECRET_TOPIC, ntfy, said


async def called(
    folder: Path, phone: Receiver, arguments: dict[str, Any], preset: str = "owner"
) -> tuple[Any, Any]:
    """Return what `notify` answers in a house that knows anna, or its error; and the receipts."""
    people = {
        "Anna": ntfy(phone, ntfy_token="tk_secret"),
        "Night": ntfy(phone, quiet="00:00-23:59"),
    }
    channels = Channels(None)
    outside = Outside(channels=channels)
    async with house(
        folder, clock=SetClock(), outside=outside, name="Elm Street", people=people
    ) as opened:
        session, owner = await opened.session(preset), await opened.session()
        try:
            answer: Any = await session.call("notify", arguments)
        except GatewayError as error:
            answer = error
        receipts = (await owner.receipts())["receipts"]
    await channels.aclose()
    return answer, receipts


def test_it_is_declared_as_agents_know_it() -> None:
    assert NOTIFY.description == "Send a message now to a person's phone or a named channel."
    properties = NOTIFY.input_schema["properties"]
    assert properties == {
        "to": {"type": "string"},
        "message": {"type": "string"},
        "camera": {"type": "string", "description": "add its picture"},
    }
    assert NOTIFY.input_schema["required"] == ["to", "message"]


async def test_an_agent_tells_a_person_and_never_sees_the_address(
    tmp_path: Path, phone: Receiver
) -> None:
    answer, receipts = await called(tmp_path, phone, {"to": "anna", "message": "Dryer done"})
    assert list(answer) == ["summary", "to", "channels", "receipt"]
    assert answer["summary"] == "“Anna” was told by ntfy."
    assert answer["to"] == "Anna"
    assert answer["channels"] == [{"channel": "ntfy", "outcome": "sent"}]
    assert said(phone.heard[0])["title"] == "Elm Street"
    (receipt,) = receipts
    assert (receipt["id"], receipt["tool"], receipt["outcome"]) == (
        answer["receipt"],
        "notify",
        "sent",
    )
    assert receipt["results"] == [{"to": "Anna", "channel": "ntfy", "outcome": "sent"}]
    shown = json.dumps([answer, receipts])
    assert SECRET_TOPIC not in shown
    assert "tk_secret" not in shown


async def test_what_waits_is_said_to_wait(tmp_path: Path, phone: Receiver) -> None:
    answer, receipts = await called(tmp_path, phone, {"to": "night", "message": "Dryer done"})
    assert answer["summary"] == "The message to “Night” waits: quiet hours until 23:59."
    assert answer["channels"][0]["outcome"] == "held"
    assert receipts[0]["outcome"] == "held"


async def test_what_failed_says_why(tmp_path: Path, phone: Receiver) -> None:
    phone.answers = [401]
    answer, receipts = await called(tmp_path, phone, {"to": "Anna", "message": "Dryer done"})
    why = "127.0.0.1 refused (401): it may want a token"
    assert answer["summary"] == f"“Anna” was not told. Not by ntfy: {why}."
    assert answer["channels"] == [{"channel": "ntfy", "outcome": "failed", "detail": why}]
    assert receipts[0]["outcome"] == "failed"


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        ({"to": "ana", "message": "Hello"}, NotFound),
        ({"to": "anna", "message": " \x00 "}, InvalidArguments),
        ({"to": "anna", "message": "Hello", "camera": "door"}, InvalidArguments),
        ({"to": "anna"}, InvalidArguments),
    ],
)
async def test_what_cannot_be_sent_leaves_no_receipt(
    tmp_path: Path, phone: Receiver, arguments: dict[str, Any], kind: type[GatewayError]
) -> None:
    answer, receipts = await called(tmp_path, phone, arguments)
    assert isinstance(answer, kind)
    assert (receipts, phone.heard) == ([], [])


async def test_who_may_only_read_tells_nobody(tmp_path: Path, phone: Receiver) -> None:
    asked = {"to": "anna", "message": "Hello"}
    answer, _ = await called(tmp_path, phone, asked, preset="read-only")
    assert isinstance(answer, NotAllowed)


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["test", "anna"], ("anna", TEST)),
        (["test", "anna", "Hi"], ("anna", "Hi")),
        (["anna", "Hi there"], ("anna", "Hi there")),
    ],
)
def test_the_command_understands(words: list[str], meant: tuple[str, str]) -> None:
    assert understood(words) == meant


@pytest.mark.parametrize("words", [["test"], ["anna"], ["anna", "Hi", "there"], ["a"] * 5])
def test_the_command_asks_for_what_is_missing(words: list[str]) -> None:
    with pytest.raises(InvalidArguments):
        understood(words)


@pytest.mark.parametrize(
    ("outcomes", "code"), [(("sent", "failed"), 0), (("failed",), 1), (("held", "held"), 1)]
)
@pytest.mark.parametrize("as_json", [True, False])
def test_the_command_fails_where_nothing_was_sent(
    outcomes: tuple[str, ...], code: int, as_json: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    channels = [{"channel": "ntfy", "outcome": outcome, "detail": "[why]"} for outcome in outcomes]
    answer = {"summary": "So it went.", "to": "Anna", "channels": channels}
    assert shown(answer, as_json=as_json) == code
    printed = capsys.readouterr().out
    assert "So it went." in printed
    assert printed.count("[why]") == len(outcomes)
    assert not as_json or json.loads(printed) == answer
