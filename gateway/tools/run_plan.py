"""run_plan: exactly what a dry run showed, or nothing."""

from gateway.call import Call
from gateway.errors import Conflict
from gateway.schema import Model
from gateway.tool import Acted, Tool


class PlanId(Model):
    """Which plan."""

    plan: str


async def run_plan(call: Call, asked: PlanId) -> Model:
    """Call the planned tool again through the door, unless the house has changed since."""
    plan = call.home.plans.take(asked.plan, call.grant.agent)
    for id, (kind, before) in plan.seen.items():
        entry = call.home.registry.get(id)
        seen = entry.observed.get(kind) if entry else None
        now = seen.values if seen else {}
        if entry is None or now != before:
            name = entry.name if entry else id
            raise Conflict(
                f"“{name}” has changed since the dry run; nothing was sent",
                hint="Do the dry_run again and look at what it shows now.",
            )
    return await call.again(plan.tool, plan.arguments, call.cause)


RUN_PLAN = Tool(
    name="run_plan",
    description="Carry out exactly what a dry_run returned, or a person has approved.",
    input=PlanId,
    output=Acted,
    reads=False,
    idempotent=False,
    handler=run_plan,
)
