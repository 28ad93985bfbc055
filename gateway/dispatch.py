"""The one door: every call, from every surface, scene and plan, goes through `Door.call`."""

import asyncio
from collections.abc import Mapping
from typing import Any

from gateway import acting, answers, preparing
from gateway.call import Call
from gateway.clock import HomeClock
from gateway.home import Home
from gateway.policy import Grant, confirm
from gateway.receipts import overall
from gateway.schema import Model
from gateway.targets import resolve
from gateway.tool import Acted, Tool
from gateway.units import in_celsius


class Door:
    """Takes calls in: grant, validate, resolve, limits, receipt, run, read back, receipt."""

    def __init__(self, home: Home) -> None:
        self.home = home

    async def call(
        self, grant: Grant, name: str, arguments: Mapping[str, Any], *, cause: str | None = None
    ) -> Model:
        """Return a tool's answer; raise GatewayError and nothing else."""
        tool = self.home.catalog.get(name, grant, self.home.registry.kinds())
        request = tool.parse(arguments)
        if tool.action is None:
            assert tool.handler is not None
            return await tool.handler(Call(self, grant, tool, arguments, cause), request)
        change = tool.change(in_celsius(tool, arguments, self.home.settings.units))
        kinds, home = preparing.kinds_for(tool.action), self.home
        looked = (home.index, home.registry, grant.sees, kinds)
        meant = resolve(request.targets, *looked, exact=tool.action.exact)
        prepared = preparing.prepare(tool.action, change, meant, grant, home.limits)
        if request.dry_run:
            return answers.dry_run(self.home, grant, tool, arguments, prepared)
        confirm(tool, cause)
        return await self._act(grant, tool, arguments, prepared, cause)

    async def _act(
        self,
        grant: Grant,
        tool: Tool,
        arguments: Mapping[str, Any],
        prepared: preparing.Prepared,
        cause: str | None,
    ) -> Acted:
        receipts = self.home.receipts
        receipt = await receipts.start(
            grant.agent, tool.name, arguments, answers.before(prepared), cause
        )
        done = await _all(prepared.jobs, self.home.clock, receipt.id)
        for one in done:
            if one.late is not None:
                answers.amend_later(self.home, receipt, one.late)
        results = [one.result for one in done] + prepared.refused
        receipts.finish(
            receipt,
            overall([result.outcome for result in results]),
            answers.recorded(done, prepared),
        )
        return answers.acted(self.home, tool, receipt, results)


async def _all(jobs: list[preparing.Job], clock: HomeClock, receipt: str) -> list[acting.Done]:
    """Run all jobs at once; what is cancelled keeps its receipt's `unknown`."""
    if len(jobs) == 1:
        return await acting.act(jobs[0], clock, receipt)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(acting.act(job, clock, receipt)) for job in jobs]
    return [one for task in tasks for one in task.result()]
