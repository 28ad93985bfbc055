"""The same thing seen by two adapters: one of them is the device, the other its hidden twin."""

from collections.abc import Sequence

from gateway.entry import Entry


def prefer(seen: Sequence[Entry], order: Sequence[str]) -> None:
    """Make one of the devices that share a connection the device, and the others its twins.

    The owner's order of adapters decides, else who came first.
    """
    whole = [entry for entry in seen if entry.part_of is None]
    if not whole:
        return
    chosen = min(whole, key=lambda entry: (_rank(entry.adapter, order), entry.first_seen))
    for entry in whole:
        same_adapter = entry.adapter == chosen.adapter
        entry.twin_of = None if entry is chosen or same_adapter else chosen.id


def _rank(adapter: str, order: Sequence[str]) -> int:
    return order.index(adapter) if adapter in order else len(order)
