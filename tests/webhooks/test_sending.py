"""One attempt: only to what was checked, bounded in time and size, never redirected."""

import asyncio
import gzip
import ipaddress
import ssl
import time
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from gateway.allowed import Allowed, NotAllowedAddress, NotAllowedHost
from gateway.errors import TimedOut, Unreachable
from senders.http import HttpSender
from tests.webhooks.rig import Got, Receiver, receiving


class Names:
    """A resolver whose answers are set by the test, one after the other."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def addresses(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class Patient(Names):
    """A resolver that never answers."""

    async def addresses(self, host: str, port: int) -> Sequence[str]:
        await asyncio.Event().wait()
        return []


@pytest.fixture
async def sender(receiver: Receiver) -> AsyncIterator[HttpSender]:
    made = HttpSender(Allowed([receiver.origin]), total=0.5)
    yield made
    await made.aclose()


async def refused(names: Names, receiver: Receiver) -> None:
    """Expect that a name with such addresses is refused before anything is sent."""
    origin = f"http://receiver.example:{receiver.port}"
    sender = HttpSender(Allowed([origin]), names)
    with pytest.raises(NotAllowedAddress) as raised:
        await sender.post(f"{origin}/hook", {}, b"{}")
    await sender.aclose()
    assert raised.value.hint is not None
    assert receiver.got == []


async def test_a_post_arrives_and_its_answer_is_told(
    receiver: Receiver, sender: HttpSender
) -> None:
    receiver.answer = lambda got: web.Response(
        status=503, text="later", headers={"retry-after": "7"}
    )
    answer = await sender.post(receiver.url, {"x-a": "b"}, b"body")
    assert (answer.status, answer.retry_after, answer.body) == (503, "7", b"later")
    assert answer.milliseconds > 0
    (got,) = receiver.got
    assert (got.headers["x-a"], got.body) == ("b", b"body")


async def test_a_host_that_is_not_listed_is_refused_public_ones_too(sender: HttpSender) -> None:
    for url in ("http://127.0.0.1:1/", "https://example.org/", "http://1.1.1.1/"):
        with pytest.raises(NotAllowedHost):
            await sender.post(url, {}, b"")


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["::1"],
        ["169.254.169.254"],
        ["fd00:ec2::254"],
        ["192.168.1.1"],
        ["::ffff:127.0.0.1"],
        ["1.1.1.1", "10.0.0.1"],
    ],
)
async def test_an_allowed_name_that_leads_inside_is_refused(
    receiver: Receiver, addresses: list[str]
) -> None:
    await refused(Names(addresses), receiver)


async def test_a_name_is_looked_up_once_for_each_delivery_and_that_is_connected_to(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Loopback counts as public here, so that something answers at the address checked first."""
    monkeypatch.setattr("gateway.allowed.public", lambda address: address == "127.0.0.1")
    origin = f"http://receiver.example:{receiver.port}"
    names = Names(["127.0.0.1"], ["127.0.0.2"], ["127.0.0.1"])
    sender = HttpSender(Allowed([origin]), names)
    assert (await sender.post(f"{origin}/hook", {}, b"")).status == 204
    assert names.asked == ["receiver.example"]
    with pytest.raises(NotAllowedAddress):
        await sender.post(f"{origin}/hook", {}, b"")
    assert (await sender.post(f"{origin}/hook", {}, b"")).status == 204
    assert len(names.asked) == 3
    assert [got.headers["host"] for got in receiver.got] == [origin.removeprefix("http://")] * 2
    await sender.aclose()


async def test_a_name_without_an_address_or_an_answer_is_a_typed_error(receiver: Receiver) -> None:
    origin = "http://receiver.example"
    for names, error in ((Names([]), Unreachable), (Patient([]), TimedOut)):
        sender = HttpSender(Allowed([origin]), names, connect=0.05)
        with pytest.raises(error):
            await sender.post(f"{origin}/secret-path", {}, b"")
        await sender.aclose()


async def test_a_redirect_is_not_followed(receiver: Receiver, sender: HttpSender) -> None:
    receiver.answer = lambda got: web.Response(status=307, headers={"location": receiver.url})
    assert (await sender.post(receiver.url, {}, b"")).status == 307
    assert len(receiver.got) == 1


async def test_a_receiver_that_does_not_answer_is_timed_out(
    receiver: Receiver, sender: HttpSender
) -> None:
    receiver.gate = asyncio.Event()
    with pytest.raises(TimedOut) as raised:
        await sender.post(f"{receiver.origin}/secret-path", {}, b"")
    receiver.gate.set()
    assert "secret-path" not in str(raised.value.problem())


async def test_nobody_listening_is_a_typed_error(sender: HttpSender) -> None:
    other = HttpSender(Allowed(["http://127.0.0.1:1"]))
    with pytest.raises(Unreachable) as raised:
        await other.post("http://127.0.0.1:1/secret-path", {}, b"")
    await other.aclose()
    assert "secret-path" not in str(raised.value.problem())


async def test_of_a_huge_body_the_beginning_is_read(receiver: Receiver, sender: HttpSender) -> None:
    receiver.answer = lambda got: web.Response(body=b"x" * 20_000_000)
    begun = time.monotonic()
    answer = await sender.post(receiver.url, {}, b"")
    assert answer.status == 200 and len(answer.body) == 4096
    assert time.monotonic() - begun < 0.4


async def test_a_body_is_not_unpacked(receiver: Receiver, sender: HttpSender) -> None:
    bomb = gzip.compress(b"0" * 10_000_000)
    receiver.answer = lambda got: web.Response(body=bomb, headers={"content-encoding": "gzip"})
    assert len((await sender.post(receiver.url, {}, b"")).body) == 4096


async def test_headers_without_end_are_a_typed_error(
    receiver: Receiver, sender: HttpSender
) -> None:
    receiver.answer = lambda got: web.Response(headers={"x-long": "x" * 100_000})
    with pytest.raises(Unreachable):
        await sender.post(receiver.url, {}, b"")


async def test_a_proxy_in_the_environment_is_not_used(
    receiver: Receiver, sender: HttpSender, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert (await sender.post(receiver.url, {}, b"")).status == 204


async def test_what_a_receiver_sets_as_a_cookie_is_not_sent_back(
    receiver: Receiver, sender: HttpSender
) -> None:
    def answer(got: Got) -> web.Response:
        response = web.Response()
        response.set_cookie("a", "b")
        return response

    receiver.answer = answer
    for _ in range(2):
        await sender.post(receiver.url, {}, b"")
    assert "cookie" not in receiver.got[1].headers


async def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    receiver = Receiver()
    async with receiving(receiver, tls(tmp_path)):
        origin = receiver.origin.replace("http:", "https:")
        sender = HttpSender(Allowed([origin]))
        with pytest.raises(Unreachable) as raised:
            await sender.post(f"{origin}/", {}, b"")
        await sender.aclose()
    assert raised.value.detail == f"{origin} could not prove who it is"
    assert receiver.got == []


def tls(folder: Path) -> ssl.SSLContext:
    """Return a server's context whose certificate is right but for who signed it: itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file = folder / "receiver.pem"
    file.write_bytes(private + made.public_bytes(Encoding.PEM))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file)
    return context


async def test_at_most_so_many_connections_go_to_one_host(receiver: Receiver) -> None:
    sender = HttpSender(Allowed([receiver.origin]), per_host=3)
    receiver.gate = asyncio.Event()
    posts = [asyncio.create_task(sender.post(receiver.url, {}, b"")) for _ in range(10)]
    await receiver.had(3)
    receiver.gate.set()
    await asyncio.gather(*posts)
    await sender.aclose()
    assert receiver.most_at_once == 3
