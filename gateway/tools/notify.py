"""notify: tell a person, or a named channel, something now."""

from collections import Counter
from typing import Annotated, Literal

from pydantic import Field

from gateway.call import Call
from gateway.errors import InvalidArguments
from gateway.messages import Notified, tidy
from gateway.receipts import overall
from gateway.schema import Model
from gateway.text import Untrusted
from gateway.tool import Tool


class Notify(Model):
    """Whom to tell what."""

    to: str
    message: str
    camera: Annotated[str | None, Field(description="add its picture")] = None


class Channel(Model):
    """What became of the message on one channel."""

    channel: Literal["ntfy", "mail", "webhook"]
    outcome: Literal["sent", "held", "failed"]
    detail: Untrusted | None = None


class Told(Model):
    """What became of a message."""

    summary: str
    to: str
    channels: list[Channel]
    receipt: str | None = None


async def notify(call: Call, asked: Notify) -> Told:
    """Send a message by every channel of a person; the addresses stay with the owner."""
    home = call.home
    if asked.camera is not None:
        raise InvalidArguments("There is no camera here", field="camera")
    name = home.people.find(asked.to)
    if not tidy(asked.message):
        raise InvalidArguments("message is empty", field="message")
    receipt = await call.begin()
    told = await home.people.notify(name, asked.message, title=home.settings.name)
    channels = [
        Channel(channel=one.channel, outcome=one.outcome, detail=one.detail)
        for one in told.channels
    ]
    outcomes = [channel.outcome for channel in channels]
    results = [{"to": told.to} | channel.model_dump(exclude_none=True) for channel in channels]
    home.receipts.finish(receipt, "sent" if told.sent else overall(outcomes), results)
    return Told(summary=summary(told), to=told.to, channels=channels, receipt=receipt.id)


def summary(told: Notified) -> str:
    """Return in a sentence what became of a message."""
    name = f"“{told.to}”"
    bad = [f"{one.channel}: {one.detail}" for one in told.channels if one.outcome == "failed"]
    failed = f" Not by {'; '.join(bad)}." if bad else ""
    if told.held:
        return f"The message to {name} waits: {told.channels[0].detail}."
    if not told.sent:
        return f"{name} was not told.{failed}"
    ways = Counter(one.channel for one in told.channels if one.outcome == "sent")
    return f"{name} was told by {' and '.join(sorted(ways))}.{failed}"


NOTIFY = Tool(
    name="notify",
    description="Send a message now to a person's phone or a named channel.",
    input=Notify,
    output=Told,
    reads=False,
    idempotent=False,
    handler=notify,
)
