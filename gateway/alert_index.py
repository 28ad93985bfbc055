"""Which standing orders a report may concern, so that a report costs nothing to the others."""

from collections.abc import Iterator

from gateway.alert import Alert
from gateway.standing import kinds_of


class AlertIndex:
    """Standing orders by the kind and the device that they look at."""

    def __init__(self) -> None:
        self._by_kind: dict[str, dict[str | None, list[Alert]]] = {}

    def add(self, alert: Alert) -> None:
        """Take one up."""
        for kind, device in _places(alert):
            self._by_kind.setdefault(kind, {}).setdefault(device, []).append(alert)

    def remove(self, alert: Alert) -> None:
        """Let one go."""
        for kind, device in _places(alert):
            listed = self._by_kind[kind][device]
            listed.remove(alert)
            if not listed:
                del self._by_kind[kind][device]

    def of(self, kind: str, device: str) -> tuple[Alert, ...]:
        """Return those that look at a kind of a device."""
        by_device = self._by_kind.get(kind)
        if by_device is None:
            return ()
        return (*by_device.get(device, ()), *by_device.get(None, ()))


def _places(alert: Alert) -> Iterator[tuple[str, str | None]]:
    if alert.condition is None or alert.order is None:
        return
    for kind in kinds_of(alert.condition):
        for device in (None,) if alert.order.devices is None else alert.order.devices:
            yield kind, device
