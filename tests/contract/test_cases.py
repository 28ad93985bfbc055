"""The suite itself: every adapter has a case, and what is not applicable is a point of it."""

from importlib import import_module

import pytest

from adapters import BUILTIN
from tests.contract.cases import CASES, case_of

POINTS = ("test_states", "test_power", "test_faults", "test_login", "test_close")


def test_every_built_in_adapter_has_a_case() -> None:
    named = {name.partition(":")[0].removeprefix("adapters.") for name in BUILTIN}
    assert named == set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_only_points_of_the_contract_are_declared_not_applicable(name: str) -> None:
    kind = case_of(name)
    points = {
        point for module in POINTS for point in vars(import_module(f"tests.contract.{module}"))
    }
    assert kind is None or set(kind.not_applicable) <= points
