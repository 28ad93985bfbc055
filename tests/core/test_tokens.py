"""Tokens: hashes in the file, the owner's for the owner's eyes, revoked at once."""

import hashlib
import stat
from pathlib import Path

import pytest

from gateway.errors import (
    CannotStart,
    Conflict,
    InvalidArguments,
    NotAllowed,
    NotFound,
    Unauthorized,
)
from gateway.session import Session
from tests.core.rigs import error_of, told_anything
from tests.incore import House, house

READING = [
    "get_home_info",
    "check_devices",
    "get_state",
    "get_history",
    "get_past_events",
    "wait_for_events",
]


def owners(state: Path) -> str:
    return (state / "owner.token").read_text().strip()


def everything(state: Path) -> bytes:
    return b"".join(path.read_bytes() for path in state.glob("events.db*"))


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def test_the_owners_token_is_written_for_the_owner_alone(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        assert mode(tmp_path / "owner.token") == 0o600
        assert home.door.open(owners(tmp_path)).agent == "owner"


async def test_the_owners_token_stays_the_same(tmp_path: Path) -> None:
    async with house(tmp_path):
        first = owners(tmp_path)
    async with house(tmp_path) as home:
        assert owners(tmp_path) == first
        home.door.open(first)


async def test_a_deleted_owners_token_is_made_anew_and_the_old_one_ends(tmp_path: Path) -> None:
    async with house(tmp_path):
        first = owners(tmp_path)
    (tmp_path / "owner.token").unlink()
    async with house(tmp_path) as home:
        assert owners(tmp_path) != first
        home.door.open(owners(tmp_path))
        with pytest.raises(Unauthorized):
            home.door.open(first)


@pytest.mark.parametrize("left", ["", "\n", "  \n"])
async def test_an_emptied_owners_token_is_made_anew(tmp_path: Path, left: str) -> None:
    (tmp_path / "owner.token").write_text(left)
    async with house(tmp_path) as home:
        assert home.door.open(owners(tmp_path)).agent == "owner"
        assert mode(tmp_path / "owner.token") == 0o600


async def test_an_owners_token_that_others_could_read_is_closed(tmp_path: Path) -> None:
    (tmp_path / "owner.token").write_text("hp_mine\n")
    (tmp_path / "owner.token").chmod(0o644)
    async with house(tmp_path) as home:
        assert mode(tmp_path / "owner.token") == 0o600
        home.door.open("hp_mine")


@pytest.mark.parametrize("spoilt", ["folder", "bytes"])
async def test_an_owners_token_that_cannot_be_read_is_one_sentence(
    tmp_path: Path, spoilt: str
) -> None:
    path = tmp_path / "owner.token"
    if spoilt == "folder":
        path.mkdir()
    else:
        path.write_bytes(b"\xff\xfe")
    with pytest.raises(CannotStart, match=r"owner\.token cannot be used") as raised:
        async with house(tmp_path):
            pass
    assert raised.value.exit_code == 4


async def test_only_hashes_are_kept(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        token = await home.home.tokens.new("tablet", "read-only")
    kept = everything(tmp_path)
    for secret in (token, owners(tmp_path)):
        assert secret.encode() not in kept
        assert hashlib.sha256(secret.encode()).hexdigest().encode() in kept


async def test_the_list_shows_no_secret(home: House, owner: Session) -> None:
    made = await owner.new_token("tablet", preset="read-only")
    listed = (await owner.tokens())["tokens"]
    assert [(row["name"], row["preset"]) for row in listed][-1] == ("tablet", "read-only")
    assert made["token"] not in str(listed) and set(listed[0]) == {"name", "preset", "created"}


@pytest.mark.parametrize("token", [None, "", "hp_", "hp_wrong", "x" * 10_000, "ü", "\udcff"])
async def test_an_unknown_token_opens_nothing(home: House, token: str | None) -> None:
    with pytest.raises(Unauthorized) as raised:
        home.door.open(token)
    assert token is None or len(token) < 4 or token not in str(raised.value.problem())


async def test_a_token_is_long_and_never_twice_the_same(home: House) -> None:
    tokens = {await home.home.tokens.new(f"agent-{number}", "owner") for number in range(5)}
    assert len(tokens) == 5
    assert all(token.startswith("hp_") and len(token) > 40 for token in tokens)


async def test_a_revoked_token_ends_at_once(home: House, owner: Session) -> None:
    token = (await owner.new_token("tablet", preset="owner"))["token"]
    home.door.open(token)
    assert await owner.revoke_token("tablet") == {"name": "tablet", "revoked": True}
    with pytest.raises(Unauthorized):
        home.door.open(token)


async def test_a_session_of_a_revoked_token_ends_too(home: House, owner: Session) -> None:
    token = (await owner.new_token("tablet", preset="owner"))["token"]
    session = home.door.open(token)
    await owner.revoke_token("tablet")
    error = await error_of(session, "set_light", {"targets": "lamp-1", "on": True})
    assert isinstance(error, Unauthorized)
    assert not told_anything(home)


async def test_tokens_survive_a_restart(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        token = await home.home.tokens.new("tablet", "read-only")
    async with house(tmp_path) as home:
        assert home.door.open(token).agent == "tablet"
        await home.home.tokens.revoke("tablet")
    async with house(tmp_path) as home:
        with pytest.raises(Unauthorized):
            home.door.open(token)


async def test_a_reader_sees_only_what_reads(home: House) -> None:
    reader = await home.session("read-only")
    assert [view.name for view in await reader.tools()] == READING
    asked = {
        "get_state": {"targets": "all"},
        "get_history": {"targets": "all", "property": "on"},
        "wait_for_events": {"timeout": 0},
    }
    for tool in READING:
        await reader.call(tool, asked.get(tool, {}))


@pytest.mark.parametrize(
    ("tool", "asked"),
    [
        ("set_light", {"targets": "all", "on": True}),
        ("set_light", {"targets": "all", "on": True, "dry_run": True}),
        ("set_switch", {"targets": "nobody", "on": True}),
        ("set_thermostat", {}),
        ("run_plan", {"plan": "p0"}),
        ("edit_device", {"target": "lamp-1", "name": "Mine"}),
    ],
)
async def test_a_reader_may_not_act(home: House, tool: str, asked: dict[str, object]) -> None:
    reader = await home.session("read-only")
    error = await error_of(reader, tool, asked)
    assert isinstance(error, NotAllowed)
    assert "read-only" in error.detail
    assert error.hint is not None and "get_state" in error.hint
    assert not told_anything(home)


async def test_a_readers_typo_names_only_what_it_may_call(home: House) -> None:
    reader = await home.session("read-only")
    error = await error_of(reader, "set_lihgt", {})
    assert not set(error.more["choices"]) - set(READING)
    assert "set_light" not in str(error.problem())


async def test_a_name_is_taken_once(owner: Session) -> None:
    await owner.new_token("tablet", preset="owner")
    with pytest.raises(Conflict):
        await owner.new_token("tablet", preset="read-only")
    with pytest.raises(Conflict):
        await owner.new_token("owner", preset="owner")


@pytest.mark.parametrize("preset", ["", "ownr", "readonly", "admin"])
async def test_an_unknown_preset_names_the_nearest(owner: Session, preset: str) -> None:
    with pytest.raises(InvalidArguments) as raised:
        await owner.new_token("tablet", preset=preset)
    assert raised.value.hint in ("Take owner.", "Take read-only.")


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "\u202eowner", "x" * 200])
async def test_a_tokens_name_is_short_and_readable(owner: Session, name: str) -> None:
    with pytest.raises(InvalidArguments):
        await owner.new_token(name, preset="owner")


async def test_the_owners_token_is_not_revoked(owner: Session) -> None:
    with pytest.raises(Conflict):
        await owner.revoke_token("owner")
    with pytest.raises(NotFound) as raised:
        await owner.revoke_token("ownr")
    assert raised.value.more["choices"][0] == "owner"


async def test_a_tool_for_grants_that_name_it_is_listed_for_those_alone(home: House) -> None:
    token = await home.home.tokens.new("hook", "read-only", ["list_webhooks"])
    named, plain = home.door.open(token), await home.session("read-only")
    assert "list_webhooks" in [view.name for view in await named.tools()]
    assert (await named.call("list_webhooks", {}))["webhooks"] == []
    error = await error_of(named, "subscribe_webhook", {"url": "http://127.0.0.1:9"})
    assert isinstance(error, NotAllowed)
    assert "--allow subscribe_webhook" in (error.hint or "")
    assert "list_webhooks" not in [view.name for view in await plain.tools()]
    owner = await home.session()
    assert "list_webhooks" not in [view.name for view in await owner.tools()]
    assert (await owner.call("list_webhooks", {}))["webhooks"] == []
