"""What Sonos players are told, order after order; all of it raises GatewayError."""

from adapters.sonos_facts import PLAYING, streams
from adapters.sonos_music import Music
from adapters.sonos_wire import Wire
from gateway.errors import DeviceRefused

ORDERS = {"pause": "Pause", "stop": "Stop", "next": "Next", "previous": "Previous"}
CANNOT_NOW, EMPTY_ALREADY = "701", "804"


async def play(wire: Wire, uid: str, music: Music) -> None:
    """Have a leader play something: a stream by itself, anything else as its whole queue."""
    if streams(music.uri):
        await load(wire, music.uri, music.metadata)
    else:
        await _tolerant(wire, "RemoveAllTracksFromQueue", EMPTY_ALREADY)
        added = await wire.transport(
            "AddURIToQueue",
            EnqueuedURI=music.uri,
            EnqueuedURIMetaData=music.metadata,
            DesiredFirstTrackNumberEnqueued=0,
            EnqueueAsNext=0,
        )
        await load(wire, f"x-rincon-queue:{uid}#0")
        number = added.get("FirstTrackNumberEnqueued", "1")
        await wire.transport("Seek", Unit="TRACK_NR", Target=number)
    await obey(wire, "resume")


async def obey(wire: Wire, order: str) -> None:
    """Have a leader go on, pause, stop or skip; to be silent already is no refusal."""
    if order == "resume":
        await wire.transport("Play", Speed=1)
    elif order in ("pause", "stop"):
        refused = await _tolerant(wire, ORDERS[order], CANNOT_NOW)
        if refused is not None:
            now = await wire.transport("GetTransportInfo")
            if now.get("CurrentTransportState") in PLAYING:
                raise refused
    else:
        await wire.transport(ORDERS[order])


async def play_input(wire: Wire, uri: str) -> None:
    """Have a player play what is plugged in; a television begins by itself."""
    await load(wire, uri)
    await _tolerant(wire, "Play", CANNOT_NOW, Speed=1)


async def follow(wire: Wire, leader: str) -> None:
    """Have a player leave its group and play what this leader plays."""
    await load(wire, f"x-rincon:{leader}")


async def load(wire: Wire, uri: str, metadata: str = "") -> None:
    """Set what plays next; a member that is told so leaves its group."""
    await wire.transport("SetAVTransportURI", CurrentURI=uri, CurrentURIMetaData=metadata)


async def adjust(
    wire: Wire, volume: float | None = None, change: float | None = None, mute: bool | None = None
) -> None:
    """Set a player's own loudness; a change that goes too far goes as far as there is."""
    if volume is not None:
        await wire.sound("SetVolume", DesiredVolume=round(volume))
    if change is not None:
        await wire.sound("SetRelativeVolume", Adjustment=round(change))
    if mute is not None:
        await wire.sound("SetMute", DesiredMute=int(mute))


async def _tolerant(
    wire: Wire, action: str, code: str, **arguments: object
) -> DeviceRefused | None:
    """Call AVTransport; return the refusal where it has this UPnP code."""
    try:
        await wire.transport(action, **arguments)
    except DeviceRefused as refused:
        if refused.more.get("upnp") != code:
            raise
        return refused
    return None
