"""A home that may not write any more, and then may again. Run as a module; prints what it met."""

import asyncio
import json
import resource
import sys
from pathlib import Path

from gateway.errors import GatewayError
from tests.core.rigs import told
from tests.incore import House, house, lamp


def allow(size: int) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))


async def call(home: House) -> str:
    session = await home.session()
    try:
        answer = await session.call("set_light", {"targets": "lamp-1", "color": "red"})
    except GatewayError as error:
        return error.code
    return str(answer["results"][0]["outcome"])


async def main(state: Path) -> None:
    async with house(state, lamp("lamp-1", "Lamp")) as home:
        met = []
        try:
            allow(4096)
            session = home.door.open((state / "owner.token").read_text().strip())
            for _ in range(3):
                try:
                    await session.call("set_light", {"targets": "lamp-1", "color": "red"})
                except GatewayError as error:
                    met.append(error.code)
            sent = len(told(home, "lamp-1", "light"))
            met.append((await session.call("get_state", {"targets": "lamp-1"}))["summary"])
        finally:
            allow(resource.RLIM_INFINITY)
        met.append(await call(home))
        print(json.dumps({"met": met, "sent": sent}), flush=True)


asyncio.run(main(Path(sys.argv[1])))
