"""Each kind, pure: what a change would show, when it shows, how it is said and brought about."""

from typing import Any

import pytest
from pydantic import ValidationError

from gateway.capabilities import KINDS
from gateway.capabilities.climate import Climate, ClimateChange, ClimateState
from gateway.capabilities.cover import Cover, CoverChange, CoverState
from gateway.capabilities.energy import EnergyState
from gateway.capabilities.fan import Fan, FanChange, FanState
from gateway.capabilities.garage import GarageState
from gateway.capabilities.generic import (
    Number,
    NumberChange,
    NumberState,
    Select,
    SelectChange,
    SelectState,
)
from gateway.capabilities.light import Light, LightChange, LightState, to_hex
from gateway.capabilities.lock import LockState
from gateway.capabilities.media import ControlMusic, Media, MediaState, PlayMusic
from gateway.capabilities.sensors import (
    ButtonState,
    ContactState,
    LeakState,
    MeasurementState,
)
from gateway.capabilities.switch import Switch, SwitchChange, SwitchState
from gateway.capabilities.treadmill import TreadmillState
from gateway.capabilities.water import Water, WaterChange, WaterState
from gateway.capability import Capability
from gateway.schema import Model


@pytest.mark.parametrize(
    ("kind", "change", "before", "wanted"),
    [
        (Switch, SwitchChange(on=True), None, {"on": True}),
        (Light, LightChange(on=False), None, {"on": False}),
        (Light, LightChange(brightness=0), None, {"on": False}),
        (Light, LightChange(brightness=40), None, {"on": True, "brightness": 40}),
        (Light, LightChange(color="red"), None, {"on": True, "color": "#ff0000"}),
        (Media, PlayMusic(), None, {"playing": True}),
        (Media, PlayMusic(what="Jazz", volume=5), None, {"playing": True, "volume": 5}),
        (Media, ControlMusic(do="next"), None, {}),
        (Media, ControlMusic(do="pause"), None, {"playing": False}),
        (Media, ControlMusic(do="ungroup"), None, {"group": []}),
        (Media, ControlMusic(change=10), None, {}),
        (Media, ControlMusic(change=10), MediaState(playing=True, volume=95), {"volume": 100}),
        (Media, ControlMusic(change=-30), MediaState(playing=True, volume=20), {"volume": 0}),
        (Climate, ClimateChange(temperature=21), None, {"target_temperature": 21}),
        (Climate, ClimateChange(mode="off"), None, {"mode": "off"}),
        (Cover, CoverChange(open=30), None, {"target_open": 30}),
        (Cover, CoverChange(stop=True), None, {"moving": "no"}),
        (Climate, ClimateChange(low=19, high=24), None, {"target_low": 19, "target_high": 24}),
        (Climate, ClimateChange(fan="low"), None, {"fan": "low"}),
        (Fan, FanChange(on=True), None, {"on": True}),
        (Fan, FanChange(speed=0), None, {"on": False}),
        (Fan, FanChange(speed=40), None, {"on": True, "speed": 40}),
        (Water, WaterChange(temperature=30), None, {"target_temperature": 30}),
        (Water, WaterChange(heat=False), None, {"heat": False}),
        (Water, WaterChange(source="solar"), None, {"heat": True, "source": "solar"}),
        (Number, NumberChange(value=5), None, {"value": 5}),
        (Select, SelectChange(option="eco"), None, {"option": "eco"}),
    ],
)
def test_what_a_change_would_show(
    kind: type[Capability], change: Model, before: Model | None, wanted: dict[str, Any]
) -> None:
    assert kind.wanted("any", change, before) == wanted


@pytest.mark.parametrize(
    ("state", "wanted", "shown"),
    [
        (LightState(on=True, brightness=40.9), {"on": True, "brightness": 40}, True),
        (LightState(on=True, brightness=42), {"on": True, "brightness": 40}, False),
        (LightState(on=True), {"brightness": 40}, False),
        (LightState(on=True, color="#ff0000"), {"color": "#ff0000"}, True),
        (LightState(on=True, color_temperature=2740), {"color_temperature": 2700}, True),
        (ClimateState(target_temperature=21.2), {"target_temperature": 21}, True),
        (ClimateState(target_temperature=21.5), {"target_temperature": 21}, False),
        (ClimateState(mode="off"), {"target_temperature": 21}, False),
        (CoverState(open=30), {"target_open": 30}, True),
        (CoverState(open=0, target_open=30), {"target_open": 30}, True),
        (CoverState(open=30, target_open=0), {"target_open": 30}, False),
        (SwitchState(on=True), {"on": 1}, False),
        (GarageState(open=True, target_open=False), {"target_open": False}, True),
        (GarageState(open=True), {"target_open": False}, False),
        (GarageState(open=False), {"target_open": False}, True),
        (TreadmillState(running=True, speed=4.89), {"speed": 4.8}, True),
        (TreadmillState(running=True, speed=4.95), {"speed": 4.8}, False),
        (TreadmillState(running=False), {"speed": 4.8}, True),
        (TreadmillState(running=False), {"running": False}, True),
        (WaterState(body="spa", target_temperature=37.2), {"target_temperature": 37}, True),
        (MediaState(playing=True, group=["a"]), {"group": []}, False),
    ],
)
def test_a_state_shows_what_was_wanted_within_its_tolerance(
    state: Model, wanted: dict[str, Any], shown: bool
) -> None:
    (kind,) = [one for one in KINDS.values() if isinstance(state, one.State)]
    assert kind.shows(state, wanted) is shown


@pytest.mark.parametrize(
    ("state", "metric", "us"),
    [
        (SwitchState(on=True), "on", "on"),
        (LightState(on=False, brightness=40), "off", "off"),
        (LightState(on=True, brightness=39.6), "on at 40 %", "on at 40 %"),
        (LightState(on=True, color_temperature=2700), "on 2700 K", "on 2700 K"),
        (MediaState(playing=False, volume=20), "silent, volume 20", "silent, volume 20"),
        (MediaState(playing=True, title="So What", artist="Miles"),)
        + ("playing “So What” by Miles",) * 2,
        (MediaState(playing=True, muted=True, volume=5), "playing, muted", "playing, muted"),
        (
            ClimateState(temperature=20, target_temperature=21),
            "20.0 °C, set to 21.0 °C",
            "68.0 °F, set to 69.8 °F",
        ),
        (ClimateState(temperature=20, mode="off"), "20.0 °C, off", "68.0 °F, off"),
        (ClimateState(), "unknown", "unknown"),
        (CoverState(open=0), "closed", "closed"),
        (CoverState(open=100), "open", "open"),
        (CoverState(open=30, moving="no"), "30 % open", "30 % open"),
        (CoverState(open=30, moving="opening"), "opening", "opening"),
        (CoverState(), "unknown", "unknown"),
        (ContactState(open=True), "open", "open"),
        (
            ClimateState(target_low=19, target_high=24),
            "kept between 19.0 °C and 24.0 °C",
            "kept between 66.2 °F and 75.2 °F",
        ),
        (LockState(locked=True), "locked", "locked"),
        (LockState(locked=True, jammed=True), "jammed", "jammed"),
        (LockState(), "unknown", "unknown"),
        (GarageState(open=False), "closed", "closed"),
        (GarageState(open=True, moving="closing"), "closing", "closing"),
        (GarageState(open=True, obstructed=True), "open, obstructed", "open, obstructed"),
        (FanState(on=True, speed=50), "on at 50 %", "on at 50 %"),
        (FanState(on=False), "off", "off"),
        (
            WaterState(body="spa", temperature=36, target_temperature=38, heat=True, heating=True),
            "36.0 °C, set to 38.0 °C, heating",
            "96.8 °F, set to 100.4 °F, heating",
        ),
        (WaterState(body="pool", heat=False), "heater off", "heater off"),
        (
            TreadmillState(running=True, speed=8.04672),
            "running at 8.0 km/h",
            "running at 5.0 mph",
        ),
        (TreadmillState(running=False, speed=0), "stopped", "stopped"),
        (LeakState(leaking=True), "leaking", "leaking"),
        (NumberState(value=4.5, unit="min"), "4.5 min", "4.5 min"),
        (SelectState(option="eco"), "eco", "eco"),
        (EnergyState(power=12.34), "12.3 W", "12.3 W"),
        (EnergyState(total=3.2), "3.20 kWh in all", "3.20 kWh in all"),
        (MeasurementState(temperature=0, co2=600), "0.0 °C, 600 ppm CO2", "32.0 °F, 600 ppm CO2"),
        (MeasurementState(), "unknown", "unknown"),
        (ButtonState(last="long", presses=2), "last pressed long", "last pressed long"),
    ],
)
def test_a_state_is_said_in_the_homes_units(state: Model, metric: str, us: str) -> None:
    (kind,) = [one for one in KINDS.values() if isinstance(state, one.State)]
    assert (kind.sentence(state, "metric"), kind.sentence(state, "us")) == (metric, us)


@pytest.mark.parametrize(
    "state",
    [
        SwitchState(on=True),
        LightState(on=False, brightness=30),
        LightState(on=True, brightness=30, color="#ff0000"),
        LightState(on=True, color_temperature=2700),
        MediaState(playing=True, volume=20, muted=False),
        ClimateState(target_temperature=21, mode="heat"),
        ClimateState(mode="off"),
        CoverState(open=30),
        ClimateState(target_low=19, target_high=24, mode="auto"),
        LockState(locked=True),
        LockState(locked=False),
        GarageState(open=False),
        GarageState(open=True),
        FanState(on=True, speed=30),
        FanState(on=False),
        WaterState(body="pool", target_temperature=28, heat=True, source="solar"),
        WaterState(body="spa", target_temperature=37, heat=False),
        NumberState(value=5),
        SelectState(option="eco"),
    ],
)
def test_what_recreates_a_state_would_show_it(state: Model) -> None:
    (kind,) = [one for one in KINDS.values() if isinstance(state, one.State)]
    (step,) = kind.recreate(state)
    (action,) = [one for one in kind.actions if one.name == step.tool]
    asked = {name: value for name, value in step.arguments.items() if name != "unit"}
    change = action.change.model_validate(asked)
    assert kind.shows(state, kind.wanted(action.name, change, None))


@pytest.mark.parametrize(
    "state",
    [
        ContactState(open=True),
        EnergyState(power=1),
        MeasurementState(co2=1),
        ClimateState(),
        LeakState(leaking=True),
        LockState(),
        GarageState(),
        TreadmillState(running=True, speed=9),
        TreadmillState(running=False),
    ],
)
def test_what_only_reports_cannot_be_brought_about(state: Model) -> None:
    (kind,) = [one for one in KINDS.values() if isinstance(state, one.State)]
    assert list(kind.recreate(state)) == []


@pytest.mark.parametrize(
    ("said", "meant"),
    [("red", "#ff0000"), (" RED ", "#ff0000"), ("#F80", "#ff8800"), ("#Ff8800", "#ff8800")],
)
def test_colours_have_names_and_numbers(said: str, meant: str) -> None:
    assert to_hex(said) == meant


@pytest.mark.parametrize("said", ["ff0000", "rgb(1,2,3)", "#12345", "reddish", "#gggggg"])
def test_what_is_no_colour_is_refused(said: str) -> None:
    with pytest.raises(ValueError, match="is no colour"):
        to_hex(said)


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_every_state_is_closed_and_strict(kind: type[Capability]) -> None:
    with pytest.raises(ValidationError):
        kind.State.model_validate({"nonsense": 1})
    for name in kind.State.model_fields:
        with pytest.raises(ValidationError):
            kind.State.model_validate({name: object()})


def test_a_lamps_change_says_whether_it_is_to_be_on() -> None:
    assert LightChange(brightness=10).lit is True
    assert LightChange(on=False).lit is LightChange(brightness=0).lit is False
