"""One device on MQTT: which of its entities it is itself, and which are its parts."""

from collections import Counter
from collections.abc import Collection, MutableMapping
from dataclasses import replace

from adapters.mqtt_climate import MqttClimate, MqttWater
from adapters.mqtt_discovery import About, Config, Misconfigured, part_id, slug
from adapters.mqtt_entity import Entity, Wire
from adapters.mqtt_lights import SCHEMAS
from adapters.mqtt_movers import MqttCover, MqttFan, MqttGarage, MqttLock
from adapters.mqtt_plain import (
    ONLY_PEOPLE,
    OUTLETS,
    MqttButton,
    MqttKey,
    MqttNumber,
    MqttSelect,
    MqttSwitch,
    MqttTrigger,
    Presses,
    key_of,
)
from adapters.mqtt_sensors import Gauge, Gauges, Meter, binary_kind, sensor_kind
from gateway.capabilities.sensors import ButtonState
from gateway.capability import Capability
from gateway.device import Device

KINDS: dict[str, type[Entity]] = {
    "button": MqttButton,
    "climate": MqttClimate,
    "device_automation": MqttTrigger,
    "event": MqttKey,
    "fan": MqttFan,
    "lock": MqttLock,
    "number": MqttNumber,
    "select": MqttSelect,
    "switch": MqttSwitch,
    "water_heater": MqttWater,
}
DOORS = ("garage", "gate", "door")
GENERIC = ("number", "select", "button")
WHOLE = ("light", "fan", "lock", "garage", "cover", "climate", "water")
"""Kinds beside which a device's switch is a setting of it, not the thing itself."""
METERED = frozenset(("power", "total", "today", "current"))
MOST_PROBLEMS = 5

Pressed = MutableMapping[str, ButtonState]


def entity(config: Config, wire: Wire) -> Entity | None:
    """Return what a config tells of; None where homeport has no use for it.

    Raises Misconfigured where it cannot be understood or must not be run.
    """
    disabled = config.options.raw("enabled_by_default") is False
    kind = None if disabled else _kind(config)
    return None if kind is None else kind(config, wire)


def _kind(config: Config) -> type[Entity] | None:
    match config.component:
        case "light":
            schema = config.options.text("schema", "default")
            if schema not in SCHEMAS:
                raise Misconfigured("its schema is not known")
            return SCHEMAS[schema]
        case "cover":
            door = config.options.text("device_class") in DOORS
            return MqttGarage if door else MqttCover
        case "sensor":
            return sensor_kind(config)
        case "binary_sensor":
            return binary_kind(config)
        case component:
            return KINDS.get(component)


class Unit:
    """One device: its entities by their keys, and what is wrong with others."""

    def __init__(self, about: About) -> None:
        self.about = about
        self.entities: dict[str, Entity] = {}
        self.problems: dict[str, tuple[Config, str]] = {}
        self.shown: dict[str, bool] = {}
        """Which of its devices were told of last, and whether as being there."""
        self.devices: list[Device] = []
        self.settled = False
        """Whether what was retained of it has been heard, so that it can be told of."""
        self._on: dict[str, list[Entity]] = {}

    @property
    def size(self) -> int:
        """How many entities it has, understood or not."""
        return len(self.entities) + len(self.problems)

    def sort_out(self) -> None:
        """Make problems of the entities whose limits make no sense."""
        for key, one in list(self.entities.items()):
            try:
                one.limits(False)
            except (ValueError, ArithmeticError) as error:
                one.close()
                del self.entities[key]
                said = error if isinstance(error, Misconfigured) else "its limits make no sense"
                self.problems[key] = (one.config, str(said))

    def build(self, writable: Collection[str], pressed: Pressed) -> None:
        """Make the devices anew, of the entities that there are now."""
        self._on, self.settled = {}, False
        self.sort_out()
        configs = [one.config for one in self.entities.values()]
        configs += [config for config, _ in self.problems.values()]
        if configs:
            self.about = min(configs, key=lambda one: (one.key, one.component)).about
        self.devices = _Placing(self, writable, pressed).devices()
        self.read_batteries()

    def there(self, device: Device) -> bool:
        """Say whether a device can be believed: the whole while any entity can."""
        if device.needs:
            return True
        own = self.entities.values() if device.id == self.about.id else self._on[device.id]
        return any(one.there for one in own)

    def hosts(self, device: Device, entity: Entity) -> None:
        """Take note that an entity stands on a device."""
        self._on.setdefault(device.id, []).append(entity)

    def read_batteries(self) -> None:
        """Pass on whether a battery runs low."""
        told = [one.battery_low for one in self.entities.values() if one.battery_low is not None]
        for device in self.devices[:1]:
            device.battery_low = any(told) if told else None

    def close(self) -> None:
        """Let no timer run on."""
        for one in self.entities.values():
            one.close()


class _Placing:
    """Puts the entities of a unit on the whole and on parts, always in the same order."""

    def __init__(self, unit: Unit, writable: Collection[str], pressed: Pressed) -> None:
        self._unit, self._writable, self._pressed = unit, writable, pressed
        about = unit.about
        self._whole = self._device(about.id, about.name)
        self._whole.area = about.area
        self._whole.connections = frozenset(about.connections)
        self._found = [self._whole]
        self._entities = sorted(unit.entities.values(), key=_rank)
        self._often = Counter(_kind_of(one) for one in self._entities)
        self._keys: dict[str, tuple[Device, Presses]] = {}
        remotes = [one.config for one in self._entities if isinstance(one, MqttTrigger)]
        self._often["button"] += len({key_of(config) for config in remotes})
        gauges = [one for one in self._entities if isinstance(one, Gauge)]
        self._fields, self._taken = {one.fills[1] for one in gauges}, set[str]()
        configs = [one.config for one in self._entities]
        configs += [config for config, _ in unit.problems.values()]
        self._slugs = Counter(slug(about, config.key) for config in configs)

    def devices(self) -> list[Device]:
        for one in self._entities:
            if isinstance(one, Gauge):
                self._place_gauge(one)
            elif isinstance(one, MqttTrigger):
                self._place_trigger(one)
            elif isinstance(one, Capability):
                self._place(one, one)
        for config, reason in list(self._unit.problems.values())[:MOST_PROBLEMS]:
            self._part(config, f"set this up anew on its device: {reason}")
        return self._found

    def _place(self, one: Entity, capability: Capability) -> None:
        device = self._whole if self._itself(one, capability.name) else self._part(one.config)
        self._unit.hosts(device, one)
        if isinstance(one, MqttKey):
            one.remember(self._pressed, f"{self._unit.about.id}/{one.config.key}")
        device.offer(capability, **one.limits(self._may_write(device, one)))

    def _itself(self, one: Entity, kind: str) -> bool:
        """Say whether an entity is what the device is. Of what only its maker knows, one of
        several never is: the owner's word for one must not become a word for another."""
        if kind in self._whole.capabilities:
            return False
        if kind == "switch" and any(self._often[other] for other in WHOLE):
            return False
        named = kind == "switch" and one.options.text("device_class") in OUTLETS
        generic = kind in GENERIC or (kind == "switch" and not named)
        return not generic or self._often[kind] == 1

    def _place_gauge(self, one: Gauge) -> None:
        """Let a sensor write on the whole; what measures a quantity once more is a part."""
        kind, field, _ = one.fills
        if field == "voltage" and not self._fields & METERED:
            return  # that of its battery, which the percentage tells better
        device = self._part(one.config) if field in self._taken else self._whole
        self._taken.add(field)
        board = device.capabilities.get(kind)
        if board is None:
            board = Gauges() if kind == "measurement" else Meter()
            device.offer(board)
        assert isinstance(board, Gauges | Meter)
        one.put = board.put
        if one.value is not None:
            one.tell()
        self._unit.hosts(device, one)

    def _place_trigger(self, one: MqttTrigger) -> None:
        """Let a trigger press its key: the device, where it has one key, or else a part."""
        key = key_of(one.config)
        if key not in self._keys:
            alone = self._often["button"] == 1
            device = self._whole if alone else self._part(replace(one.config, key=key, name=key))
            board = Presses()
            board.remember(self._pressed, f"{self._unit.about.id}/{key}")
            device.offer(board, **ONLY_PEOPLE)
            self._keys[key] = device, board
        device, board = self._keys[key]
        one.put = board.press
        self._unit.hosts(device, one)

    def _may_write(self, device: Device, one: Entity) -> bool:
        own = f"{self._unit.about.id}/{slug(self._unit.about, one.config.key)}"
        return device.id in self._writable or own in self._writable

    def _part(self, config: Config, *needs: str) -> Device:
        own = slug(self._unit.about, config.key)
        id = part_id(self._unit.about, config.key, self._slugs[own] == 1)
        whole = self._unit.about.name
        said = config.name or own.replace("-", " ")
        name = said if said.casefold().startswith(whole.casefold()) else f"{whole} {said}"
        device = self._device(id, name, self._whole.id, needs)
        self._found.append(device)
        return device

    def _device(
        self, id: str, name: str, part_of: str | None = None, needs: tuple[str, ...] = ()
    ) -> Device:
        about = self._unit.about
        return Device(id, name, maker=about.maker, model=about.model, part_of=part_of, needs=needs)


def _rank(one: Entity) -> tuple[bool, bool, str, str]:
    """What a device is comes before its settings, and what bears its name before the rest."""
    config = one.config
    return "entity_category" in config.options, bool(config.name), config.key, config.component


def _kind_of(one: Entity) -> str:
    return one.name if isinstance(one, Capability) else ""
