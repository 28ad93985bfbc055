"""What leaves the house, as far as the core needs it; `senders` has the real ones."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.deliveries import Answer, Sender
from gateway.errors import Unreachable
from gateway.messages import Address, ChannelFailed, Channels, Message


class _NoSender:
    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        raise Unreachable("nothing leaves this home")


class _NoChannels:
    async def send(self, address: Address, message: Message) -> str | None:
        raise ChannelFailed("nothing leaves this home", transient=False)


@dataclass(frozen=True)
class Outside:
    """The ways out of the house; by default there are none."""

    sender: Sender = field(default_factory=_NoSender)
    channels: Channels = field(default_factory=_NoChannels)
