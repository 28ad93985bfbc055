"""What services and characteristics of HomeKit are called.

The short forms of their UUIDs are those of Apple's "HomeKit Accessory Protocol Specification,
Non-Commercial Version", release R2, chapters 8 and 9, and of its open HomeKitADK.
"""

BASE = "-0000-1000-8000-0026BB765291"
"""What the UUIDs of all that Apple has defined end with."""

INFORMATION = "3E"
LIGHTBULB, OUTLET, SWITCH = "43", "47", "49"
FAN, FAN_V2 = "40", "B7"
GARAGE, LOCK = "41", "45"
THERMOSTAT, HEATER_COOLER = "4A", "BC"
WINDOW, WINDOW_COVERING = "8B", "8C"
CONTACT_SENSOR, LEAK_SENSOR = "80", "83"
MOTION_SENSOR, OCCUPANCY_SENSOR = "85", "86"
HUMIDITY_SENSOR, LIGHT_SENSOR, TEMPERATURE_SENSOR = "82", "84", "8A"
AIR_QUALITY_SENSOR, BATTERY, CO2_SENSOR = "8D", "96", "97"
DOORBELL, PROGRAMMABLE_SWITCH = "121", "89"

MANUFACTURER, MODEL, NAME = "20", "21", "23"
CONFIGURED_NAME, LABEL_INDEX = "E3", "CB"
ACTIVE, ON = "B0", "25"
BRIGHTNESS, COLOR_TEMPERATURE, HUE, SATURATION = "8", "CE", "13", "2F"
ROTATION_SPEED = "29"
CURRENT_DOOR, OBSTRUCTION, TARGET_DOOR = "E", "24", "32"
CURRENT_LOCK, TARGET_LOCK = "1D", "1E"
CURRENT_POSITION, HOLD_POSITION, POSITION_STATE, TARGET_POSITION = "6D", "6F", "72", "7C"
CURRENT_TEMPERATURE, TARGET_TEMPERATURE = "11", "35"
COOLING_THRESHOLD, HEATING_THRESHOLD = "D", "12"
CURRENT_HEATING, TARGET_HEATING = "F", "33"
CURRENT_HEATER_COOLER, TARGET_HEATER_COOLER = "B1", "B2"
HUMIDITY, ILLUMINANCE, CO2_LEVEL, PM25 = "10", "6B", "93", "C6"
CONTACT, LEAK, MOTION, OCCUPANCY = "6A", "70", "22", "71"
BATTERY_LEVEL, LOW_BATTERY = "68", "79"
PRESS = "73"


def short(type: str) -> str:
    """Return the short form of a type, or the whole UUID of what a maker has defined himself."""
    tidy = type.upper()
    return tidy.removesuffix(BASE).lstrip("0") if tidy.endswith(BASE) else tidy.lstrip("0")
