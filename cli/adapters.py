"""Loads adapters by dotted name: the built-in ones exactly like third-party ones."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from adapters import BUILTIN
from gateway.adapter import Adapter, Network
from gateway.errors import CannotStart
from gateway.settings import Settings, adapter_settings, check_adapter_names

log = logging.getLogger("homeport")

EXIT_EXTRA = 6
GROUP = "homeport.adapters"
NOWHERE = Network("127.0.0.1", "127.255.255.255")
"""For a machine without a private address: only configured hosts are served."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """The adapters that run, and why others do not."""

    adapters: list[Adapter[Any]]
    missing: list[str]


def load_adapters(
    settings: Settings, networks: Sequence[Network], state: Path | None = None
) -> Loaded:
    """Return every adapter that is enabled and whose library is here.

    Each has a folder of its own in the state folder.
    A library that is missing turns its adapter off; where the settings ask for that adapter,
    CannotStart says what to install.
    """
    kinds = {kind.name: kind for kind in adapter_kinds()}
    check_adapter_names(settings, list(kinds))
    loaded, missing = [], []
    for name, kind in kinds.items():
        section = adapter_settings(name, kind.settings_type, settings)
        if not section.enabled:
            continue
        if kind.library and find_spec(kind.library) is None:
            lacking = f"{name} is off: {kind.library} is not installed"
            if name in settings.adapters:
                raise CannotStart(
                    f"[adapters.{name}] is set, but {kind.library} is not installed",
                    exit_code=EXIT_EXTRA,
                    hint=f"Install it with: pip install 'homeport[{name}]'",
                )
            log.warning(lacking)
            missing.append(f"{lacking} (pip install 'homeport[{name}]')")
            continue
        adapter = kind(section, networks[0] if networks else NOWHERE)
        adapter.folder = state / "adapters" / name if state else None
        loaded.append(adapter)
    return Loaded(loaded, missing)


def adapter_kinds() -> Iterator[type[Adapter[Any]]]:
    """Yield every adapter that is built in or installed, without loading its library."""
    for name in (*BUILTIN, *(point.value for point in entry_points(group=GROUP))):
        module, _, attribute = name.partition(":")
        yield getattr(import_module(module), attribute)
