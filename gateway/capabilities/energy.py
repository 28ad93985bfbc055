"""What a device draws."""

from typing import Annotated, Any

from gateway.capability import Capability
from gateway.quantities import KilowattHours, Sampled, Units, Watts
from gateway.schema import Model


class EnergyState(Model):
    """Power and energy as the device itself meters them."""

    power: Watts | None = None
    """watts now"""
    today: KilowattHours | None = None
    """kWh since midnight"""
    total: KilowattHours | None = None
    """kWh since the meter was reset"""
    voltage: Annotated[float, Sampled(2, "V")] | None = None
    """volts"""
    current: Annotated[float, Sampled(0.05, "A")] | None = None
    """amperes"""


class Energy(Capability):
    """A meter. Matter Electrical Power Measurement 0x0090, Electrical Energy Measurement 0x0091."""

    name = "energy"
    State = EnergyState

    @classmethod
    def sentence(cls, state: Any, units: Units = "metric") -> str:
        if state.power is not None:
            return f"{state.power:.1f} W"
        return f"{state.total or 0:.2f} kWh in all"
