"""What reports: contacts, presence, leaks, measurements, buttons."""

from typing import Annotated, Any, Literal

from pydantic import Field

from gateway.capability import Capability, Nothing, Risk, action, event
from gateway.errors import DeviceRefused
from gateway.quantities import Percent, Sampled, Units, degrees
from gateway.schema import Model


class ContactState(Model):
    """Whether a window, a door or a lid is open."""

    open: bool


class Contact(Capability):
    """A window or door contact. Matter Boolean State 0x0045."""

    name = "contact"
    State = ContactState

    @classmethod
    def sentence(cls, state: Any, units: Units = "metric") -> str:
        return "open" if state.open else "closed"


class OccupancyState(Model):
    """Whether somebody is there."""

    occupied: bool


class Occupancy(Capability):
    """A motion or presence sensor. Matter Occupancy Sensing 0x0406."""

    name = "occupancy"
    State = OccupancyState

    @classmethod
    def sentence(cls, state: Any, units: Units = "metric") -> str:
        return "somebody is there" if state.occupied else "nobody is there"


class LeakState(Model):
    """Whether there is water where none should be."""

    leaking: bool


class Leak(Capability):
    """A water leak detector. Matter Boolean State 0x0045 of device type 0x0043."""

    name = "leak"
    State = LeakState

    @classmethod
    def sentence(cls, state: Any, units: Units = "metric") -> str:
        return "leaking" if state.leaking else "dry"


class MeasurementState(Model):
    """Named quantities. What a device does not measure is absent."""

    temperature: Annotated[float, Sampled(0.2, "°C")] | None = None
    """°C"""
    humidity: Annotated[Percent, Sampled(2, "%")] | None = None
    """%"""
    illuminance: Annotated[float, Field(ge=0), Sampled(10, "lx")] | None = None
    """lux, or the maker's own scale where it has no lux"""
    pressure: Annotated[float, Sampled(1, "hPa")] | None = None
    """hPa"""
    co2: Annotated[float, Field(ge=0), Sampled(25, "ppm")] | None = None
    """ppm"""
    ph: Annotated[float, Sampled(0.05, "pH")] | None = None
    orp: Annotated[float, Sampled(10, "mV")] | None = None
    """mV"""
    salt: Annotated[float, Field(ge=0), Sampled(50, "ppm")] | None = None
    """ppm"""
    pm25: Annotated[float, Field(ge=0), Sampled(2, "µg/m³")] | None = None
    """µg/m³"""
    battery: Annotated[Percent, Sampled(2, "%")] | None = None
    """%"""


class Measurement(Capability):
    """Sensors of quantities. Matter Temperature 0x0402, Humidity 0x0405, Illuminance 0x0400, …"""

    name = "measurement"
    State = MeasurementState

    @classmethod
    def sentence(cls, state: Any, units: Units = "metric") -> str:
        marks = {"humidity": "%", "illuminance": "lx", "pressure": "hPa"}
        marks |= {"co2": "ppm CO2", "ph": "pH", "orp": "mV"}
        marks |= {"salt": "ppm salt", "pm25": "µg/m³ PM2.5", "battery": "% battery"}
        told = state.model_dump(exclude_none=True)
        said = [f"{told[name]:g} {mark}" for name, mark in marks.items() if name in told]
        if state.temperature is not None:
            said.insert(0, degrees(state.temperature, units))
        return ", ".join(said) or "unknown"


Press = Literal["short", "double", "long"]


class ButtonState(Model):
    """The last press that was heard."""

    last: Press | None = None
    presses: int = 0
    """presses heard since homeport started"""


class ButtonPress(Model):
    """How a key was pressed."""

    press: Press


class Button(Capability):
    """A push button or a remote's key. Matter Switch 0x003B."""

    name = "button"
    State = ButtonState

    @action(idempotent=False, reversible=False, risk=Risk.SAFETY, exact=True)
    async def press_button(self, change: Nothing) -> None:
        """Press a device's own button that the owner has made writable."""

    @event
    def pressed(self, data: ButtonPress) -> None:
        """A key was pressed."""

    @classmethod
    def sentence(cls, state: Any, units: Units = "metric") -> str:
        return f"last pressed {state.last}" if state.last else "not pressed yet"


class Key(Button):
    """A button that is there for people alone."""

    async def press_button(self, change: Nothing) -> None:
        raise DeviceRefused("only a person can press this button")
