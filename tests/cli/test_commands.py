"""The commands on events, from the shell: homeport and its receiver are processes of their own."""

import asyncio
import json
import signal
import socket
from pathlib import Path
from typing import Any

from tests.house.process import ALONE, COMMAND, at_a_terminal, environment, homeport, serving


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])


async def told(*arguments: str, state: Path) -> dict[str, Any]:
    ran = await asyncio.to_thread(homeport, *arguments, "--json", state=state)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return dict(json.loads(ran.stdout))


async def begun(*arguments: str, state: Path, more: dict[str, str]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *COMMAND,
        *arguments,
        env=environment(state, more),
        preexec_fn=at_a_terminal,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def interrupted(process: asyncio.subprocess.Process) -> str:
    """Send Ctrl-C, which is a good end; return what was said to people."""
    process.send_signal(signal.SIGINT)
    async with asyncio.timeout(30):
        _, said = await process.communicate()
    assert process.returncode == 0, said
    return said.decode()


async def line_of(process: asyncio.subprocess.Process) -> dict[str, Any]:
    assert process.stdout is not None
    async with asyncio.timeout(30):
        return dict(json.loads(await process.stdout.readline()))


async def test_a_webhook_is_made_tried_listed_and_received_by_listen(tmp_path: Path) -> None:
    port, state = free_port(), tmp_path / "state"
    origin = f"http://127.0.0.1:{port}"
    more = ALONE | {"HOMEPORT_WEBHOOKS__ALLOW": f'["{origin}"]'}
    async with serving(state, more):
        refused = await asyncio.to_thread(
            homeport, "webhooks", "add", "http://192.0.2.1/x", state=state
        )
        assert refused.returncode == 1
        assert "allow" in refused.stderr
        made = await told("webhooks", "add", f"{origin}/hook", state=state)
        secret = {"HOMEPORT_WEBHOOK_SECRET": made["secret"]}
        listening = await begun("listen", "--port", str(port), "--json", state=state, more=secret)
        try:
            assert (await line_of(listening))["listening"] == origin
            tried = await told("webhooks", "test", made["id"], state=state)
            assert tried["ok"]
            heard = await line_of(listening)
            assert heard["verified"] is True
            assert heard["event"]["name"] == "webhook.test"
        finally:
            await interrupted(listening)
        listed = await told("webhooks", "list", state=state)
        assert [one["id"] for one in listed["webhooks"]] == [made["id"]]
        assert made["secret"] not in json.dumps(listed)
        renewed = await told("webhooks", "rotate", made["id"], state=state)
        assert renewed["secret"] not in (None, made["secret"])
        nobody = await asyncio.to_thread(
            homeport, "webhooks", "test", made["id"], "--json", state=state
        )
        assert nobody.returncode == 1
        assert json.loads(nobody.stdout)["ok"] is False
        for verb in ("log", "dead", "list"):
            table = await asyncio.to_thread(
                homeport, "webhooks", verb, *([] if verb == "list" else [made["id"]]), state=state
            )
            assert table.returncode == 0, table.stderr
        none = await told("webhooks", "replay", made["id"], state=state)
        assert none["replayed"] == 0
        await told("webhooks", "remove", made["id"], state=state)


async def test_events_are_followed_across_a_restart_and_a_backup_is_put_back(
    tmp_path: Path,
) -> None:
    state, file = tmp_path / "state", tmp_path / "copy.tar.gz"
    async with serving(state):
        following = await begun("events", "--follow", "--json", state=state, more=ALONE)
        await saved(state, "first", following)
    async with serving(state):
        await saved(state, "second", following)
        backup = await told("backup", str(file), state=state)
        assert backup["bytes"] == file.stat().st_size
        busy = await asyncio.to_thread(homeport, "restore", str(file), state=state)
        assert busy.returncode == 4
    said = await interrupted(following)
    assert said in (BACK, BACK + GONE)  # it may not have looked again yet
    assert (await told("restore", str(file), state=state))["home"] == backup["home"]


async def saved(state: Path, name: str, following: asyncio.subprocess.Process) -> None:
    """Save a scene until the follower has told of it: it may not listen yet."""
    steps = json.dumps({"name": name, "steps": [STEP]})

    async def save() -> None:
        while True:
            await asyncio.to_thread(homeport, "call", "save_scene", steps, state=state)
            await asyncio.sleep(0.2)

    saving = asyncio.create_task(save())
    try:
        heard = await line_of(following)
        assert heard["name"] == "action.done"
        assert heard["data"]["tool"] == "save_scene"
    finally:
        saving.cancel()
        await asyncio.gather(saving, return_exceptions=True)


GONE = "homeport has gone; waiting for it to come back\n"
BACK = f"{GONE}homeport is back\n"
STEP = {"tool": "set_light", "arguments": {"targets": "all", "on": False}}
