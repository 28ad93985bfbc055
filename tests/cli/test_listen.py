"""`homeport listen` believes what the reference implementation has signed, and nothing else."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
from standardwebhooks.webhooks import Webhook

from cli.listen import line
from tests.house.process import COMMAND, at_a_terminal, environment, homeport

SECRET = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
EVENT = {"name": "button.pressed", "device": "button-1", "data": {"press": "short"}}


class Listening:
    """A receiver in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process, origin: str) -> None:
        self.process = process
        self.origin = origin
        self.secret = SECRET

    async def read(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        async with asyncio.timeout(30):
            return dict(json.loads(await self.process.stdout.readline()))

    async def post(
        self, *, secret: str | None = None, id: str = "h1-1.w1", ago: float = 0, body: str = ""
    ) -> tuple[int, dict[str, Any]]:
        """Post a delivery; return what was answered, and what was printed."""
        now = datetime.now(UTC)
        body = body or json.dumps(EVENT | {"timestamp": now.isoformat()})
        at = now - timedelta(seconds=ago)
        headers = {
            "webhook-id": id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(secret or self.secret).sign(id, at, body),
        }
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{self.origin}/hook", data=body, headers=headers) as answer,
        ):
            return answer.status, await self.read()

    async def ended(self) -> int:
        async with asyncio.timeout(30):
            return await self.process.wait()


@asynccontextmanager
async def listening(state: Path, *arguments: str, secret: bool = True) -> AsyncIterator[Listening]:
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        *("listen", "--port", "0", "--json", *arguments),
        env=environment(state, {"HOMEPORT_WEBHOOK_SECRET": SECRET} if secret else {}),
        preexec_fn=at_a_terminal,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        one = Listening(process, "")
        told = await one.read()
        one.origin, one.secret = told["listening"], told.get("secret", SECRET)
        yield one
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_a_genuine_delivery_is_taken_and_ctrl_c_ends_well(tmp_path: Path) -> None:
    async with listening(tmp_path) as one:
        assert one.origin.startswith("http://127.0.0.1:")
        status, told = await one.post()
        assert (status, told["status"], told["verified"]) == (204, 204, True)
        assert told["event"]["device"] == "button-1"
        assert 0 <= told["milliseconds"] < 10_000
        one.process.send_signal(signal.SIGINT)
        assert await one.ended() == 0


async def test_what_is_signed_with_another_secret_or_long_ago_is_refused(tmp_path: Path) -> None:
    async with listening(tmp_path) as one:
        status, told = await one.post(secret="whsec_" + "A" * 32)
        assert (status, told["verified"]) == (401, False)
        status, told = await one.post(ago=301)
        assert (status, told["verified"]) == (401, False)
        status, told = await one.post(ago=290)
        assert (status, told["duplicate"]) == (204, False)


async def test_a_delivery_that_comes_twice_is_marked(tmp_path: Path) -> None:
    async with listening(tmp_path) as one:
        assert [(await one.post())[1]["duplicate"] for _ in range(2)] == [False, True]
        assert not (await one.post(id="h1-2.w1"))[1]["duplicate"]


async def test_it_makes_a_secret_where_none_is_given(tmp_path: Path) -> None:
    async with listening(tmp_path, secret=False) as one:
        assert one.secret.startswith("whsec_")
        assert one.secret != SECRET
        assert (await one.post())[0] == 204


async def test_it_fails_as_often_as_it_is_told_to(tmp_path: Path) -> None:
    async with listening(tmp_path, "--fail", "100%") as one:
        assert [(await one.post())[0] for _ in range(5)] == [503] * 5


async def test_once_says_by_its_code_whether_the_delivery_was_genuine(tmp_path: Path) -> None:
    for secret, code in ((SECRET, 0), ("whsec_" + "A" * 32, 1)):
        async with listening(tmp_path, "--once") as one:
            await one.post(secret=secret)
            assert await one.ended() == code


async def test_a_body_that_is_no_event_is_printed_as_it_came(tmp_path: Path) -> None:
    async with listening(tmp_path) as one:
        for body, shown in (("[1]", [1]), ("plain words", "plain words"), ('{"a": 1}', {"a": 1})):
            status, told = await one.post(body=body)
            assert (status, told["event"]) == (204, shown)


def test_a_taken_port_and_a_bad_secret_are_said_so(tmp_path: Path) -> None:
    ran = homeport("listen", "--host", "192.0.2.1", state=tmp_path)
    assert (ran.returncode, "cannot be listened on" in ran.stderr) == (3, True)
    more = {"HOMEPORT_WEBHOOK_SECRET": "whsec_?"}
    ran = homeport("listen", "--port", "0", state=tmp_path, more=more)
    assert (ran.returncode, "whsec_?" in ran.stderr) == (2, False)


def test_a_line_for_people_carries_no_control_characters() -> None:
    told = {"webhook_id": "h1-1.w1", "verified": False, "why": "no", "status": 401}
    shown = line(told | {"event": {"name": "\x1b[2Jx\n", "device": "\x9b1m"}})
    assert shown.isprintable()
    assert "answered 401" in shown
    again = line(told | {"verified": True, "status": 204, "duplicate": True, "event": "text"})
    assert again.startswith("✓")
    assert again.endswith("again")
