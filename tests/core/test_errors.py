"""Every error has one shape, a code of its own and a sentence to act on."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway import errors
from gateway.errors import CannotStart, GatewayError, did_you_mean, nearest
from gateway.local import Internal


def kinds(root: type[GatewayError] = GatewayError) -> list[type[GatewayError]]:
    here = [one for one in root.__subclasses__() if one.__module__.startswith("gateway.")]
    return here + [deeper for one in here for deeper in kinds(one)]


every = pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.__name__)


@every
def test_an_error_has_the_one_shape(kind: type[GatewayError]) -> None:
    problem = kind("The lamp is asleep", hint="Wake it").problem()
    assert problem == {
        "type": f"urn:homeport:problem:{kind.code}",
        "code": kind.code,
        "title": kind.title,
        "status": kind.status,
        "detail": "The lamp is asleep",
        "retryable": kind.retryable,
        "hint": "Wake it",
    }
    json.dumps(problem)


@every
def test_an_error_without_a_hint_has_none(kind: type[GatewayError]) -> None:
    assert "hint" not in kind("The lamp is asleep").problem()


@every
def test_an_error_says_what_it_means(kind: type[GatewayError]) -> None:
    assert kind.__doc__ and kind.title and kind.title[-1] != "."
    assert 400 <= kind.status <= 599
    assert kind.code.replace("_", "").isalpha() and kind.code.islower()


def test_every_error_has_a_code_of_its_own() -> None:
    codes = [kind.code for kind in kinds() if kind is not Internal]
    assert len(codes) == len(set(codes))
    assert "internal" not in codes
    assert len(codes) >= 17


def test_more_is_shown_beside_the_rest() -> None:
    problem = errors.AmbiguousTarget("Two lamps", choices=[{"id": "lamp-1"}]).problem()
    assert problem["choices"] == [{"id": "lamp-1"}]


def test_only_what_surely_did_not_happen_may_be_retried() -> None:
    retryable = {kind.code for kind in kinds() if kind.retryable}
    assert retryable == {"unreachable", "store_failed"}


def test_what_cannot_start_has_an_exit_code() -> None:
    assert CannotStart("Port 8420 is taken").exit_code == 1
    assert CannotStart("Bad settings", exit_code=2, hint="x").exit_code == 2


def test_the_nearest_comes_first() -> None:
    options = ["Kitchen", "Kitten", "Hall", "Chicken coop"]
    assert nearest("kichen", options)[0] == "Kitchen"
    assert nearest("zzz", options) == []
    assert did_you_mean("kichen", ["Kitchen"]) == "Did you mean Kitchen?"
    assert did_you_mean("zzz", options) is None
    assert nearest("", options) == [] == nearest("x", [])


@given(st.text(max_size=300), st.lists(st.text(max_size=30), max_size=20))
def test_any_words_can_be_compared(word: str, options: list[str]) -> None:
    found = nearest(word, options)
    assert len(found) <= 3 and set(found) <= set(options)
