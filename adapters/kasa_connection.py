"""How TP-Link devices are found and connected, and what their library's errors mean to us.

Older devices answer JSON under an autokey XOR on UDP 9999 (softScheck, "Reverse Engineering the
TP-Link HS110"), newer ones JSON behind a header of 16 bytes on UDP 20002 (the TDP of
labs.withsecure.com/advisories/tp-link-ac1750-pwn2own-2019). The library's own error texts can hold
the home's data and are not passed on.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, Field, ValidationError

from gateway import errors
from gateway.adapter import Probe, Sighting

if TYPE_CHECKING:
    import kasa

TRY_SECONDS, ASK_SECONDS = 2, 1
ANSWER_WITHIN, LOG_IN_WITHIN = 3.0, 8.0
NONSENSE = (LookupError, TypeError, ValueError, AttributeError)

OPEN_PORT, LOGIN_PORT = 9999, 20002
XOR_START = 171
OPEN_QUESTION = b'{"system":{"get_sysinfo":{}}}'
LOGIN_QUESTION = bytes.fromhex("020000010000000000000000463cb5d3")
HEADER = len(LOGIN_QUESTION)
FAMILIES = r"(IOT\.SMART(PLUGSWITCH|BULB)|SMART\.(KASA|TAPO)(PLUG|BULB|SWITCH))"

PROBES = (
    Probe("kasa", OPEN_PORT, lambda: scrambled(OPEN_QUESTION)),
    Probe("tapo", LOGIN_PORT, lambda: LOGIN_QUESTION),
)


class Login(BaseModel):
    """How a newer device wants to be spoken to."""

    encrypt_type: Literal["KLAP", "AES"]
    http_port: int | None = None
    lv: int | None = None
    is_support_https: bool = False


class Found(BaseModel):
    """What a newer device says of itself before any login; cameras and hubs do not fit."""

    mac: str
    device_model: str
    device_type: str = Field(pattern=f"^{FAMILIES}$")
    mgt_encrypt_schm: Login


class _Reply(BaseModel):
    result: Found


def heard(sighting: Sighting) -> Found | None:
    """Return what a newer device said when it was found; None where it was found otherwise."""
    try:
        return _Reply.model_validate_json(_payload(sighting)[HEADER:]).result
    except ValidationError:
        return None


def is_open(sighting: Sighting) -> bool:
    """Say whether an older device, which answers anybody, was heard; our own echo is none."""
    said = unscrambled(_payload(sighting))
    return said.startswith(b'{"system":') and said != OPEN_QUESTION


async def connect_open(host: str, port: int) -> "kasa.Device":
    """Return an older device, connected; `port` is that of its TCP, 0 for the usual one."""
    from kasa import DeviceConfig

    override = None if port in (0, LOGIN_PORT) else port
    config = DeviceConfig(host, timeout=TRY_SECONDS, port_override=override)
    return await _connect(config, ANSWER_WITHIN)


async def log_in(host: str, found: Found, username: str, password: str) -> "kasa.Device":
    """Return a newer device, connected; NeedsSetup where it refuses the account."""
    from kasa import Credentials, DeviceConfig, DeviceConnectionParameters

    how = found.mgt_encrypt_schm
    kind = DeviceConnectionParameters.from_values(
        found.device_type,
        how.encrypt_type,
        login_version=how.lv,
        https=how.is_support_https,
        http_port=how.http_port,
    )
    login = Credentials(username, password)
    config = DeviceConfig(host, TRY_SECONDS, credentials=login, connection_type=kind)
    return await _connect(config, LOG_IN_WITHIN)


async def _connect(config: "kasa.DeviceConfig", within: float) -> "kasa.Device":
    from kasa import Device

    with typed(config.host):
        async with asyncio.timeout(within):
            return await Device.connect(config=config)


async def ask(host: str) -> Found:
    """Return what the newer device at an address says of itself."""
    from kasa import Discover

    replies: list[Any] = []
    with typed(host):
        await Discover.discover_single(
            host, discovery_timeout=ASK_SECONDS, on_discovered_raw=replies.append
        )
        return _Reply.model_validate(replies[0]["discovery_response"]).result


@contextmanager
def typed(host: str, *, silence: type[errors.GatewayError] = errors.Unreachable) -> Iterator[None]:
    """Turn what the library raises into an error of ours; `silence` says what no answer means.

    Where the library does not support the device, its own error goes through.
    """
    from kasa import KasaException, UnsupportedDeviceError

    try:
        yield
    except UnsupportedDeviceError:
        raise
    except (KasaException, OSError, *NONSENSE) as error:
        raise _told(host, error, silence) from error


def _told(
    host: str, error: BaseException, silence: type[errors.GatewayError]
) -> errors.GatewayError:
    from kasa import AuthenticationError

    chain = [error]
    while chain[-1].__cause__ is not None:
        chain.append(chain[-1].__cause__)
    first = chain[-1]
    if any(isinstance(one, AuthenticationError) for one in chain):
        return errors.NeedsSetup(f"{host} refuses the TP-Link account")
    if isinstance(first, NONSENSE):
        return errors.AdapterFault(f"{host} answers nonsense")
    if isinstance(first, OSError) and not isinstance(first, TimeoutError):
        return errors.Unreachable(f"{host} does not answer")
    # What an older device answered is in the library's text alone.
    if getattr(first, "error_code", None) is not None or str(first).startswith("Error on"):
        return errors.DeviceRefused(f"{host} refuses that")
    return silence(f"{host} does not answer")


def scrambled(plain: bytes) -> bytes:
    """Return bytes under the autokey XOR: each byte's key is the one that was sent before it."""
    sent = bytearray([XOR_START])
    for byte in plain:
        sent.append(sent[-1] ^ byte)
    return bytes(sent[1:])


def unscrambled(sent: bytes) -> bytes:
    """Return the plain bytes."""
    return bytes(key ^ byte for key, byte in zip(bytes([XOR_START]) + sent, sent, strict=False))


def _payload(sighting: Sighting) -> bytes:
    try:
        return bytes.fromhex(sighting.facts.get("payload", ""))
    except ValueError:
        return b""
