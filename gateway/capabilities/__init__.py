"""Every kind of thing that a device can do: declarations, and nothing else."""

from gateway.capabilities.climate import Climate
from gateway.capabilities.cover import Cover
from gateway.capabilities.energy import Energy
from gateway.capabilities.light import Light
from gateway.capabilities.media import Media
from gateway.capabilities.sensors import Button, Contact, Measurement, Occupancy
from gateway.capabilities.switch import Switch
from gateway.capability import Capability

CAPABILITIES: tuple[type[Capability], ...] = (
    Switch,
    Light,
    Media,
    Climate,
    Cover,
    Contact,
    Occupancy,
    Energy,
    Measurement,
    Button,
)
KINDS: dict[str, type[Capability]] = {kind.name: kind for kind in CAPABILITIES}
