"""Which devices a caller means: ids, exact names, areas, `all`. Unclear words send nothing."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from gateway.entry import Entry
from gateway.errors import AmbiguousTarget, GatewayError, UnknownTarget, nearest
from gateway.registry import Registry
from gateway.text import folded, quoted

Sees = Callable[[Entry], bool]


@dataclass(frozen=True, slots=True)
class Meant:
    """The devices that were meant, in a fixed order, and those named without having the kind."""

    entries: list[Entry]
    unfit: list[Entry]


class Index:
    """Names and areas of the home, made anew when they have changed."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._version = -1
        self._by_name: dict[str, list[Entry]] = {}
        self._by_area: dict[str, list[Entry]] = {}
        self._areas: dict[str, str] = {}

    def named(self, name: str) -> list[Entry]:
        self._update()
        return self._by_name.get(folded(name), [])

    def in_area(self, area: str) -> list[Entry] | None:
        self._update()
        return self._by_area.get(folded(area))

    def parts(self, entry: Entry) -> list[Entry]:
        return [part for part in self._registry if part.part_of == entry.id]

    def words(self, sees: Sees) -> list[str]:
        """Return every name, area and id that a caller may be reminded of."""
        self._update()
        seen = [entry for entry in self._registry if sees(entry) and not entry.twin_of]
        names = {entry.name for entry in seen} | {entry.area for entry in seen if entry.area}
        return sorted(names | {alias for entry in seen for alias in entry.aliases}) + [
            entry.id for entry in seen
        ]

    def _update(self) -> None:
        if self._version == self._registry.version:
            return
        self._version = self._registry.version
        self._by_name, self._by_area = {}, {}
        for entry in self._registry:
            if entry.twin_of:
                continue
            for name in entry.folded_names:
                self._by_name.setdefault(name, []).append(entry)
            area = entry.area or self._parent_area(entry)
            if area:
                self._by_area.setdefault(folded(area), []).append(entry)

    def _parent_area(self, entry: Entry) -> str | None:
        parent = self._registry.get(entry.part_of) if entry.part_of else None
        return parent.area if parent else None


def resolve(
    targets: str | Iterable[str],
    index: Index,
    registry: Registry,
    sees: Sees,
    kinds: frozenset[str] | None,
    *,
    exact: bool = False,
) -> Meant:
    """Return the devices meant, each once; raise UnknownTarget or AmbiguousTarget.

    `exact` refuses groups: only ids and exact names mean something then.
    Groups mean the devices, online or not, that have one of `kinds`, lie in the grant, and are
    neither protected nor a twin nor a group. A device outside the grant counts as unknown.
    """
    given = [targets] if isinstance(targets, str) else targets
    words = list(dict.fromkeys(word.strip() for word in given))
    found: dict[str, Entry] = {}
    unfit: dict[str, Entry] = {}
    for word in words:
        if exact and not _is_named(word, index, registry):
            raise _too_wide(word, index, sees)
        for entry in _one(word, index, registry, sees, kinds):
            fits = kinds is None or kinds.intersection(entry.kinds)
            (found if fits else unfit)[entry.id] = entry
    if not found and not unfit:
        raise _nothing(words, kinds)
    return Meant(list(found.values()), list(unfit.values()))


def _one(
    word: str, index: Index, registry: Registry, sees: Sees, kinds: frozenset[str] | None
) -> list[Entry]:
    entry = registry.get(word)
    if entry is not None and sees(entry):
        return _with_parts(entry, index, sees, kinds)
    group = None
    if word.casefold().startswith("area:"):
        group = index.in_area(word[5:])
    elif folded(word) == "all":
        group = list(registry)
    else:
        named = [entry for entry in index.named(word) if sees(entry)]
        fitting = [entry for entry in named if kinds is None or kinds.intersection(entry.kinds)]
        if len(fitting) == 1 or len(named) == 1:
            return _with_parts((fitting or named)[0], index, sees, kinds)
        if named:
            raise _ambiguous(word, fitting or named)
        group = index.in_area(word)
    seen = [entry for entry in group or () if sees(entry)]
    if not seen and folded(word) != "all":
        raise unknown(word, index, sees)
    return [
        entry
        for entry in seen
        if entry.in_groups and (kinds is None or kinds.intersection(entry.kinds))
    ]


def _is_named(word: str, index: Index, registry: Registry) -> bool:
    return registry.get(word) is not None or bool(index.named(word))


def _too_wide(word: str, index: Index, sees: Sees) -> GatewayError:
    if folded(word) != "all" and index.in_area(word.removeprefix("area:")) is None:
        return unknown(word, index, sees)
    return UnknownTarget(
        f"“{word[:80]}” means several devices, and this takes ids or exact names; nothing was sent",
        hint="check_devices finds their ids.",
    )


def _with_parts(
    entry: Entry, index: Index, sees: Sees, kinds: frozenset[str] | None
) -> list[Entry]:
    if kinds is None or kinds.intersection(entry.kinds):
        return [entry]
    parts = [part for part in index.parts(entry) if kinds.intersection(part.kinds) and sees(part)]
    return [part for part in parts if not part.protected] or [entry]


def unknown(word: str, index: Index, sees: Sees) -> GatewayError:
    """Return the error for a word that means nothing, with the nearest that the caller may see."""
    close = nearest(word.removeprefix("area:"), index.words(sees))
    hint = f"Did you mean {quoted(close)}? " if close else ""
    return UnknownTarget(
        f"Nothing here is called “{word[:80]}”",
        hint=f"{hint}check_devices finds devices by any words.",
        choices=close,
    )


def understood(error: UnknownTarget) -> bool:
    """Say whether the words meant something here that merely has no device of the kind."""
    return "choices" not in error.more


def _ambiguous(word: str, named: list[Entry]) -> GatewayError:
    choices = [{"id": entry.id, "name": entry.name, "area": entry.area} for entry in named[:10]]
    return AmbiguousTarget(
        f"{len(named)} devices are called “{word[:80]}”; nothing was sent",
        hint="Send one of the ids in choices.",
        choices=choices,
    )


def _nothing(words: list[str], kinds: frozenset[str] | None) -> GatewayError:
    wanted = " or ".join(sorted(kinds)) if kinds else "device"
    return UnknownTarget(
        f"{quoted([word[:80] for word in words])} has no {wanted}; nothing was sent",
        hint="Protected devices are left out of groups: name them to mean them.",
    )
