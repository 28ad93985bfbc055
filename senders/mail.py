"""E-mail, by the one server of the settings."""

import asyncio
import email.policy
import ssl
from email.message import EmailMessage
from email.utils import localtime

import aiosmtplib

from gateway.messages import Address, ChannelFailed, Message
from gateway.reach import MailSettings
from gateway.text import clean

WITHIN = 8.0
LONGEST_SUBJECT = 78


async def send(settings: MailSettings, address: Address, message: Message) -> str | None:
    """Hand a message to the mail server; raise ChannelFailed."""
    password = settings.password.get_secret_value() if settings.password else None
    try:
        await aiosmtplib.send(
            composed(settings, address, message),
            sender=settings.sender,
            recipients=[address.target],
            hostname=settings.host,
            port=settings.port,
            username=settings.username,
            password=password,
            use_tls=settings.security == "tls",
            start_tls=settings.security == "starttls",
            tls_context=await asyncio.to_thread(_trusting, settings),
            local_hostname="localhost",
            timeout=WITHIN,
        )
    except (aiosmtplib.SMTPException, OSError) as error:
        raise _failed(settings.host, error) from None
    return None


def composed(settings: MailSettings, address: Address, message: Message) -> EmailMessage:
    """Return the mail: plain text, the picture attached; what people wrote breaks no header."""
    mail = EmailMessage(policy=email.policy.SMTP)
    mail["From"] = settings.sender
    mail["To"] = address.target
    mail["Subject"] = clean(message.title or message.text, LONGEST_SUBJECT)
    mail["Date"] = localtime()
    mail["Message-ID"] = f"<{message.id}@{settings.sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    if message.urgent:
        mail["Importance"] = "high"
    mail.set_content(message.text)
    if message.picture is not None:
        mail.add_attachment(
            message.picture,
            maintype="image",
            subtype=message.picture_type,
            filename=message.picture_name,
        )
    return mail


def _trusting(settings: MailSettings) -> ssl.SSLContext | None:
    if settings.security == "none":
        return None
    try:
        return ssl.create_default_context(cafile=settings.ca_file)
    except (OSError, ValueError):
        raise ChannelFailed("[mail] ca_file cannot be read", transient=False) from None


def _failed(host: str, error: Exception) -> ChannelFailed:
    """Say what went wrong without repeating what the server said: it may quote what it was sent."""
    if isinstance(error, ssl.SSLError) or isinstance(error.__cause__, ssl.SSLError):
        return ChannelFailed(f"no trusted TLS with {host}", transient=False)
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        return ChannelFailed(f"{host} refused the login ({error.code})", transient=False)
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused) and error.recipients:
        return _refused(host, error.recipients[0].code)
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return _refused(host, error.code)
    if isinstance(error, TimeoutError):
        return ChannelFailed(f"{host} gave no answer in time", transient=True)
    if isinstance(error, OSError):
        return ChannelFailed(f"{host} cannot be reached", transient=True)
    return ChannelFailed(f"{host} offers no STARTTLS or no login", transient=False)


def _refused(host: str, code: int) -> ChannelFailed:
    return ChannelFailed(f"{host} refused the mail ({code})", transient=400 <= code < 500)
