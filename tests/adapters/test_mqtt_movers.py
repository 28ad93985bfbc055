"""Shades, doors, locks and fans on MQTT."""

import pytest

from gateway.capabilities.cover import CoverChange
from gateway.capabilities.fan import FanChange
from gateway.capability import Nothing
from gateway.errors import DeviceRefused, InvalidArguments
from tests.adapters.mqtt_configs import COVER
from tests.adapters.mqtt_rig import Bench


async def test_a_shade_shows_a_target_only_once_it_moves_that_way() -> None:
    bench = Bench(COVER)
    bench.hear("s/pos", "0")
    bench.hear("s/state", "open")
    assert bench.shows("cover") == {"open": 100, "moving": "no"}
    await bench.capability("cover").set_shades(CoverChange(open=20))
    assert bench.sent == [("s/pos/set", "204")]
    assert "target_open" not in bench.shows("cover")
    bench.hear("s/state", "closing")
    assert bench.shows("cover") == {"open": 100, "target_open": 20, "moving": "closing"}
    bench.hear("s/pos", "204")
    bench.hear("s/state", "stopped")
    assert bench.shows("cover") == {"open": 20, "target_open": 20, "moving": "no"}
    bench.hear("s/state", "opening")
    assert "target_open" not in bench.shows("cover")


async def test_a_shade_without_positions_is_not_sent_halfway() -> None:
    bench = Bench({"platform": "cover", "command_topic": "s/set", "payload_stop": None})
    cover = bench.capability("cover")
    with pytest.raises(InvalidArguments):
        await cover.set_shades(CoverChange(open=50))
    with pytest.raises(DeviceRefused):
        await cover.set_shades(CoverChange(stop=True))
    await cover.set_shades(CoverChange(open=0))
    assert bench.sent == [("s/set", "CLOSE")]


async def test_a_cover_that_is_a_door_is_a_garage() -> None:
    for kind in ("garage", "gate", "door"):
        bench = Bench(COVER | {"device_class": kind})
        bench.hear("s/pos", "255")
        assert bench.shows("garage") == {"open": False}
        await bench.capability("garage").open_garage(Nothing())
        assert bench.sent == [("s/pos/set", "0")]


async def test_a_lock_is_locked_and_unlocked_and_never_opened() -> None:
    bench = Bench(
        {
            "platform": "lock",
            "state_topic": "k",
            "command_topic": "k/set",
            "payload_open": "OPEN",
            "command_template": '{"do": "{{ value }}", "code": "{{ code }}"}',
        }
    )
    for word, shown in (
        ("LOCKED", {"locked": True, "jammed": False}),
        ("UNLOCKING", {"jammed": False}),
        ("JAMMED", {"jammed": True}),
        ("nonsense", {"jammed": True}),
        ("UNLOCKED", {"locked": False, "jammed": False}),
    ):
        bench.hear("k", word)
        assert bench.shows("lock") == shown
    lock = bench.capability("lock")
    await lock.lock_door(Nothing())
    await lock.unlock_door(Nothing())
    assert bench.sent == [
        ("k/set", '{"do": "LOCK", "code": ""}'),
        ("k/set", '{"do": "UNLOCK", "code": ""}'),
    ]


async def test_a_fan_has_as_many_speeds_as_it_says() -> None:
    bench = Bench(
        {
            "platform": "fan",
            "state_topic": "f",
            "command_topic": "f/set",
            "percentage_state_topic": "f/pct",
            "percentage_command_topic": "f/pct/set",
            "speed_range_max": 3,
        }
    )
    bench.hear("f", "ON")
    bench.hear("f/pct", "2")
    assert bench.shows("fan") == {"on": True, "speed": 66.7}
    limit = bench.device.limits["fan"]["speed"]
    fan = bench.capability("fan")
    await fan.set_fan(FanChange(speed=round(3 * (limit.step or 0), 6)))
    await fan.set_fan(FanChange(speed=0))
    assert bench.sent == [("f/set", "ON"), ("f/pct/set", "3"), ("f/set", "OFF")]
