"""The table of cases: which adapter is tested before which simulator."""

from importlib import import_module
from importlib.util import find_spec

from tests.contract.case import Case

CASES = {
    "kasa": "tests.contract.kasa:KasaCase",
    "sonos": "tests.contract.sonos:SonosCase",
    "homematic": "tests.contract.homematic:HomematicCase",
}


def case_of(name: str) -> type[Case] | None:
    """Return the case of an adapter; None where its file is not written yet."""
    module, _, attribute = CASES[name].partition(":")
    if find_spec(module) is None:
        return None
    kind: type[Case] = getattr(import_module(module), attribute)
    return kind
