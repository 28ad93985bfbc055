"""A capability: one typed thing that a device can do (Web of Things: properties, actions).

Names, schemas and documentation are read off the declaration, so no surface restates them.
The rules are enforced when the declaring module is imported.
"""

import inspect
from abc import ABC
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, TypeVar, get_type_hints

from gateway.quantities import Tolerance, Units
from gateway.schema import Model

Method = TypeVar("Method", bound=Callable[..., Awaitable[Any]])

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


@dataclass(frozen=True, slots=True)
class Query:
    """A read that is not state: Model in, Model out, no receipt."""

    kind: str
    name: str
    text: str
    arguments: type[Model]
    answer: type[Model]


@dataclass(frozen=True, slots=True)
class Step:
    """One call that would bring a state about: what scenes and undo are made of."""

    tool: str
    arguments: Mapping[str, Any]


def action(
    *,
    idempotent: bool,
    reversible: bool,
    risk: Risk,
    settle: float = 2.0,
    joint: str | None = None,
) -> Callable[[Method], Method]:
    """Declare an action; `settle` is how long its effect may take to show, in seconds."""

    def mark(method: Method) -> Method:
        method.__dict__["declares"] = {
            "idempotent": idempotent,
            "reversible": reversible,
            "risk": risk,
            "settle": settle,
            "joint": joint,
        }
        return _abstract(method)

    return mark


def query(method: Method) -> Method:
    """Declare a query."""
    method.__dict__["declares"] = None
    return _abstract(method)


def _abstract(method: Method) -> Method:
    method.__dict__["__isabstractmethod__"] = True
    return method


class Capability(ABC):
    """Base of the interfaces in `gateway.capabilities`, which adapters implement.

    `pushes` says whether the device tells of its changes by itself; where it does not, the core
    asks it after every action. `stands_in` maps an action of another kind to one of this kind
    with the same fields, so that `set_switch` works on a lamp.
    """

    name: ClassVar[str]
    State: ClassVar[type[Model]]
    actions: ClassVar[tuple[Action, ...]] = ()
    queries: ClassVar[tuple[Query, ...]] = ()
    tolerances: ClassVar[Mapping[str, float]] = {}
    stands_in: ClassVar[Mapping[str, str]] = {}
    also: ClassVar[str | None] = None
    pushes: bool = False

    state: Model | None = None
    listener: Callable[["Capability", Model], None] | None = None

    def __init_subclass__(cls) -> None:
        if "name" in vars(cls):
            _check_interface(cls)
            cls.actions = tuple(
                _action(cls, method) for method in _declared(cls) if method.declares is not None
            )
            cls.queries = tuple(
                _query(cls, method) for method in _declared(cls) if method.declares is None
            )
            cls.tolerances = _tolerances(cls.State)

    def report(self, state: Model) -> None:
        """Take note of what the device is doing now; call it whenever that is learnt.

        Raises TypeError where it is not this kind's State.
        """
        if not isinstance(state, self.State):
            reported = type(state).__name__
            raise TypeError(f"{self.name} reports a {self.State.__name__}, not a {reported}")
        self.state = state
        if self.listener is not None:
            self.listener(self, state)

    async def refresh(self) -> None:
        """Ask the device for its state and report it. What cannot be asked does nothing."""
        return

    @classmethod
    def wanted(cls, action: str, change: Model, before: Model | None) -> dict[str, Any]:
        """Return the state fields that show that `change` has been carried out.

        Empty where nothing would show it (next track). By default the fields of the same name.
        """
        fields = cls.State.model_fields
        asked = change.model_dump(exclude_unset=True, exclude_none=True)
        return {name: value for name, value in asked.items() if name in fields}

    @classmethod
    def shows(cls, state: Model, wanted: Mapping[str, Any]) -> bool:
        """Say whether `state` shows every wanted field, within its tolerance."""
        return all(
            _alike(getattr(state, name), value, cls.tolerances.get(name, 0.0))
            for name, value in wanted.items()
        )

    @classmethod
    def sentence(cls, state: Model, units: Units = "metric") -> str:
        """Return the state in a few words for a summary, in the home's units."""
        raise NotImplementedError

    @classmethod
    def recreate(cls, state: Model) -> Sequence[Step]:
        """Return the calls that bring `state` about again; what only reports has none."""
        return ()


def _alike(seen: Any, asked: Any, within: float) -> bool:
    if isinstance(seen, bool) or isinstance(asked, bool):
        return seen is asked
    if isinstance(seen, int | float) and isinstance(asked, int | float):
        return abs(seen - asked) <= within
    return bool(seen == asked)


def _check_interface(cls: type[Capability]) -> None:
    if not cls.__doc__:
        raise TypeError(f"{cls.__name__} needs a docstring")
    if not (isinstance(vars(cls).get("State"), type) and issubclass(cls.State, Model)):
        raise TypeError(f"{cls.__name__} needs exactly one State, a Model")


def _declared(cls: type[Capability]) -> list[Any]:
    return [method for method in vars(cls).values() if hasattr(method, "declares")]


def _text(cls: type[Capability], method: Any) -> str:
    if not method.__doc__:
        raise TypeError(f"{cls.__name__}.{method.__name__} needs a docstring: agents read it")
    return inspect.cleandoc(method.__doc__).replace("\n", " ")


def _argument(
    cls: type[Capability], method: Any, hints: dict[str, Any], most: int = 1
) -> type[Model]:
    names = [name for name in inspect.signature(method).parameters if name != "self"]
    model = hints.get(names[0]) if names else Nothing
    if len(names) > most or not (isinstance(model, type) and issubclass(model, Model)):
        raise TypeError(f"{cls.__name__}.{method.__name__} must take one Model")
    return model


def _action(cls: type[Capability], method: Any) -> Action:
    hints = get_type_hints(method, localns={cls.__name__: cls})
    if hints.get("return") is not type(None):
        raise TypeError(f"{cls.__name__}.{method.__name__} must return None: the core reads back")
    declared = method.declares
    if not 0 <= declared["settle"] <= LONGEST_SETTLE:
        raise TypeError(f"{cls.__name__}.{method.__name__} may settle for at most 10 s")
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


def _query(cls: type[Capability], method: Any) -> Query:
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


def _tolerances(state: type[Model]) -> dict[str, float]:
    found = {}
    for name, field in state.model_fields.items():
        for mark in _marks(field):
            if isinstance(mark, Tolerance):
                found[name] = mark.within
    return found


def _marks(field: Any) -> list[Any]:
    inner = [mark for part in getattr(field.annotation, "__args__", ()) for mark in _metadata(part)]
    return [*field.metadata, *inner]


def _metadata(part: Any) -> tuple[Any, ...]:
    return tuple(getattr(part, "__metadata__", ()))
