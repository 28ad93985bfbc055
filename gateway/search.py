"""Finding devices by any words."""

from gateway.entry import Entry
from gateway.registry import Registry
from gateway.targets import Sees


class Search:
    """Ranks the home's devices for a query."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def find(
        self, query: str, sees: Sees, area: str | None = None, kind: str | None = None
    ) -> list[Entry]:
        """Return the devices that fit, best first; without words all of them, by area and name."""
        return [entry for entry in self._registry if sees(entry)]
