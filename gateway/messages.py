"""What is said to people: addresses, messages, digests, and what became of them."""

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol
from urllib.parse import urlsplit

from pydantic import SecretStr

from gateway.clock import HomeClock
from gateway.errors import GatewayError
from gateway.held import Held
from gateway.text import clean

LONGEST_MESSAGE = 1000
LONGEST_TITLE = 100
LONGEST_LINE = 160
DIGEST_BYTES = 3500
"""ntfy makes a file of what is longer than 4,096 bytes."""
MOST_LINES = 20
_DAY = timedelta(days=1)

Kind = Literal["ntfy", "mail", "webhook"]
_KINDS: dict[str, Kind] = {"ntfy": "ntfy", "mailto": "mail", "webhook": "webhook"}
_TOPIC = re.compile(r"[-_A-Za-z0-9]{1,64}")
_MAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")


def mail_address(text: str) -> str:
    """Return a plain address; raise ValueError for a name with one, a list, or a line break."""
    if len(text) > 254 or not _MAIL.fullmatch(text):
        raise ValueError("a mail address is written anna@example.org, in ASCII")
    return text


@dataclass(frozen=True, slots=True)
class Address:
    """Where a person is reached. Its target may open more than a letter box: it is not shown."""

    kind: Kind
    host: str
    target: str = field(repr=False)
    token: SecretStr | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, text: str, token: SecretStr | None = None) -> "Address":
        """Return the address of a line of the settings; raise ValueError without quoting it."""
        scheme, colon, target = text.partition(":")
        kind = _KINDS.get(scheme)
        if not colon or kind is None:
            raise ValueError("an address begins with ntfy:, mailto: or webhook:")
        if kind == "mail":
            return cls(kind, mail_address(target).rpartition("@")[2], target)
        host = _web_host(target)
        if kind == "ntfy" and not _TOPIC.fullmatch(target.rpartition("/")[2]):
            raise ValueError(
                "an ntfy address ends in its topic: ntfy:https://ntfy.example.org/anna"
            )
        return cls(kind, host, target, token if kind == "ntfy" else None)


def _web_host(url: str) -> str:
    if not url.isascii() or not url.isprintable() or " " in url:
        raise ValueError("a URL has neither spaces nor letters outside of ASCII")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("this is no URL") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise ValueError("after ntfy: or webhook: comes a URL that begins with https://")
    if "@" in parts.netloc:
        raise ValueError("a name or password does not belong into a URL")
    return parts.hostname


@dataclass(frozen=True, slots=True)
class Message:
    """One message, ready to go; `id` stays the same when it is tried again."""

    text: str
    title: str | None
    sent: str
    urgent: bool = False
    picture: bytes | None = field(default=None, repr=False)
    id: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def picture_type(self) -> str:
        """Return the picture's subtype of image/, by its first bytes."""
        start = (self.picture or b"")[:12]
        if start.startswith(b"\x89PNG"):
            return "png"
        return "webp" if start.startswith(b"RIFF") and start.endswith(b"WEBP") else "jpeg"

    @property
    def picture_name(self) -> str:
        return "picture." + self.picture_type.replace("jpeg", "jpg")


class ChannelFailed(GatewayError):
    """A message did not go out; the sentence names no more of the address than its host."""

    code, status, title = "not_delivered", 502, "The message did not go out"

    def __init__(
        self, detail: str, *, transient: bool = False, hint: str | None = None, **more: Any
    ) -> None:
        super().__init__(detail, hint=hint, **more)
        self.transient = transient


class Channels(Protocol):
    """The ways out of the house."""

    async def send(self, address: Address, message: Message) -> str | None:
        """Send one message once; return what is to be said of it, such as a picture left out.

        Raises ChannelFailed.
        """


@dataclass(frozen=True, slots=True)
class Became:
    """What became of a message on one channel."""

    channel: Kind
    outcome: Literal["sent", "held", "failed"]
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Notified:
    """What became of a message to one person."""

    to: str
    channels: tuple[Became, ...]

    @property
    def sent(self) -> bool:
        return any(one.outcome == "sent" for one in self.channels)

    @property
    def held(self) -> bool:
        return any(one.outcome == "held" for one in self.channels)


def tidy(text: str) -> str:
    """Return `text` made harmless and capped, its lines kept."""
    lines = [line for line in (clean(one, LONGEST_MESSAGE) for one in text.splitlines()) if line]
    kept = "\n".join(lines[:MOST_LINES]) + ("\n…" if len(lines) > MOST_LINES else "")
    return kept if len(kept) <= LONGEST_MESSAGE else kept[: LONGEST_MESSAGE - 1] + "…"


def digest(held: Sequence[Held], clock: HomeClock) -> Message:
    """Return one message that says all that waited; the same one said often is counted."""
    now = clock.now()
    if len(held) == 1:
        (only,) = held
        text = f"{only.text}\n({_when(only.at, clock)})"
        return Message(text, only.title, clock.local(now))
    said: dict[tuple[str | None, str], list[Held]] = {}
    for one in held:
        said.setdefault((one.title, one.text), []).append(one)
    titles = {one.title for one in held}
    lines = [_line(same, clock, titled=len(titles) > 1) for same in said.values()]
    kept = _fitting(lines)
    if len(kept) < len(lines):
        left = sum(len(same) for same in list(said.values())[len(kept) :])
        kept.append(f"… and {left} more")
    common = f"{titles.pop()}: " if len(titles) == 1 and None not in titles else ""
    return Message("\n".join(kept), f"{common}{len(held)} messages", clock.local(now))


def _fitting(lines: Sequence[str]) -> list[str]:
    kept, used = [], 0
    for line in lines:
        used += len(line.encode()) + 1
        if used > DIGEST_BYTES:
            break
        kept.append(line)
    return kept


def _line(same: Sequence[Held], clock: HomeClock, *, titled: bool) -> str:
    first = same[0]
    title = f"{first.title}: " if titled and first.title else ""
    often = f" ({len(same)} times)" if len(same) > 1 else ""
    return f"{_when(first.at, clock)} {clean(title + first.text, LONGEST_LINE)}{often}"


def _when(moment: datetime, clock: HomeClock) -> str:
    if clock.now() - moment < _DAY:
        return f"{moment.astimezone(clock.zone):%H:%M}"
    return clock.said(moment)
