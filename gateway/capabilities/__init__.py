"""Every kind of thing that a device can do: declarations, and nothing else."""

from gateway.capabilities.climate import Climate
from gateway.capabilities.cover import Cover
from gateway.capabilities.energy import Energy
from gateway.capabilities.fan import Fan
from gateway.capabilities.garage import Garage
from gateway.capabilities.generic import Number, Select
from gateway.capabilities.light import Light
from gateway.capabilities.lock import Lock
from gateway.capabilities.media import Media
from gateway.capabilities.sensors import Button, Contact, Leak, Measurement, Occupancy
from gateway.capabilities.switch import Switch
from gateway.capabilities.treadmill import Treadmill
from gateway.capabilities.water import Water
from gateway.capability import Capability

CAPABILITIES: tuple[type[Capability], ...] = (
    Switch,
    Light,
    Media,
    Climate,
    Cover,
    Garage,
    Lock,
    Fan,
    Water,
    Treadmill,
    Contact,
    Occupancy,
    Leak,
    Energy,
    Measurement,
    Button,
    Number,
    Select,
)
KINDS: dict[str, type[Capability]] = {kind.name: kind for kind in CAPABILITIES}
