"""Speakers and televisions."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from gateway.capability import Capability, Nothing, Risk, Step, action, query
from gateway.quantities import Percent, Units
from gateway.schema import Model
from gateway.text import Untrusted


class MediaState(Model):
    """What a speaker is doing. What it cannot tell is absent."""

    playing: bool
    volume: Percent | None = None
    muted: bool | None = None
    title: Untrusted | None = None
    artist: Untrusted | None = None
    album: Untrusted | None = None
    source: Untrusted | None = None
    """station, playlist or input"""
    group: list[str] = Field(default_factory=list)
    """ids of the others that sound in sync with it"""


class PlayMusic(Model):
    """What to play."""

    what: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    """favourite, station, playlist or artist"""
    volume: Annotated[float, Field(ge=0, le=100)] | None = None
    """0-100"""
    together: bool = False
    """in sync"""


class ControlMusic(Model):
    """What to make of the music."""

    do: Literal["pause", "resume", "stop", "next", "previous", "ungroup"] | None = None
    volume: Annotated[float, Field(ge=0, le=100)] | None = None
    """0-100"""
    change: Annotated[float, Field(ge=-100, le=100)] | None = None
    """louder 10, softer -10"""
    mute: bool | None = None
    source: Annotated[str, Field(min_length=1, max_length=100)] | None = None

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("say what to do: do, volume, change, mute or source")
        if {"volume", "change"} <= self.model_fields_set:
            raise ValueError("volume and change exclude each other: send one")
        return self


class Favourite(Model):
    """Something that `play_music` knows by name."""

    name: Untrusted
    type: Literal["station", "playlist", "album", "track", "other"] = "other"


class Favourites(Model):
    """What can be played by name."""

    favourites: list[Favourite]


class QueuedTrack(Model):
    """One entry of a queue."""

    title: Untrusted
    artist: Untrusted | None = None
    album: Untrusted | None = None


class Queue(Model):
    """What plays next, in order; `current` is the place of the present track, from 0."""

    tracks: list[QueuedTrack]
    current: int | None = None


class Media(Capability):
    """A speaker or a television. Matter Media Playback 0x0506, Media Input 0x0507, and volume."""

    name = "media"
    State = MediaState
    also = "group"

    @action(idempotent=False, reversible=True, risk=Risk.COMFORT, settle=4.0, joint="together")
    async def play_music(self, change: PlayMusic, others: Sequence["Media"] = ()) -> None:
        """Play music, radio, a station, playlist, artist or favourite on speakers or TVs.
        Without what: go on playing."""

    @action(idempotent=False, reversible=True, risk=Risk.COMFORT, settle=3.0)
    async def control_music(self, change: ControlMusic) -> None:
        """Music already playing: pause, stop, next song, volume up or down, mute, source,
        ungroup."""

    @query
    async def favourites(self, about: Nothing) -> Favourites:
        """What this speaker can play by name."""
        raise NotImplementedError

    @query
    async def queue(self, about: Nothing) -> Queue:
        """What this speaker plays next."""
        raise NotImplementedError

    @classmethod
    def wanted(cls, action: str, change: Model, before: Model | None) -> dict[str, Any]:
        asked: dict[str, Any] = {}
        if isinstance(change, PlayMusic):
            asked["playing"] = True
        if isinstance(change, ControlMusic):
            if change.do in ("pause", "stop", "resume"):
                asked["playing"] = change.do == "resume"
            if change.do == "ungroup":
                asked["group"] = []
            if change.mute is not None:
                asked["muted"] = change.mute
            if change.change is not None and isinstance(before, MediaState):
                asked["volume"] = min(100.0, max(0.0, (before.volume or 0) + change.change))
        volume = getattr(change, "volume", None)
        return asked if volume is None else asked | {"volume": volume}

    @classmethod
    def sentence(cls, state: Any, units: Units = "metric") -> str:
        said = "playing" if state.playing else "silent"
        if state.playing and (state.title or state.source):
            said += f" “{state.title or state.source}”"
            if state.title and state.artist:
                said += f" by {state.artist}"
        if state.muted:
            return f"{said}, muted"
        return said if state.volume is None else f"{said}, volume {state.volume:.0f}"

    @classmethod
    def recreate(cls, state: Any) -> Sequence[Step]:
        kept = {"do": "resume" if state.playing else "pause"}
        volume = {} if state.volume is None else {"volume": state.volume}
        muted = {} if state.muted is None else {"mute": state.muted}
        return (Step("control_music", kept | volume | muted),)
