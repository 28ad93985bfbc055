"""A session on two treadmills, one on the network and one by radio, through losses and a kill.

The machines are simulated at ten times their pace, homeport is a process of its own and is killed
in the middle, and what it has recorded is compared with what the belts themselves have counted.
"""

import asyncio
import csv
import io
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import fitdecode
import httpx2
from garmin_fit_sdk import Decoder, Stream

from simulators.treadmill import Belt
from simulators.treadmill_bluetooth import RadioTreadmill
from simulators.treadmill_dircon import Treadmill
from tests.house.process import LOOPBACK, Serving, serving

ON_THE_NETWORK, BY_RADIO = "127.0.73.41", "127.0.73.42"
RATE = 10.0
SPEED, HEART_RATE = 9.0, 140
STOPPED_FOR = 5
OTHERS = ("kasa", "sonos", "homematic", "mqtt", "homekit", "screenlogic", "balboa", "gecko")
SETTINGS = f"""
[workouts]
stopped_for = {STOPPED_FOR}
[adapters.treadmill]
hosts = ["{ON_THE_NETWORK}:36866"]
bluetooth = false
bumble = ["tcp-client:{BY_RADIO}:9001"]
""" + "".join(f"[adapters.{name}]\nenabled = false\n" for name in OTHERS)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a belt has counted, and what became of that."""

    sessions: int
    distance: tuple[float, float]
    """m: of the belt, and in the exported FIT file as two libraries read it"""
    energy: tuple[float, float]
    """kcal, the same"""
    missing: float
    """seconds of wall time without a sample, beyond the second between two"""
    longest: float
    """the longest of those gaps"""

    @property
    def distance_off(self) -> float:
        """How far the recorded distance is from the belt's, in %."""
        return _off(*self.distance)

    @property
    def energy_off(self) -> float:
        return _off(*self.energy)


async def trained(folder: Path, seconds: float) -> dict[str, Recorded]:
    """Run for so many seconds of wall time; return what was recorded, by the way it was heard."""
    settings = folder / "state" / "config" / "homeport" / "homeport.toml"
    await asyncio.to_thread(settings.parent.mkdir, parents=True)
    await asyncio.to_thread(settings.write_text, SETTINGS)
    network, radio = Treadmill(ON_THE_NETWORK, rate=RATE), RadioTreadmill(BY_RADIO, rate=RATE)
    belts = {"DIRCON": network.belt, "bumble": radio.belt}
    async with network, radio:
        async with serving(folder / "state", LOOPBACK) as home:
            await _recording(home, belts)
            await asyncio.sleep(seconds / 4)
            await asyncio.gather(network.drop_clients(), radio.drop_clients())
            await asyncio.sleep(seconds / 4)
            home.process.kill()
            await home.process.wait()
        async with serving(folder / "state", LOOPBACK) as home:
            await asyncio.sleep(seconds / 4)
            await asyncio.gather(network.drop_clients(), radio.drop_clients())
            await asyncio.sleep(seconds / 4)
            return await _ended(home, belts)


async def _recording(home: Serving, belts: dict[str, Belt]) -> None:
    """Start both belts from their consoles, once both machines are here."""
    async with _client(home) as http, asyncio.timeout(30):
        while len(await _treadmills(http)) < len(belts):
            await asyncio.sleep(0.1)
    for belt in belts.values():
        belt.heart_rate = HEART_RATE
        belt.start(SPEED)


async def _ended(home: Serving, belts: dict[str, Belt]) -> dict[str, Recorded]:
    for belt in belts.values():
        belt.stop()
    async with _client(home) as http:
        sessions: list[dict[str, Any]] = []
        async with asyncio.timeout(60):
            while len(sessions) < len(belts) or any(one.get("going_on") for one in sessions):
                await asyncio.sleep(0.2)
                asked = {"start": "-1d", "by": "session"}
                answer = await http.post("/v1/tools/get_workouts", json=asked)
                sessions = answer.json().get("sessions", [])
        found = {}
        for device in await _treadmills(http):
            way = "DIRCON" if device["address"] == ON_THE_NETWORK else "bumble"
            own = [one for one in sessions if device["id"] in one["sources"]]
            found[way] = await _compared(http, belts[way], own)
        return found


async def _compared(
    http: httpx2.AsyncClient, belt: Belt, sessions: list[dict[str, Any]]
) -> Recorded:
    id = sessions[0]["id"]
    table = (await http.get(f"/v1/workouts/{id}/csv")).text
    rows = list(csv.DictReader(io.StringIO(table)))
    times = [datetime.fromisoformat(row["time"]).timestamp() for row in rows]
    gaps = [after - before for before, after in pairwise(times)]
    beyond = [gap - 1 for gap in gaps if gap > 1.5]
    file = (await http.get(f"/v1/workouts/{id}/fit")).content
    first, second = _by_fitdecode(file), _by_garmin(file)
    assert first == second, "two libraries read the file differently"
    return Recorded(
        sessions=len(sessions),
        distance=(belt.distance, first[0]),
        energy=(belt.energy, first[1]),
        missing=sum(beyond),
        longest=max(beyond, default=0.0),
    )


def _by_fitdecode(file: bytes) -> tuple[float, float]:
    with fitdecode.FitReader(io.BytesIO(file), check_crc=fitdecode.CrcCheck.RAISE) as reader:
        frames = [frame for frame in reader if isinstance(frame, fitdecode.FitDataMessage)]
    (session,) = [frame for frame in frames if frame.name == "session"]
    return session.get_value("total_distance"), session.get_value("total_calories")


def _by_garmin(file: bytes) -> tuple[float, float]:
    assert Decoder(Stream.from_byte_array(bytearray(file))).check_integrity()
    messages, errors = Decoder(Stream.from_byte_array(bytearray(file))).read()
    assert not errors
    (session,) = messages["session_mesgs"]
    return session["total_distance"], session["total_calories"]


async def _treadmills(http: httpx2.AsyncClient) -> list[dict[str, Any]]:
    devices = (await http.get("/v1/devices")).json()["devices"]
    return [one for one in devices if "treadmill" in one["kinds"] and one["online"]]


def _client(home: Serving) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(base_url=home.url, headers=home.headers, timeout=30, trust_env=False)


def _off(belt: float, recorded: float) -> float:
    return 100 * abs(recorded - belt) / belt
