"""create_alert: a standing order in one call."""

from typing import Annotated

from pydantic import Field

from gateway.alert_words import deeds, understood
from gateway.budget import fitting
from gateway.call import Call
from gateway.drafting import LONGEST, Asked, Draft, draft
from gateway.rehearsal import rehearse
from gateway.schema import Model
from gateway.text import Untrusted
from gateway.tool import Targets, Tool

MOST_SHOWN = 20
Words = Annotated[str, Field(max_length=LONGEST)]


class CreateAlert(Model):
    """For what, and what to do then."""

    when: Annotated[
        Words | None, Field(description="fedex; garage open 10m; pool temperature < 5")
    ] = None
    at: Annotated[Words | None, Field(description="22:00, sunset-15m or cron")] = None
    targets: Targets | None = None
    notify: Annotated[list[Words] | None, Field(description="people, channels", max_length=20)] = (
        None
    )
    run_scene: Words | None = None
    message: Words | None = None
    once: bool = False
    expires: Words | None = None
    dry_run: bool = False


class About(Model):
    """A device that it looks at."""

    id: str
    name: Untrusted


class PastHit(Model):
    """Once that it would have fired."""

    time: str
    device: str | None = None
    text: Untrusted


class Created(Model):
    """What is waited for, and what cannot be."""

    summary: str
    alert: str | None = None
    """hand it to remove"""
    understood: str
    """check it: words may have been taken otherwise than they were meant"""
    devices: list[About]
    """at most 20"""
    hits: list[PastHit] | None = None
    """with dry_run: of the last week, newest first"""
    cannot: list[Untrusted] | None = None
    """what this house is unable to notice"""
    next: str | None = None
    receipt: str | None = None


async def create_alert(call: Call, asked: CreateAlert) -> Created:
    """Read the order, and keep it, or tell what it would have done."""
    made = draft(
        call.home,
        call.grant,
        Asked(
            when=asked.when,
            at=asked.at,
            targets=asked.targets,
            notify=tuple(asked.notify or ()),
            run_scene=asked.run_scene,
            message=asked.message,
            once=asked.once,
            expires=asked.expires,
        ),
    )
    if asked.dry_run:
        return await _rehearsed(call, made)
    receipt = await call.begin()
    alert = await call.home.alerts.keep(made)
    said = understood(alert, made.entries)
    call.home.receipts.finish(receipt, "done", [{"alert": alert.id, "text": alert.text}])
    answer = _answer(call, made, f"{alert.id} is kept. {said} {deeds(alert)}")
    return answer.model_copy(update={"alert": alert.id, "receipt": receipt.id})


async def _rehearsed(call: Call, made: Draft) -> Created:
    hits = await rehearse(call.home, call.grant, made.alert, made.entries)
    many = f"{len(hits)} times or more" if len(hits) == MOST_SHOWN else f"{len(hits)} times"
    said = understood(made.alert, made.entries)
    summary = f"Nothing is kept. {said} In the last week it would have fired {many}."
    shown = [
        PastHit(time=call.home.clock.local(hit.at), device=hit.device, text=hit.text)
        for hit in hits
    ]
    return _answer(call, made, summary).model_copy(update={"hits": fitting(shown)})


def _answer(call: Call, made: Draft, summary: str) -> Created:
    alert, clock = made.alert, call.home.clock
    if made.cannot:
        summary += f" But {'; '.join(made.cannot[:3])}."
    return Created(
        summary=summary,
        understood=understood(alert, made.entries),
        devices=[About(id=one.id, name=one.name) for one in made.entries[:MOST_SHOWN]],
        cannot=made.cannot[:MOST_SHOWN] or None,
        next=clock.local(alert.due) if alert.due is not None else None,
    )


CREATE_ALERT = Tool(
    name="create_alert",
    description=(
        "Tell me when, let me know if, remind me, every day at, at sunset: a standing order that "
        "notifies someone or runs a scene later. dry_run shows past hits."
    ),
    input=CreateAlert,
    output=Created,
    reads=False,
    idempotent=False,
    handler=create_alert,
)
