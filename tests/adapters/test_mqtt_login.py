"""How brokers are entered: logins, certificates, and to whom a password is given."""

import asyncio
import datetime
import ipaddress
import json
import logging
import shutil
import ssl
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from adapters.mqtt import MDNS, MqttAdapter, MqttSettings
from gateway.adapter import Sighting
from simulators.mqtt_broker import Broker
from tests.adapters.mqtt_rig import ADDRESS, NETWORK, home, switch, tell
from tests.contract.mqtt_mosquitto import MOSQUITTO, Mosquitto

PORT, TLS_PORT = 1883, 8883
USER, PASSWORD = "homeport-user", "pw-9;Zq/secret"
BROKER = f"mqtt-broker-{ADDRESS}-{PORT}".replace(".", "-")
SECURE = BROKER.replace(str(PORT), str(TLS_PORT))
PASSWD = shutil.which("mosquitto_passwd")


def certified(folder: Path, *names: x509.GeneralName) -> tuple[ssl.SSLContext, Path]:
    """Return a server's context with a certificate that it has signed itself, and that."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "broker")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    shown, kept = folder / "broker.pem", folder / "broker.key"
    shown.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    kept.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, plain))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(shown, kept)
    return context, shown


BY_ADDRESS = x509.IPAddress(ipaddress.ip_address(ADDRESS))
BY_NAME = x509.DNSName("broker.home.example")


@pytest.mark.parametrize(
    ("name", "more"), [(BY_ADDRESS, {}), (BY_NAME, {"tls_name": "broker.home.example"})]
)
async def test_a_broker_with_a_certificate_of_its_own_is_entered(
    name: x509.GeneralName, more: dict[str, Any], tmp_path: Path
) -> None:
    context, shown = certified(tmp_path, name)
    settings = {"tls": True, "ca_file": shown, "port": TLS_PORT, **more}
    async with Broker(ADDRESS, TLS_PORT, tls=context) as broker:
        tell(broker, "homeassistant/switch/d1/o1/config", switch(1))
        tell(broker, "d1/1", "ON")
        async with home(tmp_path, **settings) as at:
            await at.until(lambda: at.online("mqtt-d1", SECURE))
            assert at.shows("mqtt-d1", "switch") == {"on": True}


@pytest.mark.parametrize(
    "settings",
    [{}, {"ca_file": "missing.pem"}, {"tls_name": "other.example"}],
    ids=["a stranger's", "no such file", "another name's"],
)
async def test_a_certificate_that_is_not_trusted_is_said_as_a_need(
    settings: dict[str, Any], tmp_path: Path
) -> None:
    context, shown = certified(tmp_path, BY_ADDRESS)
    known: dict[str, Any] = {"tls": True, "port": TLS_PORT}
    if "tls_name" in settings:
        known["ca_file"] = shown
    async with (
        Broker(ADDRESS, TLS_PORT, tls=context) as broker,
        home(tmp_path, **known | settings) as at,
    ):
        await at.until(lambda: at.registry.get(SECURE) is not None)
        (need,) = at.entry(SECURE).needs
        assert "certificate" in need
        assert broker.clients == set()


@pytest.mark.parametrize("kind", ["mosquitto", "own"])
async def test_a_wrong_password_is_a_need_and_stays_secret(
    kind: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    broker: Any = Broker(ADDRESS, login=(USER, PASSWORD))
    if kind == "mosquitto":
        broker = _mosquitto_with_login(tmp_path)
    await broker.start()
    try:
        wrong = f"wrong-{PASSWORD}"
        async with home(tmp_path / "wrong", username=USER, password=wrong) as at:
            await at.until(lambda: at.registry.get(BROKER) is not None)
            (need,) = at.entry(BROKER).needs
            assert "homeport login mqtt" in need
            texts = [caplog.text, need, repr(at.adapter.settings), repr(at.adapter)]
            texts.append(json.dumps(await at.session.device(BROKER)))
            assert not any(one in text for text in texts for one in (PASSWORD, USER))
        async with home(tmp_path / "right", username=USER, password=PASSWORD) as at:
            await at.until(lambda: at.online(BROKER))
            assert PASSWORD not in caplog.text
    finally:
        await broker.stop()


def _mosquitto_with_login(folder: Path) -> Mosquitto:
    if MOSQUITTO is None or PASSWD is None:
        pytest.skip("mosquitto is not installed: apt-get install mosquitto")
    kept = folder / "passwords"
    subprocess.run([PASSWD, "-b", "-c", str(kept), USER, PASSWORD], check=True, timeout=10)
    return Mosquitto(ADDRESS, PORT, f"password_file {kept}", anonymous=False)


async def test_a_broker_that_is_only_heard_of_gets_no_password(tmp_path: Path) -> None:
    heard = Sighting("mdns", ADDRESS, PORT, MDNS)
    named = Sighting("configured", ADDRESS, PORT, "mqtt")
    login = {"username": USER, "password": PASSWORD}
    closed = MqttAdapter(MqttSettings.model_validate(login), NETWORK)
    assert not closed.claims(heard)
    assert closed.claims(named)
    curious = MqttAdapter(MqttSettings.model_validate(login | {"discover": True}), NETWORK)
    assert curious.claims(heard)
    assert curious._access(heard).password is None
    assert curious._access(Sighting("known", ADDRESS, PORT, "mqtt")).password is None
    assert curious._access(named).password == PASSWORD
    assert PASSWORD not in repr(curious._access(named))


async def test_what_is_no_broker_is_no_more_than_unreachable(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(greet, ADDRESS, PORT)
    async with server, home(tmp_path) as at:
        await at.until(lambda: any("broker" in one.getMessage() for one in caplog.records))
        assert list(at.registry) == []
        assert not [one for one in caplog.records if one.name == "homeport.adapters"]


async def test_homeport_is_known_to_be_there_by_one_name_and_to_be_gone(tmp_path: Path) -> None:
    async with Broker(ADDRESS) as broker:
        names: list[str] = []
        for _ in range(2):
            async with home(tmp_path) as at:
                await at.until(lambda: "homeport/status" in broker.retained)
                await at.until(lambda: broker.retained["homeport/status"].payload == b"online")
                names += broker.clients
            assert broker.retained["homeport/status"].payload == b"offline"
        assert names[0] == names[1]
        kept = tmp_path / "adapters" / "mqtt"
        assert kept.stat().st_mode & 0o777 == 0o700
        assert (kept / "client").stat().st_mode & 0o777 == 0o600


async def test_the_broker_tells_when_homeport_is_cut_off(tmp_path: Path) -> None:
    async with Broker(ADDRESS) as broker, home(tmp_path) as at:
        await at.until(lambda: "homeport/status" in broker.retained)
        told: list[bytes] = []
        publish = broker.publish

        def listening(message: Any) -> None:
            told.append(message.payload)
            publish(message)

        broker.publish = listening  # type: ignore[method-assign]
        for session in list(broker._sessions.values()):
            session.writer.transport.abort()
        await at.until(lambda: told[:2] == [b"offline", b"online"])
