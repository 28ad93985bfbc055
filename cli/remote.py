"""A session over HTTP: the same methods and the same errors as in the process that serves."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any, Literal
from urllib.parse import quote

import httpx2
from pydantic_core import to_json

from gateway.errors import GatewayError, TimedOut, Unreachable
from gateway.session import Json, StreamedEvent, ToolView
from gateway.subscriptions import Filter

CALL_WITHIN = 90.0
PATIENT = httpx2.Timeout(60.0, read=None)
"""An import answers when it has ended, however long that takes."""
PAGE, POLL = 100, 50.0


class RemoteProblem(GatewayError):
    """A problem that the serving process answered, taken over as it came."""

    def __init__(self, problem: Mapping[str, Any]) -> None:
        super().__init__(str(problem.get("detail", "homeport answered an error")))
        self._problem = dict(problem)
        self.hint = self._problem.get("hint")

    def problem(self) -> dict[str, Any]:
        return self._problem


class RemoteSession:
    """One token's session with a homeport that serves elsewhere."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self._client = httpx2.AsyncClient(
            base_url=url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=CALL_WITHIN,
            trust_env=False,
        )

    async def __aenter__(self) -> "RemoteSession":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    @property
    def agent(self) -> str:
        return "remote"

    async def tools(self) -> Sequence[ToolView]:
        return [_view(tool) for tool in (await self._ask("GET", "/v1/tools"))["tools"]]

    async def instructions(self) -> str:
        return str((await self._ask("GET", "/v1/instructions"))["instructions"])

    async def call(self, tool: str, arguments: Mapping[str, Any]) -> Json:
        return await self._ask("POST", f"/v1/tools/{quote(tool, safe='')}", json=dict(arguments))

    async def devices(self, *, all: bool = False, unknown: bool = False) -> Json:
        flags = {"all": str(all).lower(), "unknown": str(unknown).lower()}
        return await self._ask("GET", "/v1/devices", params=flags)

    async def device(self, id: str) -> Json:
        return await self._ask("GET", f"/v1/devices/{quote(id, safe='')}")

    async def forget(self, id: str) -> Json:
        return await self._ask("DELETE", f"/v1/devices/{quote(id, safe='')}")

    async def thing(self, id: str) -> Json:
        return await self._ask("GET", f"/v1/devices/{quote(id, safe='')}/td")

    async def ask(self, id: str, query: str) -> Json:
        return await self._ask("GET", f"/v1/devices/{quote(id, safe='')}/{quote(query, safe='')}")

    async def events(
        self, filter: Filter, *, after: str | None = None, limit: int = 20, wait: float = 0.0
    ) -> Json:
        asked: list[tuple[str, Any]] = [("limit", limit), ("wait", wait)]
        asked += [] if after is None else [("after", after)]
        for name, value in filter.model_dump(exclude_none=True).items():
            asked += [(name, one) for one in (value if isinstance(value, list) else [value])]
        return await self._ask("GET", "/v1/events", params=asked)

    async def stream(
        self, filter: Filter, *, after: str | None = None
    ) -> AsyncIterator[StreamedEvent]:
        while True:
            page = await self.events(filter, after=after, limit=PAGE, wait=POLL)
            if page["truncated"]:
                yield StreamedEvent(after or page["cursor"], "", None, None)
            for event in page["events"]:
                body = to_json(event)
                yield StreamedEvent(event["cursor"], event["name"], event.get("device"), body)
            after = page["cursor"]

    async def plot(
        self, id: str, property: str, *, format: Literal["svg", "png"] = "svg", **stretch: str
    ) -> bytes:
        params = {"format": format} | stretch
        path = f"/v1/devices/{quote(id, safe='')}/history/{quote(property, safe='')}"
        return (await self._asked("GET", path, params=params)).content

    def workouts(self) -> "RemoteWorkouts":
        return RemoteWorkouts(self._asked, self._ask)

    async def metrics(self) -> str:
        return (await self._asked("GET", "/metrics")).text

    async def receipts(self, *, limit: int = 20, before: int | None = None) -> Json:
        page = {"limit": limit} | ({} if before is None else {"before": before})
        return await self._ask("GET", "/v1/receipts", params=page)

    async def tokens(self) -> Json:
        return await self._ask("GET", "/v1/tokens")

    async def new_token(self, name: str, *, preset: str, allow: Sequence[str] = ()) -> Json:
        asked = {"name": name, "preset": preset, "allow": list(allow)}
        return await self._ask("POST", "/v1/tokens", json=asked)

    async def revoke_token(self, name: str) -> Json:
        return await self._ask("DELETE", f"/v1/tokens/{quote(name, safe='')}")

    async def _ask(self, method: str, path: str, **request: Any) -> Json:
        try:
            return dict((await self._asked(method, path, **request)).json())
        except ValueError as error:
            raise Unreachable(f"{self.url} is no homeport: {error}") from error

    async def _asked(self, method: str, path: str, **request: Any) -> httpx2.Response:
        try:
            answer = await self._client.request(method, path, **request)
        except httpx2.ConnectError as error:
            raise Unreachable(f"homeport at {self.url} has gone: {error}", unheard=True) from error
        except httpx2.HTTPError as error:
            raise TimedOut(
                f"homeport at {self.url} gave no answer; what was asked may have happened"
            ) from error
        if answer.status_code >= 400:
            raise _problem(self.url, answer)
        return answer


class RemoteWorkouts:
    """The book of workouts of a homeport that serves elsewhere."""

    def __init__(
        self, asked: Callable[..., Awaitable[httpx2.Response]], ask: Callable[..., Awaitable[Json]]
    ) -> None:
        self._asked, self._ask = asked, ask

    async def take_in(self, name: str, pieces: AsyncIterator[bytes], person: str | None) -> Json:
        asked = {"name": name} | ({"person": person} if person else {})
        path = "/v1/workouts/import"
        return await self._ask("POST", path, params=asked, content=pieces, timeout=PATIENT)

    async def going(self) -> list[Json]:
        return list((await self._ask("GET", "/v1/workouts/import"))["imports"])

    async def give_out(self, id: str, format: str) -> tuple[str, bytes]:
        answer = await self._asked("GET", f"/v1/workouts/{quote(id, safe='')}/{format}")
        said = re.search(r'filename="([\w.-]+)"', answer.headers.get("content-disposition", ""))
        return said[1] if said else f"{id}.{format}", answer.content

    async def assign(self, id: str, person: str | None) -> Json:
        told = {"person": person} if person else {}
        return await self._ask("POST", f"/v1/workouts/{quote(id, safe='')}", json=told)


def _problem(url: str, answer: httpx2.Response) -> GatewayError:
    try:
        return RemoteProblem(answer.json())
    except ValueError as error:
        return Unreachable(f"{url} is no homeport: {error}")


def _view(tool: Mapping[str, Any]) -> ToolView:
    hints = tool["annotations"]
    return ToolView(
        name=tool["name"],
        description=tool["description"],
        input_schema=tool["inputSchema"],
        output_schema=tool["outputSchema"],
        read_only=hints["readOnlyHint"],
        destructive=hints["destructiveHint"],
        idempotent=hints["idempotentHint"],
        open_world=hints["openWorldHint"],
    )
