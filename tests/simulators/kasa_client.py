"""python-kasa connected to simulated Kasa devices."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

from kasa import (
    Credentials,
    Device,
    DeviceConfig,
    DeviceConnectionParameters,
    DeviceEncryptionType,
    DeviceFamily,
    Module,
)

from simulators.kasa_wire import Appliance
from simulators.klap import TapoPlug

BROADCAST = "127.255.255.255"
LOGIN = Credentials("anna@example.com", "sesame")
HTTP_PORT = 8071


def tapo(address: str = "127.0.71.16") -> TapoPlug:
    return TapoPlug(
        address, BROADCAST, port=HTTP_PORT, username=LOGIN.username, password=LOGIN.password
    )


def config_of(appliance: Appliance, login: Credentials | None = LOGIN) -> DeviceConfig:
    if not isinstance(appliance, TapoPlug):
        return DeviceConfig(host=appliance.address, timeout=2)
    klap = DeviceConnectionParameters(
        DeviceFamily.SmartTapoPlug, DeviceEncryptionType.Klap, login_version=2, http_port=HTTP_PORT
    )
    return DeviceConfig(host=appliance.address, timeout=2, credentials=login, connection_type=klap)


@contextlib.asynccontextmanager
async def connected(appliance: Appliance) -> AsyncIterator[Device]:
    """python-kasa connected to a simulator that runs for as long."""
    async with appliance:
        device = await Device.connect(config=config_of(appliance))
        try:
            yield device
        finally:
            await device.disconnect()


def light(device: Device) -> Any:
    return device.modules[Module.Light]


def energy(device: Device) -> Any:
    return device.modules[Module.Energy]
