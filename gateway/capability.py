"""A capability: one typed thing that a device can do (Web of Things: properties, actions).

Names, schemas and documentation are read off the declaration, so no surface restates them.
The rules are enforced when the declaring module is imported.
"""

from abc import ABC
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, ClassVar, TypeVar

from gateway import declarations as reading
from gateway.declarations import Action, Happening, Nothing, Query, Risk
from gateway.quantities import Sampled, Tolerance, Units
from gateway.schema import Model

Method = TypeVar("Method", bound=Callable[..., Awaitable[Any]])
Telling = Callable[[Any, Any], None]

__all__ = ["Capability", "Nothing", "Risk", "Step", "action", "event", "query"]


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
    exact: bool = False,
    urgent: bool = False,
    alone: bool = False,
) -> Callable[[Method], Method]:
    """Declare an action; `settle` is how long its effect may take to show, in seconds.

    An `exact` one takes ids and exact names only, never areas or all. An `urgent` one waits for
    nothing that the device is being told already: its adapter takes it at any time. One that
    stands `alone` is never part of a scene or of anything else that acts later or by itself.
    """

    def mark(method: Method) -> Method:
        method.__dict__["declares"] = {
            "idempotent": idempotent,
            "reversible": reversible,
            "risk": risk,
            "settle": settle,
            "joint": joint,
            "exact": exact,
            "urgent": urgent,
            "alone": alone,
        }
        return _abstract(method)

    return mark


def query(method: Method) -> Method:
    """Declare a query."""
    method.__dict__["declares"] = None
    return _abstract(method)


def event(method: Telling) -> Telling:
    """Declare an event: a method that takes one Model, which the adapter calls when it happens."""

    @wraps(method)
    def tell(self: "Capability", data: Model) -> None:
        if self.teller is not None:
            self.teller(self, f"{self.name}.{method.__name__}", data)

    tell.__dict__["tells"] = True
    return tell


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
    events: ClassVar[tuple[Happening, ...]] = ()
    tolerances: ClassVar[Mapping[str, float]] = {}
    sampled: ClassVar[Mapping[str, Sampled]] = {}
    stands_in: ClassVar[Mapping[str, str]] = {}
    also: ClassVar[str | None] = None
    pushes: bool = False

    state: Model | None = None
    listener: Callable[["Capability", Model], None] | None = None
    teller: Callable[["Capability", str, Model], None] | None = None

    def __init_subclass__(cls) -> None:
        if "name" in vars(cls):
            reading.check_interface(cls)
            methods = reading.declared(cls)
            cls.actions = tuple(reading.action(cls, one) for one in methods if one.declares)
            cls.queries = tuple(reading.query(cls, one) for one in methods if not one.declares)
            cls.events = tuple(reading.happening(cls, one) for one in reading.telling(cls))
            cls.tolerances = {
                name: mark.within for name, mark in reading.marked(cls.State, Tolerance)
            }
            cls.sampled = dict(reading.marked(cls.State, Sampled))

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
