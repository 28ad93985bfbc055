"""Makes an export of Apple Health of any size, and measures what importing one costs.

python -m tests.workouts.make_health make 500 export.xml   # megabytes
python -m tests.workouts.make_health measure export.xml    # seconds and megabytes

The DTD has the mistake that exports have had since iOS 16; records come before workouts, as there.
"""

import asyncio
import json
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from gateway.clock import HomeClock, SystemClock
from workouts.book import Book
from workouts.store import WorkoutStore

MEGABYTE = 1_000_000
FIRST = datetime(2019, 1, 1, 6, tzinfo=UTC)
PER_DAY = 1200
"""Heart rates; with what stands beside them, some 0.35 MB a day."""
MINUTES = 40
HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE HealthData [
<!-- HealthKit Export Version: 12 -->
<!ELEMENT HealthData (ExportDate,Me,(Record|Workout|ActivitySummary|VisionPrescription)*)>
<!ATTLIST HealthData
  locale CDATA #REQUIRED
>
<!ATTLIST VisionPrescription
  type CDATA #REQUIRED
<!ELEMENT RightEye EMPTY>
]>
<HealthData locale="en_DE">
 <ExportDate value="2026-01-01 08:00:00 +0100"/>
"""
RECORD = (
    ' <Record type="HKQuantityTypeIdentifier{kind}" sourceName="Anna\x0bs Watch" '
    'sourceVersion="10.1" device="&lt;&lt;HKDevice: 0x1&gt;, name:Apple Watch&gt;" '
    'unit="{unit}" creationDate="{time}" startDate="{time}" endDate="{time}" value="{value}"/>\n'
)
WORKOUT = """ <Workout workoutActivityType="HKWorkoutActivityTypeRunning" duration="{minutes}" \
durationUnit="min" sourceName="Watch" creationDate="{end}" startDate="{start}" endDate="{end}">
  <MetadataEntry key="HKIndoorWorkout" value="1"/>
  <WorkoutEvent type="HKWorkoutEventTypeSegment" date="{start}" duration="5" durationUnit="min"/>
  <WorkoutStatistics type="HKQuantityTypeIdentifierDistanceWalkingRunning" startDate="{start}" \
endDate="{end}" sum="{kilometres}" unit="km"/>
  <WorkoutStatistics type="HKQuantityTypeIdentifierActiveEnergyBurned" startDate="{start}" \
endDate="{end}" sum="400" unit="kcal"/>
 </Workout>
"""


def export(megabytes: float) -> Iterator[bytes]:
    """Yield an export of about that size, a day at a time."""
    written, days = len(HEAD), 0
    yield HEAD.encode()
    while written < megabytes * MEGABYTE:
        day = _records(FIRST + timedelta(days=days)).encode()
        written, days = written + len(day), days + 1
        yield day
    for number in range(days):
        yield _workout(FIRST + timedelta(days=number), 5 + number % 50 / 10).encode()
    yield b"</HealthData>\n"


def _records(day: datetime) -> str:
    times = [_said(day + timedelta(seconds=5 * count)) for count in range(PER_DAY)]
    beats = [
        RECORD.format(kind="HeartRate", unit="count/min", time=said, value=80 + count % 60)
        for count, said in enumerate(times)
    ]
    steps = [
        RECORD.format(kind="StepCount", unit="count", time=said, value=17) for said in times[::20]
    ]
    return "".join(beats + steps)


def _workout(start: datetime, kilometres: float) -> str:
    end = start + timedelta(minutes=MINUTES)
    return WORKOUT.format(
        minutes=MINUTES, start=_said(start), end=_said(end), kilometres=kilometres
    )


def _said(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S +0000}"


def resident() -> float:
    """Return this process's resident memory in megabytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / MEGABYTE


class Peak:
    """The most resident memory while it watches, above what there was before."""

    def __enter__(self) -> "Peak":
        self._before = self._most = resident()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.02):
            self._most = max(self._most, resident())

    @property
    def grown(self) -> float:
        """Return megabytes."""
        return self._most - self._before


async def pieces_of(path: Path, size: int = 1 << 18) -> AsyncIterator[bytes]:
    """Yield a file as a request's body comes."""
    with path.open("rb") as file:
        while piece := file.read(size):
            yield piece


async def measured(path: Path, folder: Path) -> dict[str, Any]:
    """Import a file into a new store; return what it said, the seconds and the megabytes."""
    store = WorkoutStore(folder / "workouts.db")
    await store.open()
    try:
        book = Book(store, HomeClock(SystemClock(), ZoneInfo("UTC")))
        began = time.monotonic()
        with Peak() as peak:
            told = await book.take_in(path.name, pieces_of(path), "anna")
        seconds = time.monotonic() - began
    finally:
        await store.aclose()
    told.pop("workouts")
    size = (await asyncio.to_thread(path.stat)).st_size / MEGABYTE
    return told | {"MB": round(size, 1), "s": round(seconds, 1), "grown_MB": round(peak.grown, 1)}


def main() -> None:
    """Make a file, or measure one."""
    match sys.argv[1:]:
        case ["make", size, path]:
            with open(path, "wb") as file:
                file.writelines(export(float(size)))
        case ["measure", path]:
            with tempfile.TemporaryDirectory() as folder:
                print(json.dumps(asyncio.run(measured(Path(path), Path(folder)))))
        case _:
            print(__doc__, file=sys.stderr)


if __name__ == "__main__":
    main()
