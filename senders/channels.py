"""The ways out of the house to people: ntfy, e-mail, webhook."""

from gateway.messages import Address, ChannelFailed, Message
from gateway.reach import MailSettings
from senders import ntfy
from senders.posting import Client, require


class Channels:
    """Sends by whatever an address names; made inside the event loop, closed at the end."""

    def __init__(self, mail_settings: MailSettings | None) -> None:
        self._mail = mail_settings
        self._client = Client()

    async def send(self, address: Address, message: Message) -> str | None:
        """Send one message once; return what is to be said of it; raise ChannelFailed."""
        if address.kind == "ntfy":
            return await ntfy.send(self._client, address, message)
        if address.kind == "webhook":
            return await self._webhook(address, message)
        if self._mail is None:
            raise ChannelFailed("no mail server is set: see [mail]", transient=False)
        from senders import mail  # its library is slow to load, and few homes send mail

        return await mail.send(self._mail, address, message)

    async def _webhook(self, address: Address, message: Message) -> str | None:
        body = {"title": message.title, "message": message.text, "sent": message.sent}
        status = await self._client.send("POST", address.target, address.host, json=body)
        require(status, address.host)
        return None if message.picture is None else "without its picture"

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()
