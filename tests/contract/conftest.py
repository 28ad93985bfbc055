"""Gives every test of the contract to every adapter, and prints what is not applicable."""

import sys
from collections.abc import Iterator

import pytest

from tests.contract.case import Case
from tests.contract.cases import CASES, case_of

LACKING = pytest.StashKey[set[tuple[str, str, str]]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[LACKING] = set()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "case" not in metafunc.fixturenames:
        return
    of_a_case = {"command": "commands", "by_hand": "by_hand", "login": "bad_logins"}
    wanted = [name for name in of_a_case if name in metafunc.fixturenames]
    if not wanted:
        metafunc.parametrize("case", list(CASES), indirect=True)
        return
    (argument,) = wanted
    rows, ids = [], []
    for name in CASES:
        kind = case_of(name)
        for value in getattr(kind, of_a_case[argument], None) or [None]:
            rows.append((name, value))
            ids.append(f"{name}-{getattr(value, 'says', value)}")
    metafunc.parametrize(f"case, {argument}", rows, indirect=["case"], ids=ids)


@pytest.fixture
def case(request: pytest.FixtureRequest) -> Iterator[Case]:
    """The case of one adapter, not yet started."""
    kind = case_of(request.param)
    point = request.function.__name__
    if kind is None:
        pytest.skip(f"{CASES[request.param]} is not written yet")
    if reason := kind.not_applicable.get(point):
        request.config.stash[LACKING].add((request.param, point, reason))
        pytest.skip(f"not applicable: {reason}")
    if sys.platform != "linux":
        pytest.skip("the simulated house needs several addresses on loopback")
    yield kind()


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    lacking = config.stash[LACKING]
    if lacking:
        terminalreporter.section("points of the contract that do not apply")
    for name, point, reason in sorted(lacking):
        terminalreporter.write_line(f"{name:<10} {point:<64} {reason}")
