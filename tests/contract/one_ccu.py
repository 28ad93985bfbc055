"""One Homematic central with devices of a test's choice, which can be made to misbehave."""

import threading
import xmlrpc.client
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

from simulators.homematic import Ccu, Patient
from tests.contract.homematic import ADDRESS, DEVICES, PORT, HomematicCase, id_of
from tests.contract.running import Running, at_work, started


class OneCcu(Ccu):
    """A central that notes who subscribed, and can be made to misbehave for one method."""

    def __init__(self, devices: Mapping[str, str], **options: Any) -> None:
        super().__init__(ADDRESS, PORT, devices=devices, **options)
        self.subscriber: tuple[str, str] = ("", "")
        self.refuses: set[str] = set()
        self.held = ("", "")
        self.let_go = threading.Event()

    def _answer(self, method: str, params: tuple[Any, ...]) -> Any:
        if method in self.refuses:
            raise xmlrpc.client.Fault(-1, "unknown method name")
        if (method, params[0] if params else "") == self.held:
            self.let_go.wait(20)
        if method == "init" and len(params) == 2:
            self.subscriber = cast(tuple[str, str], params)
        return super()._answer(method, params)

    def describe(self) -> list[dict[str, Any]]:
        """What the central says of its devices and their channels."""
        return cast(list[dict[str, Any]], self._answer("listDevices", ()))

    def say(self, method: str, *arguments: Any, name: str | None = None) -> Any:
        """Call whoever subscribed, under its name for us or another."""
        url, interface = self.subscriber
        with xmlrpc.client.ServerProxy(url, Patient(), allow_none=True) as client:
            return getattr(client, method)(interface if name is None else name, *arguments)


class OneCase(HomematicCase):
    """One central with devices of a test's choice."""

    def __init__(self, devices: Mapping[str, str] = DEVICES, **options: Any) -> None:
        super().__init__()
        self.ccu: OneCcu = OneCcu(devices, **options)
        self.ccus = (self.ccu,)

    @property
    def settings(self) -> dict[str, Any]:
        return {"hosts": [ADDRESS], "poll": 1.0}


@asynccontextmanager
async def served(
    case: HomematicCase, tmp_path: Path, *ids: str, **settings: Any
) -> AsyncIterator[Running]:
    async with started(case), at_work(case, tmp_path / "home", settings=settings) as running:
        await running.until(lambda: running.online(*(ids or case.ids)))
        yield running


async def call(running: Running, tool: str, address: str, **arguments: Any) -> dict[str, Any]:
    answer = await running.session.call(tool, {"targets": id_of(address), **arguments})
    (result,) = answer["results"]
    return dict(result)


def state(running: Running, address: str, kind: str) -> dict[str, Any]:
    return running.state(id_of(address), kind).model_dump(exclude_none=True)


async def shows(running: Running, address: str, kind: str, **fields: Any) -> None:
    """Wait until a device shows this."""
    await running.until(lambda: running.shows(id_of(address), kind, fields))
