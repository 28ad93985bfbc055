"""The `where` language: what holds, what is unknown, what is refused, and how long that takes."""

import math
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.conditions import (
    DEEPEST,
    MISSING,
    MOST_TERMS,
    Condition,
    Look,
    Path,
    comparison,
    every,
    parse,
    some,
)
from gateway.errors import InvalidArguments
from gateway.expression import Scalar
from gateway.where import LONGEST
from tests.core.where_cases import CASES, EVENT, HOSTILE, REFUSED


def looks_into(found: dict[str, Any]) -> Look:
    """Return a look-up over nested objects."""

    def look(path: Path) -> object:
        here: object = found
        for word in path:
            if not isinstance(here, dict) or word not in here:
                return MISSING
            here = here[word]
        return here

    return look


LOOK = looks_into(EVENT | EVENT["data"]["after"])


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_a_condition_is_true_false_or_unknown(text: str, expected: bool | None) -> None:
    condition = parse(text)
    assert condition.value(LOOK) is expected
    assert condition.holds(LOOK) is (expected is True)


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_the_normalised_text_means_the_same(text: str, expected: bool | None) -> None:
    condition = parse(text)
    again = parse(condition.text)
    assert again == condition
    assert again.text == condition.text
    assert again.value(LOOK) is expected


@pytest.mark.parametrize(("text", "piece"), REFUSED)
def test_what_is_no_condition_is_refused_with_the_cure(text: str, piece: str) -> None:
    with pytest.raises(InvalidArguments) as refused:
        parse(text)
    problem = refused.value.problem()
    assert piece in problem["detail"]
    assert problem["field"] == "where"
    assert problem["hint"]
    assert problem["detail"].isprintable()
    assert len(problem["detail"]) < 200 and len(problem["hint"]) < 200


def test_a_refusal_quotes_the_place() -> None:
    with pytest.raises(InvalidArguments, match=r"at “= 5 or on == true” \(character 29\)"):
        parse("on == true and brightness > = 5 or on == true")
    with pytest.raises(InvalidArguments, match=r"after “on == true and”"):
        parse("on == true and")


def test_depth_and_terms_up_to_the_bound_are_read() -> None:
    assert parse("(" * DEEPEST + "on == true" + ")" * DEEPEST).text == "on == true"
    assert parse("not " * DEEPEST + "on == true").holds(LOOK)
    assert parse(f"one in [{','.join('1' * MOST_TERMS)}]").holds(LOOK)
    assert parse("on == true".ljust(LONGEST)).holds(LOOK)


def test_a_text_that_spaces_would_make_too_long_is_kept_as_written() -> None:
    tight = "or ".join(["a<1"] * 83)
    condition = parse(tight)
    assert condition.text == tight
    assert parse(condition.text) == condition


def test_text_and_paths_are_normalised() -> None:
    condition = parse(" ((A_x=='it\"s' ".replace("A_x", "a_x") + "AND b.c>80F) OR NOT a_x  EXISTS)")
    assert condition.text == r'a_x == "it\"s" and b.c > 26.67 or not a_x exists'
    assert condition.paths == {("a_x",), ("b", "c")}
    assert parse("a == 1 and (b == 2 and c == 3)") == parse("a==1 and b==2 and c==3")


@pytest.mark.parametrize(
    ("path", "op", "literal", "text"),
    [
        (("on",), "==", True, "on == true"),
        (("water", "temperature"), "<", 5, "water.temperature < 5"),
        (("data", "press"), "in", ["short", "long"], 'data.press in ["short", "long"]'),
        (("carrier",), "!=", "a\" or 'b' \\", r"""carrier != "a\" or 'b' \\" """.strip()),
        (("color",), "exists", None, "color exists"),
        (("color",), "==", None, "color == null"),
        (("power",), ">=", 1e-9, "power >= 1e-09"),
    ],
)
def test_conditions_are_built_without_text(path: Path, op: str, literal: Any, text: str) -> None:
    built = comparison(path, op, literal)
    assert built.text == text
    assert parse(text) == built


@pytest.mark.parametrize(
    ("path", "op", "literal"),
    [
        (("a == 1 or b",), "==", 1),
        (("a", ""), "==", 1),
        ((), "==", 1),
        (("in",), "==", 1),
        (("a",), "= 1 or b ==", 1),
        (("a",), "==", math.nan),
        (("a",), "==", math.inf),
        (("a",), "==", ["x"]),
        (("a",), "in", "x"),
        (("a",), "in", []),
        (("a",), "==", "\x00"),
        (("a",), "==", "x" * LONGEST),
    ],
)
def test_what_cannot_be_built_is_refused(path: Path, op: str, literal: Any) -> None:
    with pytest.raises(InvalidArguments) as refused:
        comparison(path, op, literal)
    assert refused.value.more["field"] == "where"


def test_conditions_are_joined() -> None:
    one, two, three = (comparison((name,), "==", 1) for name in ("a", "b", "c"))
    assert every(some(one, two), three).text == "(a == 1 or b == 1) and c == 1"
    assert some(every(one, two), three).text == "a == 1 and b == 1 or c == 1"
    assert every(one) == one
    with pytest.raises(InvalidArguments):
        every()


def test_hostile_expressions_are_refused_at_once() -> None:
    started = time.perf_counter()
    for index in range(1000):
        with pytest.raises(InvalidArguments):
            parse(HOSTILE[index % len(HOSTILE)])
    assert time.perf_counter() - started < 1


def nearly() -> st.SearchStrategy[str]:
    """Return texts made of the language's own pieces, in any order."""
    paths = st.sampled_from(["a", "data.after.on", "__x", "A", "."])
    signs = st.sampled_from(["==", "!=", "<", "<=", ">", ">=", "(", ")", "[", "]", ",", "=", "&"])
    words = st.sampled_from(["in", "exists", "and", "or", "not", "true", "false", "null"])
    literals = st.sampled_from(["'x'", '"y"', "1", "-2.5e3", "80", "F", "°C", "kW", "\\", "'"])
    return st.lists(paths | signs | words | literals, max_size=40).map(" ".join)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(MISSING),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
LITERALS = (
    st.none()
    | st.booleans()
    | st.integers(min_value=-(10**30), max_value=10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cc", "Cs", "Cf", "Zl", "Zp"]), max_size=20)
)
PATHS = st.sampled_from([("a",), ("b", "c"), ("data", "after", "in")])


def leaves() -> st.SearchStrategy[Condition]:
    """Return single comparisons."""
    ops = st.sampled_from(["==", "!=", "<", "<=", ">", ">=", "exists"])
    listed: st.SearchStrategy[list[Scalar]] = st.lists(LITERALS, min_size=1, max_size=3)
    return st.builds(comparison, PATHS, ops, LITERALS) | st.builds(
        comparison, PATHS, st.just("in"), listed
    )


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=600) | nearly())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        condition = parse(text)
    except InvalidArguments as refused:
        assert refused.more["field"] == "where"
    else:
        assert parse(condition.text) == condition


@settings(max_examples=200, deadline=None)
@given(st.lists(leaves(), min_size=1, max_size=3), JSON, st.booleans())
def test_evaluation_never_raises(parts: list[Condition], found: object, joined: bool) -> None:
    condition = every(*parts) if joined else some(*parts)
    assert condition.value(lambda path: found) in (True, False, None)
    assert parse(condition.text) == condition
    assert parse(f"not ({condition.text})").value(lambda path: found) in (True, False, None)


@settings(max_examples=100, deadline=None)
@given(LITERALS, JSON)
def test_looking_into_anything_never_raises(literal: Scalar, found: object) -> None:
    text = comparison(("a",), "==", literal).text.removeprefix("a == ")
    assert parse(f"{text} in a").value(lambda path: found) in (True, False, None)
