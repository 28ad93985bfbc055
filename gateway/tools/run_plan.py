"""run_plan: exactly what a dry run showed, or nothing."""

from gateway import answers
from gateway.call import Call
from gateway.capability import Step
from gateway.errors import Conflict, GatewayError
from gateway.schema import Model
from gateway.tool import Acted, Tool


class PlanId(Model):
    """Which plan."""

    plan: str


async def run_plan(call: Call, asked: PlanId) -> Acted:
    """Call the planned tools again through the door, unless the house has changed since."""
    plan = call.home.plans.take(asked.plan, call.grant.agent)
    for (id, kind), before in plan.seen.items():
        entry = call.home.registry.get(id)
        seen = entry.observed.get(kind) if entry else None
        if entry is None or (seen.values if seen else {}) != before:
            name = entry.name if entry else id
            raise Conflict(
                f"“{name}” has changed since the dry run; nothing was sent",
                hint="Do the dry_run again and look at what it shows now.",
            )
    if len(plan.steps) == 1:
        return await _carried_out(call, plan.steps[0], call.cause)
    receipt = await call.begin()
    told = [await _carried_out(call, step, receipt.id) for step in plan.steps]
    return answers.finished(call, receipt, told)


async def _carried_out(call: Call, step: Step, cause: str | None) -> Acted:
    """Call one step; one that fails hides no other."""
    try:
        answer = await call.again(step.tool, step.arguments, cause)
    except GatewayError as error:
        return answers.refused(step.tool, error)
    assert isinstance(answer, Acted)
    return answer


RUN_PLAN = Tool(
    name="run_plan",
    description="Carry out exactly what a dry_run returned, or a person has approved.",
    input=PlanId,
    output=Acted,
    reads=False,
    idempotent=False,
    handler=run_plan,
)
