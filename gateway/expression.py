"""Conditions as trees of comparisons, worked out in three values: true, false and unknown."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum
from operator import ge, gt, le, lt
from typing import Final

from gateway.text import folded


class Missing(Enum):
    """What a look-up answers where there is nothing at all, not even null."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING

Path = tuple[str, ...]
Scalar = bool | int | float | str | None
Look = Callable[[Path], object]

ORDERS: Final[dict[str, Callable[[float, float], bool]]] = {"<": lt, "<=": le, ">": gt, ">=": ge}
COMPARISONS: Final = ("==", "!=", *ORDERS)


def number(value: object) -> float | None:
    """Return a number as such; true, false and NaN are none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        return None
    return value


def opposite(value: bool | None) -> bool | None:
    """Return not; of the unknown it is unknown."""
    return None if value is None else not value


def every_one(values: Iterable[bool | None]) -> bool | None:
    """Return Kleene's and: one false decides, else one unknown."""
    answer: bool | None = True
    for value in values:
        if value is False:
            return False
        if value is None:
            answer = None
    return answer


def spelled(value: Scalar) -> str:
    """Return a literal as the language writes it."""
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return json.dumps(value)


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal, ready to be compared with anything."""

    value: Scalar
    folded: str | None = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        known = folded(self.value) if isinstance(self.value, str) else None
        object.__setattr__(self, "folded", known)

    def equals(self, other: object) -> bool | None:
        """Tell whether `other` is the same; unknown when it is of another type."""
        if self.value is None:
            return other is None or other is MISSING
        if isinstance(other, str):
            return None if self.folded is None else self._reads(other)
        if isinstance(other, bool) or isinstance(self.value, bool):
            same_type = isinstance(other, bool) and isinstance(self.value, bool)
            return other is self.value if same_type else None
        mine, theirs = number(self.value), number(other)
        return None if mine is None or theirs is None else mine == theirs

    def _reads(self, other: str) -> bool:
        return other == self.value or folded(other) == self.folded


@dataclass(frozen=True, slots=True)
class _Leaf:
    """What looks up one path."""

    path: Path

    def paths(self) -> frozenset[Path]:
        """Return what is looked up."""
        return frozenset((self.path,))

    @property
    def way(self) -> str:
        """Return the path as it is written."""
        return ".".join(self.path)


@dataclass(frozen=True, slots=True)
class Comparison(_Leaf):
    """`path op literal`."""

    op: str
    constant: Constant

    def value(self, look: Look) -> bool | None:
        """Compare what is there now."""
        found = look(self.path)
        if self.op == "==":
            return self.constant.equals(found)
        if self.op == "!=":
            return opposite(self.constant.equals(found))
        left, right = number(found), number(self.constant.value)
        return None if left is None or right is None else ORDERS[self.op](left, right)

    def spelled(self) -> str:
        """Return the text of it."""
        return f"{self.way} {self.op} {spelled(self.constant.value)}"


@dataclass(frozen=True, slots=True)
class Membership(_Leaf):
    """`path in [literal, …]`; unknown when nothing in the list is of the value's type."""

    constants: tuple[Constant, ...]

    def value(self, look: Look) -> bool | None:
        """Look for what is there now among the literals."""
        found = look(self.path)
        answers = {constant.equals(found) for constant in self.constants}
        if True in answers:
            return True
        known = found is not None and found is not MISSING and False in answers
        return False if known else None

    def spelled(self) -> str:
        """Return the text of it."""
        listed = ", ".join(spelled(constant.value) for constant in self.constants)
        return f"{self.way} in [{listed}]"


@dataclass(frozen=True, slots=True)
class Contains(_Leaf):
    """`literal in path`, for a path that leads to a list; a null in the list could be anything."""

    constant: Constant

    def value(self, look: Look) -> bool | None:
        """Look for the literal in the list that is there now."""
        found = look(self.path)
        if not isinstance(found, list | tuple):
            return None
        if any(self.constant.equals(item) for item in found):
            return True
        return None if any(item is None for item in found) else False

    def spelled(self) -> str:
        """Return the text of it."""
        return f"{spelled(self.constant.value)} in {self.way}"


@dataclass(frozen=True, slots=True)
class Exists(_Leaf):
    """`path exists`: there is something, be it null."""

    def value(self, look: Look) -> bool | None:
        """Tell whether anything is there now."""
        return look(self.path) is not MISSING

    def spelled(self) -> str:
        """Return the text of it."""
        return f"{self.way} exists"


@dataclass(frozen=True, slots=True)
class Not:
    """`not operand`."""

    operand: "Expression"

    def value(self, look: Look) -> bool | None:
        """Negate the operand."""
        return opposite(self.operand.value(look))

    def paths(self) -> frozenset[Path]:
        """Return what is looked up."""
        return self.operand.paths()

    def spelled(self) -> str:
        """Return the text of it."""
        inner = self.operand.spelled()
        return f"not ({inner})" if isinstance(self.operand, Every | Some) else f"not {inner}"


@dataclass(frozen=True, slots=True)
class _Group:
    """What joins other conditions."""

    parts: tuple["Expression", ...]

    def paths(self) -> frozenset[Path]:
        """Return what is looked up."""
        return frozenset().union(*(part.paths() for part in self.parts))


@dataclass(frozen=True, slots=True)
class Every(_Group):
    """`part and part …`."""

    def value(self, look: Look) -> bool | None:
        """Join the parts by and."""
        return every_one(part.value(look) for part in self.parts)

    def spelled(self) -> str:
        """Return the text of it."""
        return " and ".join(
            f"({part.spelled()})" if isinstance(part, Some) else part.spelled()
            for part in self.parts
        )


@dataclass(frozen=True, slots=True)
class Some(_Group):
    """`part or part …`."""

    def value(self, look: Look) -> bool | None:
        """Join the parts by or."""
        return opposite(every_one(opposite(part.value(look)) for part in self.parts))

    def spelled(self) -> str:
        """Return the text of it."""
        return " or ".join(part.spelled() for part in self.parts)


Expression = Comparison | Membership | Contains | Exists | Not | Every | Some
