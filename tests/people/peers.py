"""Peers that are none of ours: an HTTP receiver, and aiosmtpd with a certificate of the test."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiohttp import web
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass
class Heard:
    """One request as the receiver saw it."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """A web server that takes everything; `answers` are its next statuses, then 200."""

    url: str = ""
    heard: list[Heard] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    silent: bool = False
    endless: bool = False

    async def take(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.heard.append(Heard(request.method, request.path, dict(request.headers), body))
        if self.silent:
            await asyncio.Event().wait()
        if self.endless:
            return await _endless(request)
        status = self.answers.pop(0) if self.answers else 200
        headers = {"Location": f"{self.url}/elsewhere"} if 300 <= status < 400 else None
        return web.Response(status=status, headers=headers)


async def _endless(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    try:
        while True:
            await response.write(b"x" * 65536)
    except ConnectionError:
        return response


@asynccontextmanager
async def receiver(pem: tuple[Path, Path] | None = None) -> AsyncIterator[Receiver]:
    """Serve a receiver on loopback, over TLS where it has a certificate."""
    found = Receiver()
    context = None
    if pem is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*pem)
    app = web.Application(client_max_size=2**24)
    app.router.add_route("*", "/{tail:.*}", found.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
        await site.start()
        host, port = runner.addresses[0][:2]
        found.url = f"{'https' if pem else 'http'}://{host}:{port}"
        yield found
    finally:
        await runner.cleanup()


def certificate(folder: Path) -> tuple[Path, Path]:
    """Make a certificate for 127.0.0.1; return its file and its key's."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail of the test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "mail.pem", folder / "mail.key"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return public, private


@dataclass
class Post:
    """A mail server; `answers` are what it says to the next mails, then it takes them."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    password: bytes = b"open sesame"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.answers:
            return self.answers.pop(0)
        assert isinstance(envelope.content, bytes)
        mail: Any = message_from_bytes(envelope.content, policy=policy.default)
        self.mails.append(mail)
        self.recipients.append(list(envelope.rcpt_tos))
        self.encrypted.append(session.ssl is not None)
        return "250 taken"

    def login(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        self.logins.append((data.login, data.password))
        return AuthResult(success=data.password == self.password, handled=False)


@asynccontextmanager
async def post(
    *, pem: tuple[Path, Path] | None = None, tls: bool = False, login: bool = False
) -> AsyncIterator[Post]:
    """Serve a mail server on loopback: with STARTTLS, with `tls` from the first byte, or open."""
    found = Post()
    context = None
    if pem is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*pem)

    def connected() -> SMTP:
        return SMTP(
            found,
            hostname="mail.test",
            tls_context=None if tls else context,
            require_starttls=context is not None and not tls,
            authenticator=found.login if login else None,
            auth_required=login and not tls,
            auth_require_tls=not tls,
        )

    loop = asyncio.get_running_loop()
    server = await loop.create_server(connected, "127.0.0.1", 0, ssl=context if tls else None)
    found.port = server.sockets[0].getsockname()[1]
    try:
        yield found
    finally:
        server.close()
        await server.wait_closed()
