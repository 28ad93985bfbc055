"""The words for what devices show: states, quantities, units, comparisons; over folded text."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class State:
    """A state, by the patterns of its words; `tests` are the conditions that show it."""

    words: str
    name: str
    opposite: str
    tests: tuple[str, ...]


STATES = (
    State(
        r"no motion|no movement|no presence|no one|nobody|empty|unoccupied|vacant|motionless",
        "empty",
        "occupied",
        ("occupancy.occupied == false",),
    ),
    State(
        r"motion|movement|somebody|someone|anybody|anyone|occupied|presence|people|moves",
        "occupied",
        "empty",
        ("occupancy.occupied == true",),
    ),
    State(
        r"offline|unreachable|disconnected|disconnects|unavailable|dead|unresponsive|answering no",
        "offline",
        "online",
        (".online == false",),
    ),
    State(
        r"online|reachable|connected|answering|back|available",
        "online",
        "offline",
        (".online == true",),
    ),
    State(r"unlocked|unlocks", "unlocked", "locked", ("lock.locked == false",)),
    State(r"locked|locks", "locked", "unlocked", ("lock.locked == true",)),
    State(
        r"leaking|leaks?|water|wet|flooded|flooding", "leaking", "dry", ("leak.leaking == true",)
    ),
    State(r"dry", "dry", "leaking", ("leak.leaking == false",)),
    State(r"unmuted", "unmuted", "muted", ("media.muted == false",)),
    State(r"muted", "muted", "unmuted", ("media.muted == true",)),
    State(
        r"stops? playing|stopped playing|silent|paused|quiet",
        "silent",
        "playing",
        ("media.playing == false",),
    ),
    State(r"playing|plays|music", "playing", "silent", ("media.playing == true",)),
    State(r"moving", "moving", "still", ('cover.moving in ["opening", "closing"]',)),
    State(
        r"closed|closes|close|shut|shuts",
        "closed",
        "open",
        ("contact.open == false", "garage.open == false", "cover.open == 0"),
    ),
    State(
        r"open|opens|opened|ajar",
        "open",
        "closed",
        ("contact.open == true", "garage.open == true", "cover.open > 0"),
    ),
    State(
        r"off",
        "off",
        "on",
        (
            "light.on == false",
            "switch.on == false",
            'climate.mode == "off"',
            "fan.on == false",
            "treadmill.running == false",
        ),
    ),
    State(
        r"on|lit|running",
        "on",
        "off",
        (
            "light.on == true",
            "switch.on == true",
            'climate.mode != "off"',
            "fan.on == true",
            "treadmill.running == true",
        ),
    ),
)
FIELDS = (
    (r"target temperature|set ?point|thermostat setting", "climate.target_temperature"),
    (r"colou?r temperature", "light.color_temperature"),
    (r"temperature|temp", "measurement.temperature climate.temperature water.temperature"),
    (r"humidity|moisture", "measurement.humidity climate.humidity"),
    (r"illuminance|light level|lux", "measurement.illuminance"),
    (r"air pressure|pressure|barometer", "measurement.pressure"),
    (r"co2|carbon dioxide|air quality", "measurement.co2"),
    (r"ph(?: value)?", "measurement.ph"),
    (r"salt(?: level)?", "measurement.salt"),
    (r"battery(?: level)?", "measurement.battery"),
    (r"heart ?rate|pulse", "treadmill.heart_rate"),
    (r"speed", "treadmill.speed fan.speed"),
    (r"orp|redox", "measurement.orp"),
    (r"energy today|today's energy|energy", "energy.today"),
    (r"total energy|meter", "energy.total"),
    (r"power consumption|power draw|power|consumption|wattage|usage", "energy.power"),
    (r"voltage", "energy.voltage"),
    (r"amperage|current", "energy.current"),
    (r"brightness", "light.brightness measurement.illuminance"),
    (r"volume|loudness", "media.volume"),
    (r"valve", "climate.valve"),
    (r"position|opening", "cover.open"),
)
UNITS = (
    (r"°f|degrees? f(?:ahrenheit)?|fahrenheit|f", "F", ""),
    (r"°c|degrees? c(?:elsius)?|celsius|c", "C", ""),
    (r"degrees?|°", "", "measurement.temperature climate.temperature water.temperature"),
    (r"%|percent", "%", "measurement.humidity climate.humidity"),
    (r"kwh", "kWh", "energy.today"),
    (r"kw|kilowatts?", "kW", "energy.power"),
    (r"w|watts?", "W", "energy.power"),
    (r"mv", "mV", "measurement.orp"),
    (r"v|volts?", "V", "energy.voltage"),
    (r"a|amps?|amperes?", "A", "energy.current"),
    (r"lx|lux", "lx", "measurement.illuminance"),
    (r"ppm", "ppm", "measurement.co2 measurement.salt"),
    (r"km/h|kmh", "km/h", "treadmill.speed"),
    (r"bpm", "bpm", "treadmill.heart_rate"),
    (r"hpa|mbar", "hPa", "measurement.pressure"),
    (r"k|kelvin", "K", "light.color_temperature"),
)
OPERATORS = (
    (r">=|≥|at least|no less than|not less than|reaches|reached|rises to", ">=", "at least"),
    (r"<=|≤|at most|no more than|not more than|drops? to|falls? to", "<=", "at most"),
    (
        r"<|below|under|beneath|less than|lower than|fewer than|colder than|cooler than",
        "<",
        "below",
    ),
    (
        r">|above|over|more than|greater than|higher than|hotter than|warmer than|exceeds|exceeded",
        ">",
        "above",
    ),
    (r"==?|equals|exactly|is|at", "==", "of"),
)
SPELLED = {
    "co2": "CO2",
    "ph": "pH",
    "today": "use today",
    "total": "use in all",
    "open": "position",
}
