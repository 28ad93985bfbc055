"""What lies outside a grant is answered exactly as what does not exist."""

from typing import Any

import pytest

from gateway.errors import NotAllowed, OutOfLimits, UnknownTarget
from gateway.limits import Limit
from gateway.session import Session
from tests.core.rigs import Hiding, Limited, error_of, one, session_of, told, told_anything
from tests.incore import House, thermostat

HIDDEN = ("lamp-1", "climate-1")


@pytest.fixture
def guest(home: House) -> Session:
    return session_of(home, Hiding(*HIDDEN))


TOOLS: list[tuple[str, dict[str, Any]]] = [
    ("get_state", {}),
    ("get_state", {"kind": "light"}),
    ("set_light", {"on": True}),
    ("set_switch", {"on": True}),
    ("set_light", {"on": True, "dry_run": True}),
]


@pytest.mark.parametrize(("tool", "asked"), TOOLS)
@pytest.mark.parametrize("hidden", ["lamp-1", "Desk lamp", "Office", "area:office", "Cellar"])
async def test_a_hidden_device_is_answered_exactly_as_an_unknown_one(
    home: House, guest: Session, tool: str, asked: dict[str, Any], hidden: str
) -> None:
    error = await error_of(guest, tool, {"targets": hidden, **asked})
    stranger = hidden[:-1] + "x" if ":" in hidden else hidden[::-1]
    unknown = await error_of(guest, tool, {"targets": stranger, **asked})
    assert isinstance(error, UnknownTarget)
    assert error.detail.replace(hidden, "…") == unknown.detail.replace(stranger, "…")
    assert set(error.problem()) == set(unknown.problem())
    shown = str(error.more) + str(error.hint)
    assert "Desk lamp" not in shown and "lamp-1" not in shown and "Office" not in shown
    assert not told_anything(home)


async def test_all_means_what_the_guest_may_see(home: House, guest: Session) -> None:
    answer = await guest.call("set_light", {"targets": "all", "on": True})
    assert [result["device"] for result in answer["results"]] == ["lamp-2"]
    assert told(home, "lamp-1", "light") == []


async def test_lists_leave_hidden_devices_out(guest: Session) -> None:
    listed = await guest.devices(all=True)
    assert not {one["id"] for one in listed["devices"]} & set(HIDDEN)
    found = await guest.call("check_devices", {"limit": 100})
    assert not {one["id"] for one in found["devices"]} & set(HIDDEN)
    assert found["total"] == 9
    info = await guest.call("get_home_info", {})
    assert "Office" not in info["areas"] and "measurement" not in info["kinds"]


@pytest.mark.parametrize("way", ["device", "thing", "ask"])
async def test_a_hidden_device_has_no_page(guest: Session, way: str) -> None:
    async def look(id: str) -> UnknownTarget:
        with pytest.raises(UnknownTarget) as raised:
            await (guest.ask(id, "queue") if way == "ask" else getattr(guest, way)(id))
        return raised.value

    hidden, unknown = await look("lamp-1"), await look("lamp-9")
    assert hidden.detail.replace("lamp-1", "") == unknown.detail.replace("lamp-9", "")
    assert "lamp-1" not in str(hidden.more)


async def test_a_guests_names_are_the_owners_business(guest: Session) -> None:
    error = await error_of(guest, "edit_device", {"target": "lamp-2", "name": "Mine"})
    assert isinstance(error, NotAllowed)


@pytest.mark.parametrize("way", ["tokens", "new_token", "revoke_token", "forget", "unclaimed"])
async def test_only_the_owner_keeps_house(guest: Session, way: str) -> None:
    calls = {
        "tokens": lambda: guest.tokens(),
        "new_token": lambda: guest.new_token("x", preset="owner"),
        "revoke_token": lambda: guest.revoke_token("x"),
        "forget": lambda: guest.forget("lamp-2"),
        "unclaimed": lambda: guest.devices(unknown=True),
    }
    with pytest.raises(NotAllowed):
        await calls[way]()


async def test_a_grants_limit_is_named_when_it_bit(home: House) -> None:
    grant = Limited("child", media={"volume": Limit(max=30)})
    result = await one(session_of(home, grant), "play_music", targets="speaker-1", volume=60)
    assert result["outcome"] == "refused"
    assert "at most 30" in result["error"]["detail"]
    assert "the grant of child" in result["error"]["detail"]
    assert result["error"]["limits"] == {"volume": {"max": 30}}
    assert told(home, "speaker-1", "media") == []


async def test_a_device_s_limit_is_named_when_it_bit(home: House) -> None:
    home.add(thermostat("heat-2", "Bath heating", climate=Limit()))
    home.add(thermostat("heat-3", "Attic heating", temperature=Limit(min=10, max=24)))
    grant = Limited("child", climate={"temperature": Limit(min=12, max=28)})
    result = await one(session_of(home, grant), "set_thermostat", targets="heat-3", temperature=26)
    assert "10 to 24" in result["error"]["detail"]
    assert "Attic heating's own limit" in result["error"]["detail"]


async def test_music_is_not_made_louder_than_the_grant_allows(home: House) -> None:
    grant = Limited("child", media={"volume": Limit(max=30)})
    child = session_of(home, grant)
    result = await one(child, "control_music", targets="speaker-1", change=15)
    assert result["outcome"] == "refused"
    assert result["error"]["code"] == OutOfLimits.code
    assert told(home, "speaker-1", "media") == []
    result = await one(child, "control_music", targets="speaker-1", change=5)
    assert result["outcome"] == "done"


async def test_a_lamps_limits_hold_when_it_is_switched_as_a_plug(home: House) -> None:
    grant = Limited("child", light={"on": Limit(absent=True)})
    result = await one(session_of(home, grant), "set_switch", targets="lamp-1", on=True)
    assert result["outcome"] == "refused"
    assert told(home, "lamp-1", "light") == []
