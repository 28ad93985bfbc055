"""The same thing seen by two adapters: one of them is the device, the other its hidden twin."""

from collections.abc import Iterable, Sequence

from gateway.entry import Entry


class Twins:
    """Who shares a connection with whom, also through a third; parts go with their parent."""

    def __init__(self, order: Iterable[str]) -> None:
        self._order = tuple(order)
        self._sharing: dict[str, dict[str, Entry]] = {}
        self._connections: dict[str, list[str]] = {}

    def join(self, entry: Entry) -> list[Entry]:
        """Take up what a device is connected by; return the devices whose twin has changed."""
        if self._connections.get(entry.id) == entry.connections:
            return []
        changed = self.leave(entry)
        self._connections[entry.id] = entry.connections
        for connection in entry.connections:
            self._sharing.setdefault(connection, {})[entry.id] = entry
        return changed + _prefer(self._linked(entry), self._order)

    def leave(self, entry: Entry) -> list[Entry]:
        """Forget a device's connections; return the devices whose twin has changed."""
        left: dict[str, Entry] = {}
        for connection in self._connections.pop(entry.id, ()):
            self._sharing[connection].pop(entry.id)
            left |= self._sharing[connection]
        return [one for other in left.values() for one in _prefer(self._linked(other), self._order)]

    def _linked(self, entry: Entry) -> list[Entry]:
        found, waiting = {entry.id: entry}, [entry]
        while waiting:
            for connection in self._connections[waiting.pop().id]:
                for id, other in self._sharing[connection].items():
                    if id not in found:
                        found[id] = other
                        waiting.append(other)
        return list(found.values())


def _prefer(linked: Sequence[Entry], order: Sequence[str]) -> list[Entry]:
    """Make one of the linked devices the device, and the others its twins.

    The owner's order of adapters decides, else who came first. Devices of one adapter are no
    twins of each other.
    """
    chosen = min(
        linked, key=lambda entry: (_rank(entry.adapter, order), entry.first_seen, entry.id)
    )
    changed = []
    for entry in linked:
        twin_of = None if entry.adapter == chosen.adapter else chosen.id
        if entry.twin_of != twin_of:
            entry.twin_of = twin_of
            changed.append(entry)
    return changed


def _rank(adapter: str, order: Sequence[str]) -> int:
    return order.index(adapter) if adapter in order else len(order)
