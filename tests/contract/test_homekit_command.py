"""What `homeport pair` does, as a process of its own before accessories of HAP-python."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

from adapters import homekit_pairing as pairing
from gateway import errors
from tests.contract.homekit import PORT
from tests.contract.test_homekit_pairing import CODE, DEVICE, ID, PLACE, PLAIN, mode, plug
from tests.house.process import LOOPBACK, environment

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="needs several addresses on loopback"
)
COMMAND = (
    "import sys; from cli import main;"
    "main.COMMANDS.setdefault('pair', ''); sys.exit(main.main(sys.argv[1:]))"
)


async def pair(*arguments: str, state: Path, typed: str = "") -> "subprocess.CompletedProcess[str]":
    """Run `homeport pair`, with something typed."""
    command = [sys.executable, "-c", COMMAND, "pair", *arguments]
    return await asyncio.to_thread(
        subprocess.run,
        command,
        capture_output=True,
        text=True,
        env=environment(state, LOOPBACK),
        input=typed,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("text", "code"),
    [("031-45-154", "031-45-154"), (" 03145154\n", "031-45-154")],
)
def test_a_code_may_be_typed_without_its_dashes(text: str, code: str) -> None:
    assert pairing.code_of(text) == code


@pytest.mark.parametrize("text", ["", "031-45-15", "031-45-1544", "O31-45-154", "031--45-154"])
def test_what_is_no_code_is_refused(text: str) -> None:
    with pytest.raises(errors.InvalidArguments):
        pairing.code_of(text)


async def test_the_command_lists_pairs_and_unpairs(tmp_path: Path) -> None:
    state = tmp_path / "state"
    async with plug() as one:
        listed = await pair("--json", state=state)
        found = {row["id"]: row for row in json.loads(listed.stdout)["accessories"]}
        assert found[PLAIN]["name"].startswith("Kettle plug")
        assert found[PLAIN]["state"] == "waits for its code"

        wrong = await pair(PLAIN, "999-99-999", state=state)
        assert wrong.returncode == 8
        assert "another code" in wrong.stderr
        assert not one.paired

        made = await pair(ID, "--json", state=state, typed=f"{CODE}\n")
        assert made.returncode == 0, made.stderr
        assert json.loads(made.stdout)["device"] == DEVICE
        assert one.paired
        assert mode(state / "adapters" / "homekit" / "pairings.json") == 0o600

        again = await pair(PLAIN, CODE, state=state)
        assert (again.returncode, "already" in again.stderr) == (9, True)
        other = await pair(PLAIN, CODE, state=tmp_path / "other")
        assert (other.returncode, "another controller" in other.stderr) == (9, True)

        gone = await pair("--remove", PLAIN, state=state)
        assert gone.returncode == 0, gone.stderr
        assert not one.paired


async def test_the_command_takes_an_address_and_says_what_went_wrong(tmp_path: Path) -> None:
    async with plug() as one:
        made = await pair("--address", f"{PLACE}:{PORT}", CODE, state=tmp_path)
        assert made.returncode == 0, made.stderr
        assert one.paired
    gone = await pair("--remove", PLAIN, "--json", state=tmp_path)
    assert gone.returncode == 12
    assert "does not answer" in json.loads(gone.stdout)["detail"]
    assert (await pair("--remove", PLAIN, "--forget", state=tmp_path)).returncode == 0
    for arguments, code in (
        ((PLAIN, "12345"), 2),
        (("--address", f"{PLACE}:{PORT}", CODE), 12),
        (("no such accessory", CODE), 7),
        (("--remove", PLAIN), 7),
    ):
        ran = await pair(*arguments, state=tmp_path)
        assert ran.returncode == code, ran.stderr
        assert ran.stderr.startswith("homeport: ")
