"""ntfy: to a phone by a topic. Follows https://docs.ntfy.sh/publish/."""

from base64 import b64encode

from gateway.messages import Address, Message
from senders.posting import Client, require

URGENT = 5
NO_ATTACHMENTS = (400, 413)
"""What a server answers that takes no files, or none of that size."""


async def send(client: Client, address: Address, message: Message) -> str | None:
    """Publish a message, with its picture where the server takes files.

    Returns that the picture was left out where it was; raises ChannelFailed.
    """
    if message.picture is not None:
        status = await _with_picture(client, address, message)
        if status not in NO_ATTACHMENTS:
            require(status, address.host)
            return None
    server, _, topic = address.target.rpartition("/")
    body: dict[str, str | int] = {"topic": topic, "message": message.text}
    if message.title:
        body["title"] = message.title
    if message.urgent:
        body["priority"] = URGENT
    status = await client.send(
        "POST", f"{server}/", address.host, headers=_authorization(address), json=body
    )
    require(status, address.host)
    return (
        None if message.picture is None else "without its picture, which the server does not take"
    )


async def _with_picture(client: Client, address: Address, message: Message) -> int:
    headers = _authorization(address) | {
        "Content-Type": f"image/{message.picture_type}",
        "Filename": message.picture_name,
        "X-Message": _encoded(message.text.replace("\n", "\\n")),
    }
    if message.title:
        headers["X-Title"] = _encoded(message.title)
    if message.urgent:
        headers["X-Priority"] = str(URGENT)
    return await client.send(
        "PUT", address.target, address.host, headers=headers, data=message.picture
    )


def _authorization(address: Address) -> dict[str, str]:
    if address.token is None:
        return {}
    return {"Authorization": f"Bearer {address.token.get_secret_value()}"}


def _encoded(text: str) -> str:
    """Return `text` as an RFC 2047 word, which cannot end the header that it stands in."""
    return f"=?utf-8?b?{b64encode(text.encode()).decode()}?="
