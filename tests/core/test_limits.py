"""What values are in force: the hard limits, the device's own and the grant's, pure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import OutOfLimits
from gateway.limits import HARD, Bound, Limit, check, looks_like_fahrenheit
from gateway.quantities import to_celsius, to_fahrenheit


def own(**limits: Limit) -> Bound:
    return Bound("the device's own limit", limits)


def grant(**limits: Limit) -> Bound:
    return Bound("the grant of guest", limits)


def refusal(kind: str, values: dict[str, object], *bounds: Bound) -> OutOfLimits:
    with pytest.raises(OutOfLimits) as raised:
        check(kind, values, bounds, "Lamp")
    return raised.value


def test_what_nothing_limits_stays_as_it_is() -> None:
    checked = check("light", {"on": True, "brightness": 40.5}, (own(),), "Lamp")
    assert checked.values == {"on": True, "brightness": 40.5}
    assert not checked.adjusted


@pytest.mark.parametrize("temperature", [4.9, -3, 35.1, 200])
def test_the_hard_limit_of_rooms_stands_below_everything(temperature: float) -> None:
    wide = Limit(min=-100, max=300)
    error = refusal("climate", {"temperature": temperature}, own(temperature=wide))
    assert "5 to 35" in error.detail and "hard limit" in error.detail
    assert error.more["limits"] == {"temperature": {"min": 5, "max": 35}}


@pytest.mark.parametrize("temperature", [5, 21, 35])
def test_the_hard_limits_ends_are_inside(temperature: float) -> None:
    assert check("climate", {"temperature": temperature}, (), "Hall").values == {
        "temperature": temperature
    }


def test_a_refusal_names_the_device_when_the_devices_limit_bit() -> None:
    error = refusal("media", {"volume": 60}, own(volume=Limit(max=50)), grant(volume=Limit(max=70)))
    assert "at most 50" in error.detail and "the device's own limit" in error.detail
    assert error.more == {"field": "volume", "limits": {"volume": {"max": 50}}}


def test_a_refusal_names_the_grant_when_the_grants_limit_bit() -> None:
    error = refusal("media", {"volume": 60}, own(volume=Limit(max=80)), grant(volume=Limit(max=30)))
    assert "at most 30" in error.detail and "the grant of guest" in error.detail


def test_a_lower_end_alone_is_said_as_such() -> None:
    assert (
        "at least 10" in refusal("light", {"brightness": 5}, own(brightness=Limit(min=10))).detail
    )


def test_what_a_device_lacks_is_refused_by_name() -> None:
    error = refusal("light", {"color": "#ff0000"}, own(color=Limit(absent=True)))
    assert error.detail.startswith("Lamp has no color")
    assert error.more["limits"] == {"color": {"absent": True}}


def test_an_unknown_word_names_the_nearest() -> None:
    modes = Limit(enum=["off", "heat", "auto"])
    error = refusal("climate", {"mode": "heet"}, own(mode=modes))
    assert error.hint == "Did you mean heat?"
    error = refusal("climate", {"mode": "xyzzy"}, own(mode=modes))
    assert error.hint == "It knows off, heat, auto."


def test_nothing_and_left_out_fields_are_not_limited() -> None:
    bound = own(brightness=Limit(absent=True), color=Limit(enum=[]))
    assert check("light", {"on": True, "color": None}, (bound,), "Lamp").values["on"] is True


def test_a_value_off_its_step_is_rounded_and_said_so() -> None:
    half = own(temperature=Limit(min=4.5, max=30.5, step=0.5))
    assert check("climate", {"temperature": 20.5}, (half,), "Hall").adjusted is False
    checked = check("climate", {"temperature": 20.7}, (half,), "Hall")
    assert checked.values == {"temperature": 20.5} and checked.adjusted


def test_a_step_counts_from_the_lower_end() -> None:
    odd = own(brightness=Limit(min=1, max=100, step=3))
    assert check("light", {"brightness": 50}, (odd,), "Lamp").values == {"brightness": 49}


def test_true_is_no_number_to_a_range() -> None:
    assert check("light", {"on": True}, (own(on=Limit(min=5, max=9)),), "Lamp").values == {
        "on": True
    }


def test_rounding_never_leaves_the_devices_own_range() -> None:
    bound = own(brightness=Limit(min=0, max=55, step=20))
    assert check("light", {"brightness": 53}, (bound,), "Lamp").values == {"brightness": 40}


def test_rounding_never_leaves_the_hard_limit() -> None:
    coarse = own(temperature=Limit(min=0, max=40, step=2))
    checked = check("climate", {"temperature": 35}, (coarse,), "Hall")
    assert checked.values["temperature"] == 34


def test_rounding_never_leaves_what_the_grant_allows() -> None:
    bounds = (own(volume=Limit(min=0, max=100, step=10)), grant(volume=Limit(max=36)))
    assert check("media", {"volume": 36}, bounds, "Speaker").values == {"volume": 30}
    bounds = (own(volume=Limit(min=0, max=100, step=10)), grant(volume=Limit(min=32)))
    assert check("media", {"volume": 33}, bounds, "Speaker").values == {"volume": 40}


def test_a_step_that_no_allowed_value_meets_is_refused() -> None:
    bounds = (own(volume=Limit(min=0, max=100, step=10)), grant(volume=Limit(min=32, max=38)))
    error = refusal("media", {"volume": 35}, *bounds)
    assert "step" in error.detail


ends = st.integers(-50, 150)
limits = st.builds(
    lambda low, width, step: Limit(min=low, max=low + width, step=step),
    st.one_of(ends.map(float)),
    st.floats(0, 100),
    st.one_of(st.none(), st.floats(0.1, 40)),
)


@given(st.floats(-200, 300), limits, limits)
def test_whatever_passes_lies_within_every_limit(value: float, one: Limit, two: Limit) -> None:
    bounds = (own(temperature=one), grant(temperature=two))
    try:
        kept = check("climate", {"temperature": value}, bounds, "Hall").values["temperature"]
    except OutOfLimits:
        return
    for limit in (HARD["climate"]["temperature"], one, two):
        assert limit.min is not None and limit.max is not None
        assert limit.min - 1e-6 <= kept <= limit.max + 1e-6


@given(st.floats(-200, 300))
def test_a_value_outside_is_refused_and_never_clamped(value: float) -> None:
    bound = own(temperature=Limit(min=10, max=25))
    if 10 <= value <= 25:
        assert check("climate", {"temperature": value}, (bound,), "Hall").values == {
            "temperature": value
        }
    else:
        refusal("climate", {"temperature": value}, bound)


@pytest.mark.parametrize(
    ("value", "looks"), [(72, True), (41, True), (95, True), (35, False), (21, False), (96, False)]
)
def test_only_what_makes_sense_in_fahrenheit_alone_looks_like_it(value: float, looks: bool) -> None:
    assert looks_like_fahrenheit(value, HARD["climate"]["temperature"]) is looks


@pytest.mark.parametrize(("celsius", "fahrenheit"), [(0, 32), (100, 212), (-40, -40), (37, 98.6)])
def test_degrees_convert_both_ways(celsius: float, fahrenheit: float) -> None:
    assert to_fahrenheit(celsius) == fahrenheit
    assert to_celsius(fahrenheit) == celsius
