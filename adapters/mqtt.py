"""Whatever tells of itself on an MQTT broker as Home Assistant's discovery asks for, by aiomqtt.

So Zigbee2MQTT, ESPHome, Tasmota, Frigate and bridges of pools are in. A broker holds the home's
keys, as anybody on it can speak for any device: homeport connects to those that the owner has
named, and to one that it merely hears of only with `discover`, and then without the login.
"""

import asyncio
import re
import secrets
from contextlib import suppress
from pathlib import Path

from pydantic import Field, SecretStr, field_validator

from adapters.mqtt_connection import Access, Connection
from adapters.mqtt_house import House
from gateway.adapter import Adapter, AdapterSettings, Link, Network, Sighting
from gateway.capabilities.sensors import ButtonState
from gateway.private import write_private

MDNS = "_mqtt._tcp.local."
_CLIENT = re.compile(r"homeport-[0-9a-f]{8}")


class MqttSettings(AdapterSettings):
    """Which brokers, how to enter them, and what may be told what to do."""

    username: SecretStr | None = None
    password: SecretStr | None = None
    tls: bool = False
    """Speak TLS; the port is then usually 8883."""
    ca_file: Path | None = None
    """Certificates (PEM) of who has signed the broker's, where that is none of the usual."""
    tls_name: str | None = None
    """The name in the broker's certificate, where that is not the address it is reached by."""
    discovery_prefix: str = "homeassistant"
    writable: list[str] = Field(default_factory=list)
    """Ids of the numbers, selects, buttons and switches of unknown class that agents may use.

    Where several stand on one device, `ID/ENTITY` names one of them.
    """
    discover: bool = False
    """Also enter brokers that announce themselves by mDNS, without the login."""
    keepalive: int = Field(5, ge=2, le=12)
    """Seconds of silence after which a broker is asked whether it is there."""

    @field_validator("discovery_prefix")
    @classmethod
    def _plain(cls, prefix: str) -> str:
        if not re.fullmatch(r"[^+#\0/$][^+#\0]{0,100}", prefix) or prefix.endswith("/"):
            raise ValueError("it is the start of topics, such as homeassistant")
        return prefix


class MqttAdapter(Adapter[MqttSettings]):
    """Brokers, each a place with all that is behind it."""

    name = "mqtt"
    settings_type = MqttSettings
    library = "aiomqtt"
    port = 1883
    mdns = (MDNS,)

    def __init__(self, settings: MqttSettings, network: Network) -> None:
        super().__init__(settings, network)
        self._pressed: dict[str, ButtonState] = {}
        self._client = ""

    def claims(self, sighting: Sighting) -> bool:
        return sighting.source != "mdns" or self.settings.discover

    def place(self, sighting: Sighting) -> str:
        return f"{sighting.address}:{sighting.port}"

    async def serve(self, at: Sighting, link: Link) -> None:
        if not self._client:
            self._client = await asyncio.to_thread(_client_of, self.folder)
        settings = self.settings
        house = House(
            Connection(self._access(at)),
            link,
            settings.discovery_prefix,
            frozenset(settings.writable),
            self._pressed,
        )
        try:
            await house.run()
        finally:
            await house.aclose()

    def _access(self, at: Sighting) -> Access:
        settings = self.settings
        named = at.source == "configured" or not settings.discover
        return Access(
            at.address,
            at.port,
            client=self._client,
            keepalive=settings.keepalive,
            username=_plain(settings.username) if named else None,
            password=_plain(settings.password) if named else None,
            tls=settings.tls,
            ca_file=settings.ca_file,
            tls_name=settings.tls_name,
        )


def _plain(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()


def _client_of(folder: Path | None) -> str:
    """Return the id by which brokers know this homeport: the same after every start."""
    made = f"homeport-{secrets.token_hex(4)}"
    if folder is None:
        return made
    kept = folder / "client"
    try:
        known = kept.read_text("utf-8").strip()
        if _CLIENT.fullmatch(known):
            return known
    except (OSError, UnicodeDecodeError):
        pass
    with suppress(OSError):
        write_private(kept, made)
    return made
