"""Adapters: one file for each maker or protocol, which stands on the gateway and one library.

They are loaded by dotted name, so that a library that is missing costs one adapter and no more.
"""

BUILTIN: tuple[str, ...] = (
    "adapters.kasa:KasaAdapter",
    "adapters.sonos:SonosAdapter",
    "adapters.homematic:HomematicAdapter",
    "adapters.mqtt:MqttAdapter",
    "adapters.homekit:HomeKitAdapter",
    "adapters.screenlogic:ScreenLogicAdapter",
    "adapters.balboa:BalboaAdapter",
    "adapters.gecko:GeckoAdapter",
    "adapters.treadmill:TreadmillAdapter",
)
