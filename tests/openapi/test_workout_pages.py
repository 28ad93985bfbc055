"""Workouts go in and come out as files, for the owner alone, and a body of any size may come."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from openapi.guard import MOST_BYTES
from tests.openapi.serving import Served, serving
from tests.workouts.files import fit
from tests.workouts.trained import trained
from workouts.book import Book
from workouts.readers import read
from workouts.tool import tools

IMPORT = "/v1/workouts/import"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Served]:
    async with (
        trained(tmp_path) as store,
        serving(tmp_path, own={"tools": tools(store)}) as served,
    ):
        served.home.home.personal = Book(store, served.home.home.clock)
        yield served


async def test_a_file_is_taken_in_and_told_of_by_the_tool(house: Served) -> None:
    answer = await house.ask("POST", f"{IMPORT}?name=run.fit&person=anna", content=fit())
    assert (answer.status_code, answer.json()["imported"]) == (200, 1)
    again = await house.ask("POST", f"{IMPORT}?name=run.fit&person=anna", content=fit())
    assert (again.json()["imported"], again.json()["merged"]) == (0, 1)
    told = {"start": "2026-11-01", "end": "2026-11-02", "by": "session", "person": "anna"}
    found = (await house.ask("POST", "/v1/tools/get_workouts", json=told)).json()
    assert len(found["sessions"]) == 1


async def test_a_file_may_be_larger_than_any_other_body(house: Served) -> None:
    answer = await house.ask("POST", IMPORT, content=b"GARBAGE " * (MOST_BYTES // 4))
    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid_arguments"


async def test_a_workout_comes_out_as_a_file_under_a_name(house: Served) -> None:
    answer = await house.ask("GET", "/v1/workouts/w1/fit")
    assert answer.headers["content-type"] == "application/vnd.ant.fit"
    assert 'filename="run-2026-01-02-0700.fit"' in answer.headers["content-disposition"]
    path = Path(str(house.home.home.store.path)).with_name("out.fit")
    path.write_bytes(answer.content)
    with path.open("rb") as file:
        (run,) = read(file, "out.fit", now=house.home.home.clock.now(), skip=print)
    assert run.totals.distance == 4200
    table = await house.ask("GET", "/v1/workouts/w1/csv")
    assert table.headers["content-type"].startswith("text/csv")
    assert len(table.text.splitlines()) == 32


@pytest.mark.parametrize(("page", "status"), [("w9/fit", 404), ("w1/gpx", 422)])
async def test_what_there_is_not_is_said_plainly(house: Served, page: str, status: int) -> None:
    assert (await house.ask("GET", f"/v1/workouts/{page}")).status_code == status


async def test_the_owner_says_whose_a_workout_is(house: Served) -> None:
    answer = await house.ask("POST", "/v1/workouts/w1", json={"person": "bert"})
    assert answer.json()["person"] == "bert"
    assert "person" not in (await house.ask("POST", "/v1/workouts/w1", json={})).json()
    assert (await house.ask("POST", "/v1/workouts/w9", json={})).status_code == 404


async def test_no_import_goes_on_here(house: Served) -> None:
    assert (await house.ask("GET", IMPORT)).json() == {"imports": []}


@pytest.mark.parametrize(
    ("method", "page"),
    [("POST", "import"), ("GET", "import"), ("GET", "w1/fit"), ("POST", "w1")],
)
async def test_files_are_the_owners_alone(house: Served, method: str, page: str) -> None:
    body = {"json": {}} if method == "POST" else {}
    answer = await house.ask(method, f"/v1/workouts/{page}", "reader", **body)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


async def test_a_home_without_a_book_says_so(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        assert (await served.ask("GET", IMPORT)).status_code == 404
