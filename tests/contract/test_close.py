"""What every adapter owes when it is loaded and when it ends: nothing before, nothing after."""

import asyncio
import subprocess
import sys
from pathlib import Path

from tests.contract.case import Case
from tests.contract.running import at_work, census, started

IMPORTED = """
import sys

def forbid(event, arguments):
    if event.startswith("socket.") or event in ("subprocess.Popen", "os.system"):
        raise SystemExit(f"importing it does {event}")
    if event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"):
        raise SystemExit(f"importing it writes {arguments[0]}")

from gateway.adapter import Network
sys.addaudithook(forbid)
module, _, attribute = sys.argv[1].partition(":")
kind = getattr(__import__(module, fromlist=[attribute]), attribute)
adapter = kind(kind.settings_type(), Network("127.0.0.1", "127.255.255.255"))
if kind.library in sys.modules:
    raise SystemExit(f"importing it imports {kind.library}")
"""


def test_importing_and_making_it_does_no_io_and_imports_no_library(case: Case) -> None:
    command = [sys.executable, "-B", "-W", "error", "-c", IMPORTED, case.adapter]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (run.returncode, run.stderr) == (0, "")


async def test_a_close_leaves_no_task_no_socket_and_no_thread(case: Case, tmp_path: Path) -> None:
    before = census()
    async with started(case), at_work(case, tmp_path / "home") as running:
        await running.until(lambda: running.online(*case.ids))
        assert (await running.tell(case.there))["outcome"] == "done"
    assert census() == before


async def test_a_close_in_the_middle_of_a_command_leaves_nothing(
    case: Case, tmp_path: Path
) -> None:
    before = census()
    async with started(case, proxied=True), at_work(case, tmp_path / "home") as running:
        await running.until(lambda: running.online(*case.ids))
        await case.wire(lambda proxy: proxy.delay(0.2))
        telling = asyncio.create_task(running.tell(case.there))
        await running.until(lambda: case.there.arrived(case))
        await running.links.aclose()
        await telling
    assert census() == before
