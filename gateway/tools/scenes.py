"""Scenes as tools: run one, save one, remove one."""

import json
import re
from typing import Annotated, Any

from pydantic import Field

from gateway import answers
from gateway.budget import fitting
from gateway.call import Call
from gateway.capabilities import KINDS
from gateway.capability import Step
from gateway.entry import Entry
from gateway.errors import GatewayError, InvalidArguments, NotFound, UnknownTarget
from gateway.preparing import kinds_for
from gateway.schema import Model
from gateway.targets import resolve, understood
from gateway.text import clean, quoted
from gateway.tool import Acted, Targets, Tool
from gateway.units import in_celsius

MOST_STEPS = 200
LONGEST_STEP = 4000
"""Characters of JSON: more is a list of devices that an area or `all` says better."""
SceneName = Annotated[str, Field(min_length=1, max_length=60)]


class RunScene(Model):
    """Which scene, and what it is to leave alone."""

    name: str
    except_: Annotated[list[str], Field(alias="except")] = Field(default_factory=list)
    dry_run: bool = False


async def run_scene(call: Call, asked: RunScene) -> Acted:
    """Call every step through the door; one that fails hides no other."""
    scene = call.home.scenes.find(asked.name)
    spared = _spared(call, asked.except_)
    receipt = None if asked.dry_run else await call.begin()
    told = []
    for step in scene.steps:
        answer = await _step(call, step, spared, asked.dry_run, receipt.id if receipt else None)
        told += [answer] if answer is not None else []
    if receipt is not None:
        answer = answers.finished(call, receipt, told)
        return answer.model_copy(update={"summary": f"“{scene.name}”: {answer.summary}"})
    answer = answers.merged(call.home, call.tool, told)
    plan = call.home.plans.join([one.plan for one in told if one.plan], call.grant.agent)
    said = f"“{scene.name}”: nothing was sent. {answer.summary}"
    return answer.model_copy(update={"summary": said, "plan": plan.id if plan else None})


def _spared(call: Call, words: list[str]) -> frozenset[str]:
    home = call.home
    spared = {entry.id for entry in home.registry if entry.protected}
    if words:
        meant = resolve(words, home.index, home.registry, call.grant.sees, None)
        spared |= {entry.id for entry in meant.entries}
    return frozenset(spared)


async def _step(
    call: Call, step: Step, spared: frozenset[str], dry_run: bool, cause: str | None
) -> Acted | None:
    """Return what a step answers; None where the house has nothing that it is about."""
    arguments = dict(step.arguments)
    try:
        if spared:
            arguments["targets"] = _without(call, step, spared)
            if not arguments["targets"]:
                return None
        answer = await call.again(step.tool, arguments | {"dry_run": dry_run}, cause)
    except GatewayError as error:
        if isinstance(error, UnknownTarget) and understood(error):
            return None  # a scene for all lamps is right in a house that has none
        return answers.refused(step.tool, error)
    return answer if isinstance(answer, Acted) else None


def _without(call: Call, step: Step, spared: frozenset[str]) -> list[str]:
    tool = call.home.catalog.get(step.tool, call.grant, call.home.registry.kinds())
    kinds = kinds_for(tool.action) if tool.action else None
    home = call.home
    targets = step.arguments["targets"]
    meant = resolve(targets, home.index, home.registry, call.grant.sees, kinds)
    return [entry.id for entry in (*meant.entries, *meant.unfit) if entry.id not in spared]


class StepInput(Model):
    """One call of a scene."""

    tool: str
    arguments: dict[str, Any]


class SaveScene(Model):
    """Under which name to save what."""

    name: SceneName
    targets: Targets | None = None
    steps: Annotated[list[StepInput], Field(min_length=1, max_length=MOST_STEPS)] | None = None


class Saved(Model):
    """A scene as it was kept."""

    summary: str
    scene: str
    steps: list[StepInput]
    receipt: str | None = None


async def save_scene(call: Call, asked: SaveScene) -> Saved:
    """Check every step as the door would, then keep the scene."""
    name = clean(asked.name)
    if not name:
        raise InvalidArguments("name is empty", field="name")
    if (asked.targets is None) == (asked.steps is None):
        raise InvalidArguments(
            "Send either targets, to save how they are now, or steps", field="targets"
        )
    steps = (
        _snapshot(call, asked.targets)
        if asked.targets is not None
        else [Step(step.tool, step.arguments) for step in asked.steps or ()]
    )
    for number, step in enumerate(steps):
        _check(call, number, step)
    receipt = await call.begin()
    scene = await call.home.scenes.save(name, steps, call.grant.agent)
    call.home.receipts.finish(receipt, "done", [])
    kept = [StepInput(tool=step.tool, arguments=dict(step.arguments)) for step in scene.steps]
    return Saved(
        summary=f"“{scene.name}” is saved with {len(kept)} steps: run_scene runs it.",
        scene=scene.id,
        steps=fitting(kept[:20]),
        receipt=receipt.id,
    )


def _snapshot(call: Call, targets: list[str] | str) -> list[Step]:
    home = call.home
    meant = resolve(targets, home.index, home.registry, call.grant.sees, None)
    steps = [step for entry in meant.entries for step in _recreate(entry)]
    if not steps:
        names = quoted([entry.name for entry in meant.entries])
        raise NotFound(f"{names} has no state that could be brought about again")
    if len(steps) > MOST_STEPS:
        raise InvalidArguments(f"That is {len(steps)} steps; a scene has at most {MOST_STEPS}")
    return steps


def _recreate(entry: Entry) -> list[Step]:
    return [
        Step(step.tool, {"targets": [entry.id], **step.arguments})
        for kind, seen in entry.observed.items()
        for step in KINDS[kind].recreate(seen.state)
    ]


def _check(call: Call, number: int, step: Step) -> None:
    tool = call.home.catalog.get(step.tool, call.grant, call.home.registry.kinds())
    if tool.action is None or tool.action.alone:
        raise InvalidArguments(
            f"Step {number + 1}: {step.tool} cannot be part of a scene", field="steps"
        )
    home, arguments = call.home, step.arguments
    request = tool.parse(arguments)
    if len(json.dumps(arguments)) > LONGEST_STEP:
        raise InvalidArguments(f"Step {number + 1} is too long", field="steps")
    tool.change(in_celsius(tool, arguments, home.settings.units))
    kinds = kinds_for(tool.action)
    try:
        resolve(request.targets, home.index, home.registry, call.grant.sees, kinds)
    except UnknownTarget as error:
        if not understood(error):
            raise


class Remove(Model):
    """What to delete."""

    id: str


class Removed(Model):
    """What is gone."""

    summary: str
    removed: str
    receipt: str | None = None


async def remove(call: Call, asked: Remove) -> Removed:
    """Delete a scene or an alert; the receipt keeps what it was."""
    if re.fullmatch(r"a[0-9]{1,9}", asked.id):
        return await _remove_alert(call, asked.id)
    scene = call.home.scenes.find(asked.id)
    steps = [{"tool": step.tool, "arguments": dict(step.arguments)} for step in scene.steps]
    receipt = await call.begin({"scene": scene.name, "steps": steps})
    await call.home.scenes.remove(scene)
    call.home.receipts.finish(receipt, "done", [{"scene": scene.name, "steps": steps}])
    return Removed(summary=f"“{scene.name}” is removed.", removed=scene.id, receipt=receipt.id)


async def _remove_alert(call: Call, id: str) -> Removed:
    call.home.alerts.find(id, call.grant)
    receipt = await call.begin({"alert": id})
    gone = await call.home.alerts.remove(id, call.grant)
    call.home.receipts.finish(receipt, "done", [gone])
    return Removed(summary=f"The alert {id} is removed.", removed=id, receipt=receipt.id)


RUN_SCENE = Tool(
    name="run_scene",
    description="Run a saved scene by its name, such as 'sleepy time'.",
    input=RunScene,
    output=Acted,
    reads=False,
    idempotent=False,
    handler=run_scene,
)
SAVE_SCENE = Tool(
    name="save_scene",
    description="Save a scene under a name: the present state of targets, or steps.",
    input=SaveScene,
    output=Saved,
    reads=False,
    idempotent=True,
    handler=save_scene,
)
REMOVE = Tool(
    name="remove",
    description="Delete a scene or watch by its id.",
    input=Remove,
    output=Removed,
    reads=False,
    idempotent=True,
    handler=remove,
)
