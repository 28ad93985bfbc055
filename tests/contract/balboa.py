"""The case of the Balboa adapter: pybalboa before two simulated spas."""

from collections.abc import Mapping
from typing import Any, ClassVar

from gateway.adapter import Sighting
from simulators.balboa import PORT, PROBE_PORT, Spa
from simulators.faults import FaultProxy
from tests.contract.case import ByHand, Case, Command, Fields

BROADCAST = "127.255.255.255"
ADDRESS, OTHER_ADDRESS, BEFORE = "127.0.76.51", "127.0.76.52", "127.0.76.53"
MAC, OTHER_MAC = "001527000051", "001527000052"
SPA, OTHER = f"balboa-{MAC}", f"balboa-{OTHER_MAC}"
PUMP, BLOWER = f"{SPA}-pump-1", f"{SPA}-blower-1"
POLL, EVERY, SEEN_WITHIN = 0.5, 0.2, 3.0
TOGGLE, SET_TEMPERATURE = 0x11, 0x20
NO_LOGIN = "the Wi-Fi module has no login"


def toggles(code: int, count: int = 1) -> list[bytes]:
    """What reaches the panel when a key is pressed so often."""
    return [bytes([TOGGLE, code])] * count


def order(
    says: str, device: str, tool: str, arguments: Fields, shows: Fields, *received: bytes
) -> Command:
    """A command that must reach the spa as these messages and no others."""
    return Command(
        says, device, tool, arguments, lambda case: case.told(device) == list(received), shows
    )


def hand(says: str, device: str, kind: str, item: str, shows: Fields) -> ByHand:
    """A key of the panel."""
    return ByHand(says, device, kind, lambda case: case.spa.press(item), shows, SEEN_WITHIN)


def pump(says: str, arguments: Fields, level: int) -> Command:
    """A command to the first pump, which must then run at this of its speeds."""
    return Command(
        says,
        PUMP,
        "set_fan",
        arguments,
        lambda case: case.spa.pumps[0] == level,
        {"on": level > 0, "speed": 50.0 * level or None},
    )


class BalboaCase(Case):
    """A spa in °F with pumps and a blower, which falls, and a small one in °C."""

    adapter = "adapters.balboa:BalboaAdapter"
    falls = frozenset({SPA, PUMP, BLOWER, f"{SPA}-pump-2", f"{SPA}-circulation-pump"})
    ids = falls | {OTHER}
    addresses = frozenset({ADDRESS, OTHER_ADDRESS})
    there = pump("a pump runs fast", {"speed": 100}, 2)
    back = pump("a pump stops", {"on": False}, 0)
    elsewhere = order(
        "a spa in Celsius is set to a temperature",
        OTHER,
        "set_pool_or_spa",
        {"temperature": 37.5, "unit": "C"},
        {"target_temperature": 37.5},
        bytes([SET_TEMPERATURE, 75]),
    )
    commands = (
        there,
        elsewhere,
        order(
            "a pump runs slowly",
            PUMP,
            "set_fan",
            {"on": True},
            {"on": True, "speed": 50},
            *toggles(0x04),
        ),
        order("a blower blows", BLOWER, "set_fan", {"on": True}, {"on": True}, *toggles(0x0C)),
        order("a light turns on", SPA, "set_light", {"on": True}, {"on": True}, *toggles(0x11)),
        order(
            "a spa in Fahrenheit is set to a temperature",
            SPA,
            "set_pool_or_spa",
            {"temperature": 100, "unit": "F"},
            {"target_temperature": 37.78},
            bytes([SET_TEMPERATURE, 100]),
        ),
        order(
            "a spa rests",
            SPA,
            "set_pool_or_spa",
            {"heat": False},
            {"heat": False},
            *toggles(0x51),
        ),
    )
    by_hand = (
        hand("a pump's key", PUMP, "fan", "pump1", {"on": True, "speed": 50}),
        hand("a blower's key", BLOWER, "fan", "blower", {"on": True}),
        hand("a light's key", SPA, "light", "light1", {"on": True}),
        hand("the lower range", SPA, "water", "range", {"target_temperature": 26.67}),
        hand("the heat mode", SPA, "water", "heat", {"heat": False, "heating": False}),
        ByHand(
            "the target at the panel",
            SPA,
            "water",
            lambda case: case.spa.set_temperature(98),
            {"target_temperature": 36.67},
            SEEN_WITHIN,
        ),
        ByHand(
            "cold water",
            SPA,
            "water",
            lambda case: setattr(case.spa, "water", 88),
            {"temperature": 31.11, "heating": True},
            SEEN_WITHIN,
        ),
    )
    not_applicable: ClassVar[Mapping[str, str]] = {
        "test_a_bad_login_is_said_as_a_need_and_kept_secret": NO_LOGIN,
        "test_a_good_login_is_kept_secret": NO_LOGIN,
        "test_a_need_is_said_once_and_what_was_known_stays": NO_LOGIN,
    }

    def __init__(self, **options: Any) -> None:
        self.spa = Spa(ADDRESS, BROADCAST, mac=MAC, every=EVERY, **options)
        self.other = Spa(
            OTHER_ADDRESS,
            BROADCAST,
            mac=OTHER_MAC,
            every=EVERY,
            celsius=True,
            pumps=(1,),
            blower=False,
            circulation=False,
        )
        self.proxies = (FaultProxy((BEFORE, PORT), (ADDRESS, PORT)),)

    @property
    def settings(self) -> Fields:
        return {"poll": POLL}

    def told(self, device: str) -> list[bytes]:
        """Return what has reached the panel of a device and was no question."""
        return (self.other if device.startswith(OTHER) else self.spa).received

    async def start(self) -> None:
        await self.spa.start()
        await self.other.start()

    async def stop(self) -> None:
        await self.spa.stop()
        await self.other.stop()

    def sightings(self) -> list[Sighting]:
        said = f"BWGSPA\r\n{OTHER_MAC}\r\n".encode().hex()
        return [
            Sighting("configured", BEFORE, PORT, "balboa"),
            Sighting("broadcast", OTHER_ADDRESS, PROBE_PORT, "balboa", {"payload": said}),
        ]

    async def unplug(self) -> None:
        await self.spa.unplug()

    async def plug_in(self) -> None:
        await self.spa.plug_in()
