"""The case of the Sonos adapter: SoCo's words before a simulated household."""

from adapters.sonos import SonosAdapter
from gateway.adapter import Sighting
from simulators.faults import FaultProxy
from simulators.sonos import Household, Player
from simulators.sonos_library import HARBOUR
from tests.contract.case import ByHand, Case, Command, Fields

PORT = 1400
POLL, SEEN_WITHIN = 2.0, 1.5
"""What is seen before the next look was pushed."""
ROOMS = {
    "Kitchen": "127.0.75.11",
    "Living Room": "127.0.75.12",
    "Bath": "127.0.75.13",
    "Hall": "127.0.75.14",
}
PROXY = "127.0.75.21"

KITCHEN, LIVING, BATH, HALL = (
    f"sonos-rincon_000e58004b{number:02x}01400" for number in (11, 12, 13, 14)
)


class SonosCase(Case):
    """Four players: two alone and silent, two in a group that plays an album; Bath leads it."""

    adapter = "adapters.sonos:SonosAdapter"
    ids = frozenset({KITCHEN, LIVING, BATH, HALL})
    falls = frozenset({KITCHEN})
    addresses = frozenset(ROOMS.values())
    there = Command(
        "a speaker plays an album",
        KITCHEN,
        "play_music",
        {"what": "Harbour Songs"},
        lambda case: case.heard("Kitchen") == "Low Water",
        {"playing": True, "title": "Low Water", "artist": "The Quays", "album": "Harbour Songs"},
    )
    back = Command(
        "a speaker is paused",
        KITCHEN,
        "control_music",
        {"do": "pause"},
        lambda case: case.heard("Kitchen") is None,
        {"playing": False},
    )
    elsewhere = Command(
        "a speaker's volume is set",
        LIVING,
        "control_music",
        {"volume": 35},
        lambda case: case["Living Room"].volume == 35,
        {"volume": 35},
    )
    commands = (
        there,
        elsewhere,
        Command(
            "a speaker is made softer",
            LIVING,
            "control_music",
            {"change": -15},
            lambda case: case["Living Room"].volume == 5,
            {"volume": 5},
        ),
        Command(
            "a speaker is muted",
            LIVING,
            "control_music",
            {"mute": True},
            lambda case: case["Living Room"].mute,
            {"muted": True},
        ),
        Command(
            "a speaker plays a station",
            KITCHEN,
            "play_music",
            {"what": "radio meridian", "volume": 12},
            lambda case: (case.heard("Kitchen"), case["Kitchen"].volume) == ("Radio Meridian", 12),
            {"playing": True, "source": "Radio Meridian", "title": "Low Water", "volume": 12},
        ),
        Command(
            "a group is paused at a member",
            HALL,
            "control_music",
            {"do": "pause"},
            lambda case: case["Bath"].transport == "PAUSED_PLAYBACK",
            {"playing": False},
        ),
        Command(
            "a member leaves its group",
            HALL,
            "control_music",
            {"do": "ungroup"},
            lambda case: case["Hall"].leads and case["Bath"].members == [case["Bath"]],
            {"group": [], "playing": False},
        ),
    )
    by_hand = (
        ByHand(
            "the volume is turned",
            KITCHEN,
            "media",
            lambda case: case["Kitchen"].turn_volume(61),
            {"volume": 61},
            SEEN_WITHIN,
        ),
        ByHand(
            "a member's button is pressed",
            HALL,
            "media",
            lambda case: case["Hall"].press_play_pause(),
            {"playing": False},
            SEEN_WITHIN,
        ),
        ByHand(
            "the group's next track begins",
            HALL,
            "media",
            lambda case: case["Bath"].end_track(),
            {"title": "Lantern & Rope"},
            SEEN_WITHIN,
        ),
        ByHand(
            "a speaker joins the group from the maker's app",
            KITCHEN,
            "media",
            lambda case: case.house.join(case["Kitchen"], case["Bath"]),
            {"playing": True, "title": "Low Water", "group": sorted((BATH, HALL))},
            SEEN_WITHIN,
        ),
    )
    not_applicable = dict.fromkeys(
        (
            "test_a_bad_login_is_said_as_a_need_and_kept_secret",
            "test_a_good_login_is_kept_secret",
            "test_a_need_is_said_once_and_what_was_known_stays",
        ),
        "players want no login",
    )

    def __init__(self) -> None:
        self.house = Household(ROOMS)
        self.proxies = (FaultProxy((PROXY, PORT), (ROOMS["Kitchen"], PORT)),)

    def __getitem__(self, room: str) -> Player:
        return self.house[room]

    @property
    def settings(self) -> Fields:
        return {"poll": POLL}

    async def start(self) -> None:
        await self.house.start()
        bath = self["Bath"]
        bath.deck.insert(HARBOUR, 0)
        bath.deck.load(bath.deck.queue_uri, "", None)
        self.house.join(self["Hall"], bath)
        await bath.press_play_pause()

    async def stop(self) -> None:
        await self.house.stop()

    def sightings(self) -> list[Sighting]:
        at = ROOMS | {"Kitchen": PROXY}
        (target,) = SonosAdapter.ssdp
        return [Sighting("ssdp", address, PORT, target) for address in at.values()]

    async def unplug(self) -> None:
        await self["Kitchen"].unplug()

    async def plug_in(self) -> None:
        await self["Kitchen"].plug_in()

    def heard(self, room: str) -> str | None:
        """The title of what is to be heard in a room; None while it is silent."""
        player = self[room]
        return player.track.title if player.transport == "PLAYING" and player.track else None
