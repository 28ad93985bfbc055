"""What a capability declares, and how it is read off the class; a wrong declaration is refused."""

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar, get_type_hints

from gateway.schema import Model

Mark = TypeVar("Mark")

LONGEST_SETTLE = 10.0


class Risk(StrEnum):
    """What can go wrong when an action is taken by mistake."""

    NONE = "none"
    COMFORT = "comfort"
    SAFETY = "safety"
    SECURITY = "security"


class Nothing(Model):
    """No arguments."""


@dataclass(frozen=True, slots=True)
class Action:
    """One thing a capability can be told to do; it returns nothing, the core reads back.

    `joint` names the boolean field that makes one act of all targets: the first device's
    method is then called once, with the others.
    """

    kind: str
    name: str
    text: str
    change: type[Model]
    idempotent: bool
    reversible: bool
    risk: Risk
    settle: float
    joint: str | None
    exact: bool
    urgent: bool
    alone: bool


@dataclass(frozen=True, slots=True)
class Query:
    """A read that is not state: Model in, Model out, no receipt."""

    kind: str
    name: str
    text: str
    arguments: type[Model]
    answer: type[Model]


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that a device tells once and that is not state; its name is `kind.method`."""

    kind: str
    name: str
    text: str
    data: type[Model]


def check_interface(cls: Any) -> None:
    """Raise TypeError where a kind lacks its docstring or its one State."""
    if not cls.__doc__:
        raise TypeError(f"{cls.__name__} needs a docstring")
    if not (isinstance(vars(cls).get("State"), type) and issubclass(cls.State, Model)):
        raise TypeError(f"{cls.__name__} needs exactly one State, a Model")


def declared(cls: Any) -> list[Any]:
    """Return the methods that are marked as actions and queries."""
    return [method for method in vars(cls).values() if hasattr(method, "declares")]


def _text(cls: Any, method: Any) -> str:
    if not method.__doc__:
        raise TypeError(f"{cls.__name__}.{method.__name__} needs a docstring: agents read it")
    return inspect.cleandoc(method.__doc__).replace("\n", " ")


def _argument(cls: Any, method: Any, hints: dict[str, Any], most: int = 1) -> type[Model]:
    names = [name for name in inspect.signature(method).parameters if name != "self"]
    model = hints.get(names[0]) if names else None
    if len(names) > most or not (isinstance(model, type) and issubclass(model, Model)):
        raise TypeError(f"{cls.__name__}.{method.__name__} must take one Model")
    return model


def action(cls: Any, method: Any) -> Action:
    """Return what an action's method declares."""
    hints = get_type_hints(method, localns={cls.__name__: cls})
    if hints.get("return") is not type(None):
        raise TypeError(f"{cls.__name__}.{method.__name__} must return None: the core reads back")
    declared = method.declares
    if not 0 <= declared["settle"] <= LONGEST_SETTLE:
        raise TypeError(f"{cls.__name__}.{method.__name__} may settle for at most 10 s")
    if declared["risk"] is Risk.SECURITY and not declared["exact"]:
        raise TypeError(f"{cls.__name__}.{method.__name__} is of risk security: make it exact")
    joint = declared["joint"]
    change = _argument(cls, method, hints, most=1 if joint is None else 2)
    if joint is not None and joint not in change.model_fields:
        raise TypeError(f"{cls.__name__}.{method.__name__}: {joint} is no field of its change")
    return Action(
        kind=cls.name,
        name=method.__name__,
        text=_text(cls, method),
        change=change,
        **declared,
    )


def query(cls: Any, method: Any) -> Query:
    """Return what a query's method declares."""
    hints = get_type_hints(method)
    answer = hints.get("return")
    if not (isinstance(answer, type) and issubclass(answer, Model)):
        raise TypeError(f"{cls.__name__}.{method.__name__} must return a Model")
    return Query(
        kind=cls.name,
        name=method.__name__,
        text=_text(cls, method),
        arguments=_argument(cls, method, hints),
        answer=answer,
    )


def telling(cls: Any) -> list[Any]:
    """Return the methods that are marked as events."""
    return [method for method in vars(cls).values() if hasattr(method, "tells")]


def happening(cls: Any, method: Any) -> Happening:
    """Return what an event's method declares."""
    hints = get_type_hints(method)
    return Happening(
        kind=cls.name,
        name=f"{cls.name}.{method.__name__}",
        text=_text(cls, method),
        data=_argument(cls, method, hints),
    )


def marked(state: type[Model], mark: type[Mark]) -> Iterator[tuple[str, Mark]]:
    """Return the fields of a state that carry a mark of this type, with the mark."""
    for name, field in state.model_fields.items():
        for found in _marks(field):
            if isinstance(found, mark):
                yield name, found


def _marks(field: Any) -> list[Any]:
    inner = [mark for part in getattr(field.annotation, "__args__", ()) for mark in _metadata(part)]
    return [*field.metadata, *inner]


def _metadata(part: Any) -> tuple[Any, ...]:
    return tuple(getattr(part, "__metadata__", ()))
