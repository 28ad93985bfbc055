"""Schedules at a home, as the tests of them say it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from gateway.schedule import Schedule, parse

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
KOLKATA, HAVANA = ZoneInfo("Asia/Kolkata"), ZoneInfo("America/Havana")
LORD_HOWE, OSLO = ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Europe/Oslo")
NOW = datetime(2026, 11, 26, 14, 30, 10, 500, tzinfo=UTC)

CHANGES = [
    (BERLIN, "2026-03-28T00:00"),
    (BERLIN, "2026-10-24T00:00"),
    (NEW_YORK, "2026-03-07T06:00"),
    (NEW_YORK, "2026-10-31T06:00"),
    (HAVANA, "2026-03-07T06:00"),
    (HAVANA, "2026-10-31T06:00"),
    (LORD_HOWE, "2026-04-04T00:00"),
    (KOLKATA, "2026-03-28T00:00"),
]
"""Zones, each with the day before its clocks change, and one that has no change."""


def home(text: str, zone: ZoneInfo = BERLIN, now: datetime | None = NOW) -> Schedule:
    return parse(text, zone, 52.52, 13.405, now)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def due(schedule: Schedule, after: datetime) -> Iterator[datetime]:
    while (found := schedule.next(after)) is not None:
        yield (after := found)
