"""What the devices of the MQTT case are told, and what happens to them by hand."""

from typing import Any

from tests.contract.case import ByHand, Command, Fields

SEEN_WITHIN = 3.0

ZIGBEE = "mqtt-zigbee2mqtt_0x00158d0001a2b30"
LAMP, SHADE, LOCK, LEAK, MOTION, BELL = (f"{ZIGBEE}{number}" for number in range(1, 7))
PLUG, HEAT, FAN, GARAGE = "mqtt-a1b2c3", "mqtt-study-heat", "mqtt-ceiling-fan", "mqtt-garage-door"
POOL, OTHER = "mqtt-pool1", "mqtt-d4e5f6"
SETPOINT, SPA = f"{POOL}-pool-setpoint", f"{POOL}-spa-setpoint"


def order(
    says: str, device: str, tool: str, arguments: Fields, shows: Fields, topic: str, payload: str
) -> Command:
    """A command that must reach a device as this payload, the last that it is told."""

    def arrived(case: Any) -> bool:
        told = [payload for on, payload in case.house.received if on == topic]
        return told[-1:] == [payload]

    return Command(says, device, tool, arguments, arrived, shows)


def hand(says: str, thing: str, device: str, kind: str, shows: Fields, **values: Any) -> ByHand:
    """A change at a device of the house."""

    def change(case: Any) -> None:
        getattr(case.house, thing).by_hand(**values)

    return ByHand(says, device, kind, change, shows, SEEN_WITHIN)


THERE = Command(
    "a plug turns on",
    PLUG,
    "set_switch",
    {"on": True},
    lambda case: case.house.plug.on,
    {"on": True},
)
BACK = Command(
    "a plug turns off",
    PLUG,
    "set_switch",
    {"on": False},
    lambda case: not case.house.plug.on,
    {"on": False},
)
AWAY = Command(
    "a plug of another broker turns on",
    OTHER,
    "set_switch",
    {"on": True},
    lambda case: case.other.on,
    {"on": True},
)
COMMANDS = (
    THERE,
    AWAY,
    order(
        "a lamp is dimmed",
        LAMP,
        "set_light",
        {"brightness": 35},
        {"on": True, "brightness": 35},
        "zigbee2mqtt/reading_lamp/set",
        '{"state": "ON", "brightness": 89}',
    ),
    order(
        "a lamp shows a colour",
        LAMP,
        "set_light",
        {"color": "#ff8800"},
        {"on": True, "color": "#ff8800"},
        "zigbee2mqtt/reading_lamp/set",
        '{"state": "ON", "color": {"x": 0.4712, "y": 0.4641}}',
    ),
    order(
        "a lamp shows a white",
        LAMP,
        "set_light",
        {"color_temperature": 4000},
        {"on": True, "color_temperature": 4000},
        "zigbee2mqtt/reading_lamp/set",
        '{"state": "ON", "color_temp": 250}',
    ),
    order(
        "a shade opens halfway",
        SHADE,
        "set_shades",
        {"open": 50},
        {"target_open": 50},
        "zigbee2mqtt/nursery_shade/set",
        '{ "position": 50 }',
    ),
    order(
        "a door is locked",
        LOCK,
        "lock_door",
        {},
        {"locked": True},
        "zigbee2mqtt/front_door/set",
        "LOCK",
    ),
    order(
        "a garage door is closed",
        GARAGE,
        "close_garage",
        {},
        {"target_open": False},
        "garage-door/command",
        "CLOSE",
    ),
    order(
        "a fan turns at a speed of its own",
        FAN,
        "set_fan",
        {"speed": 50},
        {"on": True, "speed": 50},
        "ceiling-fan/speed/command",
        "2",
    ),
    order(
        "a thermostat is set to a temperature",
        HEAT,
        "set_thermostat",
        {"temperature": 18.5, "unit": "C"},
        {"target_temperature": 18.5},
        "study-heat/target/command",
        "18.5",
    ),
    order(
        "a thermostat is turned off",
        HEAT,
        "set_thermostat",
        {"mode": "off"},
        {"mode": "off"},
        "study-heat/mode/command",
        "off",
    ),
    order(
        "a thermostat boosts",
        HEAT,
        "set_thermostat",
        {"preset": "boost"},
        {"preset": "boost"},
        "study-heat/preset/command",
        "boost",
    ),
    order(
        "a number that the owner has named is set",
        SETPOINT,
        "set_number",
        {"value": 88},
        {"value": 88},
        "pool/1/pool_setpoint/set",
        "88",
    ),
    order(
        "an option that the owner has named is chosen",
        POOL,
        "set_option",
        {"option": "solar"},
        {"option": "solar"},
        "pool/1/mode/set",
        "solar",
    ),
    order(
        "a switch that the owner has named turns on",
        POOL,
        "set_switch",
        {"on": True},
        {"on": True},
        "pool/1/pump/set",
        "ON",
    ),
)
BY_HAND = (
    hand("a plug's button", "plug", PLUG, "switch", {"on": True}, on=True),
    hand("a load on a plug", "plug", PLUG, "energy", {"power": 42.5}, watts=42.5),
    hand("a lamp's remote", "lamp", LAMP, "light", {"on": True}, on=True),
    hand("a key in the door", "lock", LOCK, "lock", {"locked": True}, locked=True),
    hand("a fan's remote", "fan", FAN, "fan", {"on": True, "speed": 75}, on=True, speed=3),
    hand(
        "a thermostat's wheel",
        "thermostat",
        HEAT,
        "climate",
        {"target_temperature": 23.5},
        target=23.5,
    ),
    hand(
        "a room that gets warm",
        "thermostat",
        HEAT,
        "climate",
        {"temperature": 22.4, "doing": "idle"},
        temperature=22.4,
    ),
    hand("water on the floor", "leak", LEAK, "leak", {"leaking": True}, leaking=True),
    hand(
        "somebody in the hall",
        "motion",
        MOTION,
        "occupancy",
        {"occupied": True},
        occupied=True,
    ),
    hand("daylight", "motion", MOTION, "measurement", {"illuminance": 200}, illuminance=200),
    hand("a garage door", "garage", GARAGE, "garage", {"open": False}, state="closed"),
    hand("warmer water", "pool", POOL, "measurement", {"temperature": 28}, pool_temperature=82.4),
    hand("a setpoint at the pool", "pool", SPA, "number", {"value": 101}, spa_setpoint=101),
    ByHand(
        "a shade's remote",
        SHADE,
        "cover",
        lambda case: case.house.shade.go(30),
        {"open": 30, "moving": "no"},
        SEEN_WITHIN,
    ),
    ByHand(
        "a visitor at the door",
        BELL,
        "button",
        lambda case: case.house.doorbell.press(),
        {"last": "short", "presses": 1},
        SEEN_WITHIN,
    ),
    ByHand(
        "an impatient visitor",
        BELL,
        "button",
        lambda case: case.house.doorbell.press("hold"),
        {"last": "long", "presses": 1},
        SEEN_WITHIN,
    ),
)
