"""What a standing order does when it comes true: through the door, under its agent's grant."""

import asyncio
from collections.abc import Awaitable, Mapping
from typing import Any, Protocol

from gateway.alert import Alert
from gateway.errors import GatewayError
from gateway.policy import Grant
from gateway.schema import Model
from gateway.text import clean


class Calling(Protocol):
    """The door's own call."""

    def __call__(
        self, grant: Grant, name: str, arguments: Mapping[str, Any], *, cause: str | None = None
    ) -> Awaitable[Model]:
        """Call a tool; raise GatewayError."""


LONGEST_OUTCOME = 200


async def carry_out(call: Calling | None, alert: Alert, grant: Grant, message: str) -> str:
    """Tell people and run the scene, all at once; return what became of it."""
    deeds = [_tell(person, message) for person in alert.notify]
    if alert.scene is not None:
        deeds.append(("run_scene", {"name": alert.scene}))
    return await _all(call, alert, grant, deeds)


async def tell(call: Calling | None, alert: Alert, grant: Grant, message: str) -> str:
    """Tell people alone."""
    return await _all(call, alert, grant, [_tell(person, message) for person in alert.notify])


def _tell(person: str, message: str) -> tuple[str, dict[str, Any]]:
    return "notify", {"to": person, "message": message}


async def _all(
    call: Calling | None, alert: Alert, grant: Grant, deeds: list[tuple[str, dict[str, Any]]]
) -> str:
    if not deeds:
        return "noted"
    if call is None:
        return "nothing could be done: homeport was starting"
    became = await asyncio.gather(*(_one(call, alert, grant, *deed) for deed in deeds))
    return clean(" ".join(became), LONGEST_OUTCOME)


async def _one(
    call: Calling, alert: Alert, grant: Grant, tool: str, arguments: dict[str, Any]
) -> str:
    try:
        answer = await call(grant, tool, arguments, cause=alert.id)
    except GatewayError as error:
        return f"{tool} failed: {error.detail}."
    return str(getattr(answer, "summary", "done"))


