"""What an action says of itself: done, already, sent, unverified, refused, failed, unknown."""

import asyncio
from pathlib import Path

import pytest

from gateway.capabilities.media import MediaState
from gateway.clock import SetClock
from gateway.device import Device
from gateway.errors import DeviceRefused, GatewayError, NeedsSetup, Unreachable
from gateway.limits import Limit
from gateway.session import Session, nothing_done
from tests.core.misbehaving import AskedLight, GoneLight, changes, lit
from tests.core.rigs import one, told
from tests.incore import CoreSwitch, House, house, lamp, thermostat


async def test_done_was_seen_and_says_before_and_after(home: House, owner: Session) -> None:
    answer = await owner.call("set_light", {"targets": "lamp-1", "on": True, "brightness": 80})
    assert answer["summary"] == "“Desk lamp” is on at 80 %."
    assert answer["counts"] == {"done": 1}
    assert answer["results"] == [
        {
            "device": "lamp-1",
            "name": "Desk lamp",
            "outcome": "done",
            "before": {"on": False, "brightness": 50},
            "after": {"on": True, "brightness": 80},
        }
    ]
    assert answer["receipt"].startswith("r")
    assert not nothing_done(answer)


async def test_already_sends_nothing_and_is_receipted(home: House, owner: Session) -> None:
    result = await one(owner, "set_light", targets="lamp-1", on=False)
    assert result["outcome"] == "already"
    assert told(home, "lamp-1", "light") == []
    (receipt,) = (await owner.receipts())["receipts"]
    assert receipt["outcome"] == "already"
    assert receipt["results"][0]["before"] == {"on": False, "brightness": 50}


async def test_already_is_believed_only_after_asking_what_does_not_push(tmp_path: Path) -> None:
    light = AskedLight()
    async with house(tmp_path, lit("lamp-1", "Lamp", light)) as home:
        session = await home.session()
        light.really = light.really.model_copy(update={"on": True})
        result = await one(session, "set_light", targets="lamp-1", on=False)
        assert result["outcome"] == "done"
        assert changes(light.told) == [{"on": False}]
        result = await one(session, "set_light", targets="lamp-1", on=False)
        assert result["outcome"] == "already"
        assert len(light.told) == 1


async def test_what_cannot_be_asked_is_told_rather_than_believed(
    impatient: None, tmp_path: Path
) -> None:
    light = AskedLight()
    light.deaf = Unreachable("no answer")
    async with house(tmp_path, lit("lamp-1", "Lamp", light)) as home:
        session = await home.session()
        result = await one(session, "set_light", targets="lamp-1", on=False)
        assert changes(light.told) == [{"on": False}]
        assert result["outcome"] == "unverified"


async def test_unverified_was_accepted_and_not_seen(impatient: None, home: House) -> None:
    home.capability("lamp-1", "light").ignores = True
    session = await home.session()
    answer = await session.call("set_light", {"targets": "lamp-1", "on": True})
    (result,) = answer["results"]
    assert result["outcome"] == "unverified"
    assert result["after"] == {"on": False}
    assert answer["summary"] == "Sent to “Desk lamp”, but it still shows off."
    assert not nothing_done(answer)


async def test_sent_is_for_what_no_state_shows(home: House, owner: Session) -> None:
    answer = await owner.call("control_music", {"targets": "speaker-1", "do": "next"})
    assert answer["counts"] == {"sent": 1}
    assert answer["summary"] == "Sent to “Kitchen speaker”."


async def test_refused_is_ours_and_nothing_was_sent(tmp_path: Path) -> None:
    device = lamp("lamp-1", "Lamp", brightness=Limit(min=10, max=60))
    async with house(tmp_path, device) as home:
        session = await home.session()
        answer = await session.call("set_light", {"targets": "lamp-1", "brightness": 80})
        (result,) = answer["results"]
        assert result["outcome"] == "refused"
        assert result["error"]["limits"] == {"brightness": {"min": 10, "max": 60}}
        assert told(home, "lamp-1", "light") == []
        assert nothing_done(answer)


async def test_adjusted_says_that_a_step_rounded(tmp_path: Path) -> None:
    device = thermostat("heat-1", "Hall", temperature=Limit(min=5, max=30, step=0.5))
    async with house(tmp_path, device) as home:
        session = await home.session()
        result = await one(session, "set_thermostat", targets="heat-1", temperature=19.3)
        assert (result["outcome"], result["adjusted"]) == ("done", True)
        assert result["after"]["target_temperature"] == 19.5
        result = await one(session, "set_thermostat", targets="heat-1", temperature=18)
        assert "adjusted" not in result


async def test_a_dead_device_answers_failed_and_since_when(home: House, clock: SetClock) -> None:
    clock.present = clock.present.replace(hour=14, minute=2)
    home.home.registry.offline(home.entry("lamp-1"), "no answer for 30 s")
    session = await home.session()
    clock.present = clock.present.replace(hour=15)
    answer = await session.call("set_light", {"targets": "lamp-1", "on": True})
    (result,) = answer["results"]
    assert result["outcome"] == "failed"
    assert result["error"]["code"] == "unreachable"
    assert result["error"]["detail"] == "unreachable since 14:02: no answer for 30 s"
    assert "failed: unreachable since 14:02" in answer["summary"]
    assert "after" not in result
    assert told(home, "lamp-1", "light") == []
    assert nothing_done(answer)


async def test_a_dead_device_is_not_already_what_is_asked(home: House, owner: Session) -> None:
    home.home.registry.offline(home.entry("lamp-1"), "no answer")
    result = await one(owner, "set_light", targets="lamp-1", on=False)
    assert result["outcome"] == "failed"


async def test_a_dead_device_says_the_date_when_it_died_before_today(
    home: House, clock: SetClock
) -> None:
    home.home.registry.offline(home.entry("lamp-1"), "no answer")
    clock.present = clock.present.replace(day=5)
    session = await home.session()
    result = await one(session, "set_light", targets="lamp-1", on=True)
    assert "since 2026-01-02 12:00" in result["error"]["detail"]


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (DeviceRefused("the lamp is locked by its app"), "device_refused"),
        (Unreachable("no route to host"), "unreachable"),
        (TypeError("'NoneType' object is not subscriptable"), "adapter_fault"),
        (ConnectionResetError("reset by peer, key=s3cret"), "adapter_fault"),
        (KeyError("light_state"), "adapter_fault"),
        (ExceptionGroup("several", [ValueError("a")]), "adapter_fault"),
    ],
)
async def test_what_an_adapter_raises_is_told_as_a_typed_error(
    home: House, owner: Session, fault: BaseException, code: str
) -> None:
    home.capability("lamp-1", "light").fails = fault
    result = await one(owner, "set_light", targets="lamp-1", on=True)
    outcome = "unknown" if code == "adapter_fault" else "failed"  # nonsense may follow obedience
    assert (result["outcome"], result["error"]["code"]) == (outcome, code)
    assert "s3cret" not in str(result)
    assert not home.entry("lamp-1").lock.locked()


async def test_a_library_that_cancels_itself_is_a_fault_of_its_own(
    home: House, owner: Session
) -> None:
    home.capability("lamp-1", "light").fails = asyncio.CancelledError()
    answer = await owner.call("set_light", {"targets": ["lamp-1", "lamp-2"], "on": True})
    assert answer["counts"] == {"unknown": 1, "done": 1}
    result = await one(owner, "set_light", targets="lamp-1", on=True)
    assert result["error"]["code"] == "adapter_fault"


async def test_what_needs_set_up_says_what_to_do(tmp_path: Path) -> None:
    device = Device("plug-1", "Plug", maker="Core", model="X", needs=["a login: homeport login"])
    device.offer(CoreSwitch())
    async with house(tmp_path, device) as home:
        session = await home.session()
        result = await one(session, "set_switch", targets="plug-1", on=True)
        assert result["error"]["code"] == NeedsSetup.code
        assert "a login: homeport login" in result["error"]["detail"]
        found = await session.device("plug-1")
        assert found["online"] is False and found["problems"] == ["a login: homeport login"]


@pytest.mark.parametrize(
    "fault", [Unreachable("asleep"), TypeError("None"), TimeoutError(), DeviceRefused("busy")]
)
async def test_a_failing_read_back_never_makes_a_sent_write_failed(
    impatient: None, tmp_path: Path, fault: BaseException
) -> None:
    light = AskedLight()
    light.deaf = fault
    async with house(tmp_path, lit("lamp-1", "Lamp", light)) as home:
        session = await home.session()
        result = await one(session, "set_light", targets="lamp-1", on=True)
        assert result["outcome"] == "unverified"
        assert changes(light.told) == [{"on": True}]


async def test_a_device_that_does_not_push_is_asked(tmp_path: Path) -> None:
    light = AskedLight()
    async with house(tmp_path, lit("lamp-1", "Lamp", light)) as home:
        session = await home.session()
        result = await one(session, "set_light", targets="lamp-1", on=True)
        assert (result["outcome"], result["after"]) == ("done", {"on": True})
        assert light.asked == 1


async def test_one_failing_device_hides_no_other(impatient: None, tmp_path: Path) -> None:
    odd = [lit(f"gone-{number}", f"Gone {number}", GoneLight()) for number in range(3)]
    async with house(tmp_path, *odd, lamp("lamp-1", "Good"), lamp("lamp-2", "Lost")) as home:
        home.home.registry.offline(home.entry("lamp-2"), "no answer")
        home.capability("gone-1", "light").fails = ZeroDivisionError()
        home.capability("gone-2", "light").takes = 60
        session = await home.session()
        answer = await session.call("set_light", {"targets": "all", "on": True})
        outcomes = {result["device"]: result["outcome"] for result in answer["results"]}
        assert outcomes == {
            "gone-0": "failed",
            "gone-1": "unknown",
            "gone-2": "unknown",
            "lamp-1": "done",
            "lamp-2": "failed",
        }
        assert answer["summary"].startswith("5 devices: 2 failed, 2 unclear, 1 done.")
        (receipt,) = (await session.receipts())["receipts"]
        assert receipt["outcome"] == "mixed"


async def test_a_remembered_device_can_be_planned_and_fails_honestly(tmp_path: Path) -> None:
    async with house(tmp_path, lamp("lamp-1", "Lamp")):
        pass
    async with house(tmp_path) as home:
        session = await home.session()
        asked = {"targets": "lamp-1", "on": True}
        result = await one(session, "set_light", **asked, dry_run=True)
        assert result["outcome"] == "planned"
        result = await one(session, "set_light", targets="lamp-1", on=False, dry_run=True)
        assert result["outcome"] == "already"
        result = await one(session, "set_light", **asked)
        assert result["outcome"] == "failed"
        assert "not heard since homeport started" in result["error"]["detail"]


async def test_more_than_twenty_devices_list_only_what_went_wrong(tmp_path: Path) -> None:
    devices = [lamp(f"lamp-{number}", f"Lamp {number}") for number in range(60)]
    async with house(tmp_path, *devices) as home:
        for number in range(25):
            home.capability(f"lamp-{number}", "light").fails = DeviceRefused("no")
        session = await home.session()
        answer = await session.call("set_light", {"targets": "all", "on": True})
        assert answer["counts"] == {"failed": 25, "done": 35}
        assert len(answer["results"]) == 20
        assert {result["outcome"] for result in answer["results"]} == {"failed"}
        assert "and 22 more" in answer["summary"]
        (receipt,) = (await session.receipts())["receipts"]
        assert len(receipt["results"]) == 60


async def test_a_dry_run_sends_nothing_and_writes_no_receipt(home: House, owner: Session) -> None:
    asked = {"targets": ["lamp-1", "lamp-2"], "on": False, "dry_run": True}
    answer = await owner.call("set_light", asked)
    assert answer["counts"] == {"already": 2}
    answer = await owner.call("set_light", asked | {"on": True})
    assert answer["counts"] == {"planned": 2}
    assert answer["summary"].startswith("Nothing was sent.")
    assert "receipt" not in answer and answer["plan"]
    assert told(home, "lamp-1", "light") == []
    assert (await owner.receipts())["receipts"] == []


async def test_outcomes_never_come_as_errors_of_the_call(home: House, owner: Session) -> None:
    home.capability("speaker-1", "media").fails = DeviceRefused("group is busy")
    try:
        result = await one(owner, "play_music", targets="speaker-1", what="Jazz")
    except GatewayError as error:
        pytest.fail(f"raised {error.code}")
    assert result["error"] == {"code": "device_refused", "detail": "group is busy"}
    assert isinstance(home.capability("speaker-1", "media").state, MediaState)
