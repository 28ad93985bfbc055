"""The table of cases: which adapter is tested before which simulator.

Who keeps an adapter elsewhere names its case in HOMEPORT_CONTRACT_CASES, as NAME=MODULE:CLASS;
several stand with commas between them.
"""

import os
from importlib import import_module
from importlib.util import find_spec

from tests.contract.case import Case

CASES = {
    "kasa": "tests.contract.kasa:KasaCase",
    "sonos": "tests.contract.sonos:SonosCase",
    "homematic": "tests.contract.homematic:HomematicCase",
    "mqtt": "tests.contract.mqtt:MqttCase",
    "homekit": "tests.contract.homekit:HomeKitCase",
    "screenlogic": "tests.contract.screenlogic:ScreenLogicCase",
    "balboa": "tests.contract.balboa:BalboaCase",
    "gecko": "tests.contract.gecko:GeckoCase",
    "treadmill": "tests.contract.treadmill:TreadmillCase",
}
ELSEWHERE = os.environ.get("HOMEPORT_CONTRACT_CASES", "")
CASES |= dict(one.split("=", 1) for one in ELSEWHERE.split(",") if one)


def case_of(name: str) -> type[Case] | None:
    """Return the case of an adapter; None where its file is not written yet."""
    module, _, attribute = CASES[name].partition(":")
    if find_spec(module) is None:
        return None
    kind: type[Case] = getattr(import_module(module), attribute)
    return kind
