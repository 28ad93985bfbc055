"""Whether a condition holds for one device, and since when. Pure."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.capabilities import KINDS
from gateway.conditions import MISSING, Condition, Path
from gateway.entry import Entry
from gateway.expression import Every, Expression, Not, Some

ONLINE, AREA = ("online",), ("area",)
BESIDE = (ONLINE, AREA)
"""What is known of a device beside its states."""
BY_FIELD: dict[str, tuple[str, ...]] = {}
for _kind in KINDS.values():
    for _field in _kind.State.model_fields:
        BY_FIELD[_field] = (*BY_FIELD.get(_field, ()), _kind.name)


@dataclass(frozen=True, slots=True)
class Sight:
    """What is known of a device at one moment; `values` by kind and field."""

    kinds: tuple[str, ...]
    online: bool
    area: str | None
    values: Mapping[str, Mapping[str, Any]]


@dataclass(slots=True)
class Standing:
    """A device for which a condition holds: since when, and whether that was told."""

    since: datetime
    told: bool


def sight(entry: Entry) -> Sight:
    """Return what is known of a device now."""
    values = {kind: seen.values for kind, seen in entry.observed.items()}
    return Sight(entry.kinds, entry.online, entry.area, values)


def is_state(path: Path) -> bool:
    """Say whether a path leads to what devices do: online, field or kind.field."""
    if path in BESIDE or (len(path) == 1 and path[0] in BY_FIELD):
        return True
    return len(path) == 2 and path[0] in KINDS and path[1] in KINDS[path[0]].State.model_fields


def kinds_of(condition: Condition) -> set[str]:
    """Return the kinds whose reports may change a condition; "" for coming and going."""
    return {kind for path in condition.paths for kind in _kinds(path) or ("",)}


def _kinds(path: Path) -> tuple[str, ...]:
    if path in BESIDE:
        return ()
    return BY_FIELD.get(path[0], ()) if len(path) == 1 else (path[0],)


def could(condition: Condition, kinds: tuple[str, ...]) -> bool:
    """Say whether a device of these kinds has what a condition is about."""
    return _could(condition.tree, kinds)


def _could(tree: Expression, kinds: tuple[str, ...]) -> bool:
    if isinstance(tree, Not):
        return _could(tree.operand, kinds)
    if isinstance(tree, Every):
        return all(_could(part, kinds) for part in tree.parts)
    if isinstance(tree, Some):
        return any(_could(part, kinds) for part in tree.parts)
    return tree.path in BESIDE or not set(kinds).isdisjoint(_kinds(tree.path))


def holds(condition: Condition, seen: Sight) -> bool:
    """Say whether a condition surely holds; of a device that is away only its absence is known."""
    if not seen.online and ONLINE not in condition.paths:
        return False
    return condition.holds(_looking(seen)) and all(
        _is_heard(path, seen) for path in condition.paths
    )


def _is_heard(path: Path, seen: Sight) -> bool:
    """Say whether the kinds of a path have reported: null before that would be a guess."""
    return all(kind in seen.values for kind in _kinds(path) if kind in seen.kinds)


def _looking(seen: Sight) -> Callable[[Path], Any]:
    def look(path: Path) -> Any:
        if path == ONLINE:
            return seen.online
        if path == AREA:
            return seen.area
        return next(_found(path, seen), MISSING)

    return look


def _found(path: Path, seen: Sight) -> Iterator[Any]:
    for kind in _kinds(path):
        values = seen.values.get(kind, {})
        if seen.online and kind in seen.kinds and path[-1] in values:
            yield values[path[-1]]
