"""Every kind of event there is, by name, with the model of its data: what no capability declares.

The events of the kinds ("button.pressed") are declared where their states and actions are.
"""

from typing import Any, Literal

from gateway.capabilities import CAPABILITIES
from gateway.schema import Model
from gateway.text import Untrusted


class Found(Model):
    """A device was seen for the first time."""

    name: Untrusted
    area: Untrusted | None = None
    kinds: list[str]
    maker: Untrusted | None = None
    model: Untrusted | None = None


class Lost(Model):
    """A device was forgotten."""

    name: Untrusted


class Online(Model):
    """A device, and its parts, answers again."""

    name: Untrusted


class Offline(Model):
    """A device, and its parts, does not answer any more."""

    name: Untrusted
    reason: Untrusted


class Changed(Model):
    """A device does something else than before; only the fields that changed."""

    kind: str
    before: dict[str, Any]
    after: dict[str, Any]


class Sampled(Model):
    """What a device measures has drifted; at most one a minute."""

    kind: str
    before: dict[str, Any]
    after: dict[str, Any]


class ActionDone(Model):
    """An agent acted."""

    receipt: str
    tool: str
    agent: str
    outcome: str
    devices: list[str]
    """at most 50"""


class ActionSettled(Model):
    """A device showed late what had been asked of it."""

    receipt: str
    tool: str
    agent: str
    after: dict[str, Any]


class AlertFired(Model):
    """A standing order came true, or its time came."""

    alert: str
    agent: str
    text: Untrusted
    """what it waits for"""
    message: Untrusted
    outcome: Untrusted
    """what became of what it was to do"""


class AlertSuspended(Model):
    """A standing order does nothing any more until a person looks at it."""

    alert: str
    agent: str
    text: Untrusted
    reason: str


class AlertMissed(Model):
    """The time of a standing order passed while homeport was not running."""

    alert: str
    agent: str
    text: Untrusted
    due: str


class WebhookDead(Model):
    """An event could not be delivered in all the time that there is."""

    webhook: str
    agent: str
    event: str
    reason: Untrusted


class WebhookDisabled(Model):
    """A receiver wants no more events."""

    webhook: str
    agent: str
    reason: Untrusted


class WorkoutFinished(Model):
    """A session that was recorded here is over."""

    workout: str
    activity: str
    duration: float
    """seconds in motion"""
    distance: float | None = None
    """m"""
    energy: float | None = None
    """kcal"""
    person: Untrusted | None = None


class SamplesDropped(Model):
    """Measurements could not be kept in the history."""

    number: int
    reason: Literal["overload", "disk"]


_OWN: dict[str, type[Model]] = {
    "device.found": Found,
    "device.lost": Lost,
    "device.online": Online,
    "device.offline": Offline,
    "state.changed": Changed,
    "state.sampled": Sampled,
    "action.done": ActionDone,
    "action.settled": ActionSettled,
    "alert.fired": AlertFired,
    "alert.suspended": AlertSuspended,
    "alert.missed": AlertMissed,
    "webhook.dead": WebhookDead,
    "webhook.disabled": WebhookDisabled,
    "workout.finished": WorkoutFinished,
    "samples.dropped": SamplesDropped,
}
_DECLARED = {declared.name: declared.data for kind in CAPABILITIES for declared in kind.events}
HAPPENINGS = _OWN | _DECLARED
"""Names and the models of their data, in the order in which documents list them."""
