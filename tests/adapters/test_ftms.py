"""The Fitness Machine Service as bytes: what is read of treadmills, and all that is written."""

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from adapters import treadmill_ftms as ftms
from adapters.treadmill_ftms import Measured, Part, Records, SpeedRange, allowed, slower
from gateway.errors import InvalidArguments

WHOLE = "8c04 9001 060000 0f00 ff7f 0c00 ffff ff 0600"
STEPS = "8424 c800 0a0000 0500 ffff ff 2000 1e0000"
"""As a CITYSPORTS-Linker sends it: bit 13 and what lies behind elapsed time are steps."""
EVERYTHING = (
    "fe1f 2003 2c01 640000 1900 0a00 6400 3200 05 06 2a00 5802 0a 78 23 3c00 7800 9cff 9600"
)
SOURCES = sorted((Path(__file__).parents[2] / "adapters").glob("treadmill*.py"))

speeds = some.floats(0, 700) | some.sampled_from([0.0, 0.01, 0.79, 0.8, 1.34, 8.0, 16.0, 655.35])
ages = some.floats(0, 10) | some.sampled_from([0.0, 3.0, 3.01, float("inf"), float("nan")])
measured = some.none() | some.builds(Measured, speeds, ages)
ranges = some.builds(SpeedRange, some.integers(1, 3000), some.integers(1, 100))


def record(text: str) -> Part:
    found = Records().take(bytes.fromhex(text))
    assert found is not None
    return found


def test_a_record_is_read_field_by_field_in_the_order_of_its_flags() -> None:
    assert dict(record(EVERYTHING).values) == {
        "speed": 8.0,
        "average_speed": 3.0,
        "distance": 100,
        "incline": 2.5,
        "ramp": 1.0,
        "climb": 10.0,
        "descent": 5.0,
        "pace": 0.5,
        "average_pace": 0.6,
        "energy": 42,
        "energy_per_hour": 600,
        "energy_per_minute": 10,
        "heart_rate": 120,
        "metabolic_equivalent": 3.5,
        "elapsed": 60,
        "remaining": 120,
        "force": -100,
        "power": 150,
    }


def test_what_is_not_available_is_none_and_not_a_large_number() -> None:
    found = record(WHOLE)
    assert (found.get("speed"), found.get("incline"), found.get("energy")) == (4.0, 1.5, 12)
    assert found.get("ramp") is found.get("energy_per_hour") is found.get("heart_rate") is None


def test_bytes_behind_the_fields_are_kept_aside() -> None:
    found = record(STEPS)
    assert (found.get("speed"), found.get("distance"), found.get("elapsed")) == (2.0, 10, 32)
    assert found.rest == bytes.fromhex("1e0000")


def test_a_record_that_ends_early_says_what_it_can() -> None:
    found = record("8c04 9001 060000 0f")
    assert (found.get("speed"), found.get("distance")) == (4.0, 6)
    assert "incline" not in found.values
    assert record("0000").get("speed") is None
    assert Records().take(b"\x00") is None


def test_a_split_record_is_whole_with_the_part_that_carries_the_speed() -> None:
    records = Records()
    parts = ("0500 060000", "8100 0c00 ffff ff", "0004 9001 0600")
    found = [records.take(bytes.fromhex(part)) for part in parts]
    assert found[:2] == [None, None]
    assert found[2] is not None
    assert dict(found[2].values) == {
        "distance": 6,
        "energy": 12,
        "energy_per_hour": None,
        "energy_per_minute": None,
        "speed": 4.0,
        "elapsed": 6,
    }


def test_what_was_begun_before_the_link_was_lost_is_no_part_of_what_comes_after() -> None:
    records = Records()
    records.take(bytes.fromhex("0500 060000"))
    records.drop()
    found = records.take(bytes.fromhex("0000 9001"))
    assert found is not None and dict(found.values) == {"speed": 4.0}


def test_parts_without_end_do_not_pile_up() -> None:
    records = Records()
    for _ in range(10_000):
        assert records.take(bytes.fromhex("0500 060000")) is None
    found = records.take(bytes.fromhex("0000 9001"))
    assert found is not None and found.get("speed") == 4.0


@given(some.lists(some.binary(max_size=64), max_size=20))
def test_any_bytes_can_be_read(notifications: list[bytes]) -> None:
    records = Records()
    for data in notifications:
        found = records.take(data)
        assert found is None or all(
            value is None or abs(value) < 2**24 for value in found.values.values()
        )
        ftms.response(data)
        ftms.is_idle(data)
        ftms.takes_speed(data)
        ftms.advertises_treadmill(data)
        assert ftms.speed_range(data).lowest >= 1
        assert ftms.speed_range(data).step >= 1


@given(some.integers(0, 0xFFFF), some.integers(0, 0xFFFFFF), some.integers(-999, 999))
def test_what_is_sent_is_what_is_read(speed: int, distance: int, incline: int) -> None:
    sent = b"\x0c\x00" + speed.to_bytes(2, "little") + distance.to_bytes(3, "little")
    sent += incline.to_bytes(2, "little", signed=True) + b"\xff\x7f"
    found = record(sent.hex())
    assert found.get("speed") == pytest.approx(speed / 100)
    assert found.get("distance") == distance
    assert found.get("incline") == pytest.approx(incline / 10)


def test_other_characteristics_are_read() -> None:
    assert ftms.speed_range(bytes.fromhex("5000 4006 0a00")) == SpeedRange(80, 10)
    assert ftms.speed_range(b"") == SpeedRange(50, 1)
    assert ftms.takes_speed(bytes.fromhex("0c120000 03000000"))
    assert not ftms.takes_speed(bytes.fromhex("0c120000 02000000"))
    assert ftms.is_idle(b"\x00\x01") and not ftms.is_idle(b"\x00\x0d")
    assert ftms.response(b"\x80\x08\x01") == (8, 1)
    assert ftms.response(b"\x80\x08") is None
    assert ftms.advertises_treadmill(b"\x01\x01\x00") and ftms.advertises_treadmill(b"")
    assert not ftms.advertises_treadmill(b"\x01\x20\x00")


def test_slowing_asks_for_0_6_of_the_measured_speed_in_the_steps_of_the_machine() -> None:
    takes = SpeedRange(80, 10)
    assert slower(Measured(8.0, 0.5), takes) == bytes.fromhex("02 e001")
    assert slower(Measured(5.5, 0.5), takes) == bytes.fromhex("02 4a01")
    assert slower(Measured(8.0, 0.5), takes, reads_miles=True) == bytes.fromhex("02 2201")


@pytest.mark.parametrize(
    "told",
    [None, Measured(8.0, 3.1), Measured(8.0, -1.0), Measured(0.0, 0.1), Measured(1.3, 0.1)],
    ids=["never measured", "stale", "from the future", "stands still", "slow already"],
)
def test_what_cannot_be_slowed_safely_is_refused(told: Measured | None) -> None:
    with pytest.raises(InvalidArguments):
        slower(told, SpeedRange(80, 10))


def test_a_belt_at_its_slowest_is_better_stopped() -> None:
    with pytest.raises(InvalidArguments) as refused:
        slower(Measured(1.3, 0.1), SpeedRange(80, 10))
    assert refused.value.hint == "stop_treadmill stops it."


@given(measured, ranges, some.booleans())
def test_slowing_is_refused_or_never_above_0_6_of_what_was_just_measured(
    told: Measured | None, takes: SpeedRange, miles: bool
) -> None:
    try:
        write = slower(told, takes, reads_miles=miles)
    except InvalidArguments:
        return
    assert told is not None and 0 <= told.age <= 3 and told.speed > 0
    assert len(write) == 3 and write[0] == 2
    assert takes.lowest <= int.from_bytes(write[1:], "little")
    asked = ftms.target_of(write) * (1.609344 if miles else 1)
    assert asked <= 0.6 * round(told.speed, 2) + 1e-9
    assert asked * 1.609344 < told.speed + 0.01, "even where km/h are read as mph"


@given(some.binary(max_size=6), measured)
def test_nothing_passes_the_gate_but_control_stop_pause_and_slower(
    write: bytes, told: Measured | None
) -> None:
    check_gate(write, told)


@given(some.integers(0, 0x15), some.binary(max_size=3), measured)
def test_no_operation_passes_the_gate_with_whatever_follows_it(
    operation: int, rest: bytes, told: Measured | None
) -> None:
    check_gate(bytes([operation]) + rest, told)


def check_gate(write: bytes, told: Measured | None) -> None:
    try:
        assert allowed(write, told) == write
    except InvalidArguments:
        assert write not in (b"\x00", b"\x08\x01", b"\x08\x02")
        return
    if write in (b"\x00", b"\x08\x01", b"\x08\x02"):
        return
    assert write[0] == 2 and len(write) == 3
    assert told is not None and 0 <= told.age <= 3
    assert 0 < ftms.target_of(write) <= 0.6 * told.speed + 0.01 < told.speed + 0.01


@pytest.mark.parametrize("operation", [0x01, 0x03, 0x04, 0x05, 0x06, 0x07, 0x0C, 0x11])
def test_start_incline_reset_and_the_rest_are_refused_whoever_asks(operation: int) -> None:
    for rest in (b"", b"\x00", b"\x01", b"\x00\x00", b"\x64\x00"):
        with pytest.raises(InvalidArguments):
            allowed(bytes([operation]) + rest, Measured(8.0, 0.1))


def test_control_points_are_written_in_one_place() -> None:
    """Every transport's `write` is called by one method, which asks the gate."""
    calls = []
    for source in SOURCES:
        for node in ast.walk(ast.parse(source.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                calls += [
                    (source.name, node.name, ast.unparse(call.args[1]))
                    for call in ast.walk(node)
                    if isinstance(call, ast.Call) and ast.unparse(call.func).endswith("gatt.write")
                ]
    assert calls == [("treadmill_control.py", "_write", "allowed")]
