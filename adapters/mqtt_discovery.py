"""What devices say of themselves on MQTT: the configs of Home Assistant's discovery.

The documents are Home Assistant's on "MQTT": one topic for each entity
(`homeassistant/<component>/[<node>/]<object>/config`) or one for a whole device
(`homeassistant/device/<object>/config`). An empty payload takes back what was said. Everything here
is pure, and nothing of a payload is believed before it is looked at.
"""

import hashlib
import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from adapters.mqtt_abbreviations import DEVICE, whole
from adapters.mqtt_filters import first_line, parsed
from gateway.device import device_id
from gateway.text import clean

LARGEST = 64 * 1024
MOST_COMPONENTS = 500
LONGEST_TOPIC = 512
LONGEST_TEXT = 512
MOST_WORDS = 64
LONGEST_DEVICE_ID = 40
SHARED = (
    "availability",
    "availability_mode",
    "availability_template",
    "availability_topic",
    "payload_available",
    "payload_not_available",
    "command_topic",
    "state_topic",
    "qos",
    "encoding",
    "~",
)
"""What a device may say once for all its components."""

_LEVEL = re.compile(r"[a-zA-Z0-9_-]{1,200}")
_MAC = re.compile(r"(?:[0-9a-f]{2}[:-]?){5}[0-9a-f]{2}")


class Misconfigured(ValueError):
    """A config that makes no sense; the sentence says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Options:
    """The options of one entity, under their long names, each checked when it is asked for."""

    _values: Mapping[str, Any]

    def __contains__(self, name: str) -> bool:
        return self._values.get(name) is not None

    @property
    def names(self) -> Collection[str]:
        """The options that were given, also those that are null."""
        return self._values.keys()

    def raw(self, name: str) -> Any:
        return self._values.get(name)

    def text(self, name: str, default: str = "") -> str:
        """Return an option as the text that it would be as a payload."""
        value = self._values.get(name)
        if value is None:
            return default
        if not isinstance(value, str | bool | int | float) or len(str(value)) > LONGEST_TEXT:
            raise Misconfigured(f"{name} is no short text")
        return str(value)

    def template(self, *names: str) -> str:
        """Return the first of these templates that there is, or an empty text."""
        for name in names:
            value = self._values.get(name)
            if value is not None and not isinstance(value, str):
                raise Misconfigured(f"{name} is no template")
            if value:
                return str(value)
        return ""

    def number(self, name: str, default: float) -> float:
        value = self._values.get(name, default)
        try:
            number = default if value is None else float(value)
        except (TypeError, ValueError, OverflowError):
            raise Misconfigured(f"{name} is no number") from None
        if not math.isfinite(number):
            raise Misconfigured(f"{name} is no number")
        return number

    def flag(self, name: str, default: bool = False) -> bool:
        value = self._values.get(name)
        return value if isinstance(value, bool) else default

    def words(self, name: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Return a list of texts, at most MOST_WORDS of them."""
        value = self._values.get(name)
        if value is None:
            return default
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise Misconfigured(f"{name} is no list of words")
        return tuple(clean(one, 80) for one in value[:MOST_WORDS])

    def topic(self, name: str) -> str | None:
        """Return a topic that messages can be sent to, or None where there is none."""
        value = self._values.get(name)
        return None if value is None else checked_topic(value, name)


def checked_topic(value: Any, name: str) -> str:
    """Return a plain topic; raise Misconfigured where it is none, or one of many."""
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_TOPIC:
        raise Misconfigured(f"{name} is no topic")
    if set(value) & set("+#\0") or value.startswith("$") or not value.isprintable():
        raise Misconfigured(f"{name} is no plain topic")
    return value


@dataclass(frozen=True, slots=True)
class About:
    """The device that an entity belongs to."""

    id: str
    name: str
    maker: str
    model: str
    area: str | None
    connections: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Config:
    """One entity as it was told: its component, its key within the device, its options."""

    component: str
    key: str
    name: str
    about: About
    options: Options


@dataclass(frozen=True, slots=True)
class Place:
    """A discovery topic, taken apart."""

    component: str
    node: str
    object: str


def place(topic: str, prefix: str) -> Place | None:
    """Return what a discovery topic says; None where it is none."""
    levels = topic.removeprefix(f"{prefix}/").split("/")
    if not topic.startswith(f"{prefix}/") or levels.pop() != "config":
        return None
    if len(levels) not in (2, 3) or not all(_LEVEL.fullmatch(level) for level in levels):
        return None
    return Place(levels[0], levels[1] if len(levels) == 3 else "", levels[-1])


def configs(at: Place, payload: bytes) -> list[Config]:
    """Return the entities that a payload tells of; none where it takes them back.

    Raises Misconfigured where it makes no sense.
    """
    if len(payload) > LARGEST:
        raise Misconfigured(f"the config is larger than {LARGEST} bytes")
    if not payload.strip():
        return []
    told = _read(payload)
    if told.get("migrate_discovery") is True:
        return []
    if at.component != "device":
        return [_config(at.component, at, at.object, told)]
    components = told.get("components")
    if not isinstance(components, dict) or not isinstance(told.get("device"), dict):
        raise Misconfigured("a device's config needs device and components")
    shared = {name: told[name] for name in (*SHARED, "device") if name in told}
    found = []
    for key, one in list(components.items())[:MOST_COMPONENTS]:
        own = whole(one) if isinstance(one, dict) else {}
        platform = own.pop("platform", None)
        if isinstance(platform, str) and own:
            found.append(_config(platform, at, key, shared | own | {"device": told["device"]}))
    return found


def _read(payload: bytes) -> dict[str, Any]:
    try:
        told = parsed(payload.decode("utf-8"))
    except ValueError as error:
        raise Misconfigured(f"the config is no JSON: {first_line(str(error))}") from None
    if not isinstance(told, dict):
        raise Misconfigured("the config is no JSON object")
    return whole(told)


def _config(component: str, at: Place, key: str, told: dict[str, Any]) -> Config:
    values = _with_base(told)
    unique = values.get("unique_id")
    own = unique if isinstance(unique, str) and unique else "_".join(filter(None, (at.node, key)))
    name = values.get("name")
    said = clean(name, 80) if isinstance(name, str) else ""
    about = _about(values.get("device"), own, said)
    return Config(component, own, said, about, Options(values))


def _with_base(told: Mapping[str, Any]) -> dict[str, Any]:
    """Put the base topic in the place of `~`."""
    values, base = dict(told), told.get("~")
    availability = values.get("availability")
    if isinstance(availability, dict):
        availability = [availability]
    if isinstance(availability, list):
        listed = availability[:MOST_WORDS]
        values["availability"] = [whole(one) for one in listed if isinstance(one, dict)]
    if not isinstance(base, str) or len(base) > LONGEST_TOPIC:
        return values
    for one in (values, *values.get("availability", ())):
        for key, value in one.items():
            if key.endswith("topic") and isinstance(value, str):
                one[key] = _based(value, base)
    return values


def _based(topic: str, base: str) -> str:
    if topic.startswith("~"):
        return base + topic[1:]
    return topic[:-1] + base if topic.endswith("~") else topic


def _about(told: Any, own: str, name: str) -> About:
    device = whole(told, DEVICE) if isinstance(told, dict) else {}
    identifiers = _listed(device.get("identifiers"))
    connections = _connections(device.get("connections"))
    raw = next(iter(identifiers), None) or next(iter(connections), None) or own

    def said(option: str) -> str:
        value = device.get(option)
        return clean(value, 80) if isinstance(value, str) else ""

    return About(
        id=_short(device_id("mqtt", raw), raw),
        name=said("name") or name or clean(raw, 80),
        maker=said("manufacturer"),
        model=said("model"),
        area=said("suggested_area") or None,
        connections=connections,
    )


def _listed(value: Any) -> list[str]:
    several = value if isinstance(value, list) else [value]
    return [str(one)[:200] for one in several[:MOST_WORDS] if isinstance(one, str | int) and one]


def _connections(value: Any) -> tuple[str, ...]:
    """Return what another adapter would see of the same thing: its MAC addresses."""
    found = []
    for pair in value[:MOST_WORDS] if isinstance(value, list) else ():
        if isinstance(pair, list) and len(pair) == 2 and pair[0] == "mac":
            mac = str(pair[1]).strip().lower()
            if _MAC.fullmatch(mac):
                found.append("mac:" + re.sub("[^0-9a-f]", "", mac))
    return tuple(found)


def _short(id: str, raw: str) -> str:
    """Return an id that leaves room for those of parts, and is still one of its own."""
    if len(id) <= LONGEST_DEVICE_ID and id != "mqtt-":
        return id
    return f"{id[: LONGEST_DEVICE_ID - 9]}-{_digest(raw)}"


def slug(about: About, key: str) -> str:
    """Return what the key of an entity adds to the id of its device."""
    known = set(_tokens(about.id)) | {"zigbee2mqtt"}
    return "-".join(token for token in _tokens(key) if token not in known) or "part"


def part_id(about: About, key: str, alone: bool) -> str:
    """Return the id of a part; `alone` says that no other part is called alike."""
    id = f"{about.id}-{slug(about, key)}"
    return id if alone and len(id) <= 64 else f"{id[:55]}-{_digest(key)}"


def _tokens(text: str) -> list[str]:
    return re.findall("[a-z0-9]+", text.casefold())


def _digest(raw: str) -> str:
    return hashlib.sha256(raw.encode("utf-8", "replace")).hexdigest()[:8]
