"""Everybody in a house of the test, with the real ways out."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from gateway.clock import HomeClock, SetClock
from gateway.people import People
from gateway.reach import MailSettings, PersonSettings
from gateway.store import Store
from senders.channels import Channels
from tests.people.peers import Heard, Receiver

BERLIN = ZoneInfo("Europe/Berlin")
EVENING = datetime(2026, 1, 2, 22, 14, tzinfo=BERLIN)
MORNING = datetime(2026, 1, 3, 7, 0, tzinfo=BERLIN)
SECRET_TOPIC = "anna-8f2c77"


def ntfy(receiver: Receiver, **more: Any) -> dict[str, Any]:
    """Return the settings of somebody who is reached by ntfy alone."""
    return {"notify": [f"ntfy:{receiver.url}/{SECRET_TOPIC}"]} | more


def mail_settings(port: int, **more: Any) -> MailSettings:
    values = {"host": "127.0.0.1", "port": port, "from": "home@example.org"} | more
    return MailSettings.model_validate(values)


@asynccontextmanager
async def everybody(
    folder: Path,
    settings: Mapping[str, Mapping[str, Any]],
    clock: SetClock | None = None,
    mail: MailSettings | None = None,
) -> AsyncIterator[People]:
    """Open the people of these settings on the state in `folder`, in Berlin."""
    store = Store(folder / "events.db")
    store.open()
    channels = Channels(mail)
    checked = {name: PersonSettings.model_validate(one) for name, one in settings.items()}
    people = People(checked, channels, HomeClock(clock or SetClock(), BERLIN), store)
    await people.open()
    try:
        yield people
    finally:
        await people.aclose()
        await channels.aclose()
        await store.aclose()


def pass_to(clock: SetClock, moment: datetime) -> None:
    """Let the time go by until `moment`."""
    clock.seconds += (moment - clock.present).total_seconds()
    clock.present = moment


def pass_by(clock: SetClock, **time: float) -> None:
    pass_to(clock, clock.present + timedelta(**time))


def said(heard: Heard) -> Any:
    """Return the JSON of a request."""
    return json.loads(heard.body)


async def until(condition: Callable[[], object]) -> None:
    """Wait for a condition, at most five seconds."""
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0)
