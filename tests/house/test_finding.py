"""The virtual house on loopback, found by `homeport serve`, with the times that are promised."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2

from cli.virtual import pair_all
from simulators.house import VirtualHouse
from tests.house.process import LOOPBACK, Serving, serving

SLACK = 2.0
"""These machines are slow and shared: a bound in seconds is kept twice over before it fails."""
BOUNDS = {"found": 3.0, "plugged in later": 15.0, "offline": 30.0, "known again": 3.0}


def variables(virtual: VirtualHouse) -> dict[str, str]:
    hosts = {
        f"HOMEPORT_ADAPTERS__{name.upper()}__HOSTS": json.dumps(found)
        for name, found in virtual.hosts.items()
    }
    return LOOPBACK | hosts | {"HOMEPORT_ADAPTERS__TREADMILL__BLUETOOTH": "false"}


async def devices(web: httpx2.AsyncClient) -> dict[str, dict[str, Any]]:
    """Return the devices of our virtual house, by id."""
    found = (await web.get("/v1/devices")).json()["devices"]
    return {one["id"]: one for one in found if one["address"].startswith("127.0.77.")}


async def within(seconds: float, true: Callable[[], Any]) -> float:
    """Return how long it took until `true()` was so."""
    begun = time.perf_counter()
    async with asyncio.timeout(seconds * SLACK):
        while not await true():
            await asyncio.sleep(0.02)
    return time.perf_counter() - begun


@asynccontextmanager
async def asked(house: Serving) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(
        base_url=house.url, headers=house.headers, trust_env=False, timeout=30
    ) as web:
        yield web


async def test_the_house_is_found_lost_found_again_and_known_after_a_restart(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    virtual = VirtualHouse()
    took: dict[str, float] = {}
    late = virtual.bedside
    virtual.devices.remove(late)
    async with virtual:
        await pair_all(virtual, tmp_path / "adapters" / "homekit")
        try:
            async with serving(tmp_path, variables(virtual)) as house, asked(house) as web:

                async def all_there() -> bool:
                    return len(await devices(web)) == virtual.things

                took["found"] = await within(BOUNDS["found"], all_there)
                before = await devices(web)

                await late.start()
                virtual.devices.append(late)
                took["plugged in later"] = await within(BOUNDS["plugged in later"], all_there)
                late_id = next(iter(set(await devices(web)) - set(before)))

                await late.unplug()

                async def gone() -> bool:
                    return not (await devices(web))[late_id]["online"]

                took["offline"] = await within(BOUNDS["offline"], gone)
                since = (await devices(web))[late_id]["since"]
                told = await web.post("/v1/tools/set_light", json={"targets": late_id, "on": True})
                (result,) = told.json()["results"]
                assert result["outcome"] == "failed"
                assert "unreachable since" in result["error"]["detail"]
                assert (await devices(web))[late_id]["since"] == since

                await late.plug_in()

                async def back() -> bool:
                    return bool((await devices(web))[late_id]["online"])

                took["back"] = await within(BOUNDS["plugged in later"], back)
                ids = set(await devices(web))
            async with serving(tmp_path, variables(virtual)) as house, asked(house) as web:

                async def usable() -> bool:
                    return (
                        sum(one["online"] for one in (await devices(web)).values()) >= len(ids) - 1
                    )  # the Tapo plug waits for its login

                took["known again"] = await within(BOUNDS["known again"], usable)
                assert set(await devices(web)) == ids
        finally:
            await late.stop()
    for name, seconds in took.items():
        record_property(name, round(seconds, 2))
    print({name: round(seconds, 2) for name, seconds in took.items()})
