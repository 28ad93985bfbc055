"""Plans: what a dry run would have done, kept for minutes so that exactly that can be done."""

import secrets
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.capability import Step
from gateway.clock import Clock
from gateway.errors import NotFound

KEPT_FOR = 600.0
MOST = 1000


@dataclass(frozen=True, slots=True)
class Plan:
    """Calls with their devices resolved, and what the house looked like then.

    `seen` is by device and kind.
    """

    id: str
    agent: str
    steps: tuple[Step, ...]
    seen: Mapping[tuple[str, str], Any]
    expires: float


class Plans:
    """Plans in memory: they are for minutes, and a restart is a change of the house."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._plans: OrderedDict[str, Plan] = OrderedDict()

    def keep(self, agent: str, steps: Iterable[Step], seen: Mapping[tuple[str, str], Any]) -> Plan:
        """Keep a plan for ten minutes and return it with its id."""
        expires = self._clock.monotonic() + KEPT_FOR
        plan = Plan(f"p{secrets.token_hex(4)}", agent, tuple(steps), dict(seen), expires)
        self._plans[plan.id] = plan
        while len(self._plans) > MOST:
            self._plans.popitem(last=False)
        return plan

    def take(self, id: str, agent: str) -> Plan:
        """Return an agent's plan, once; raise NotFound where there is none any more."""
        plan = self._plans.get(id)
        if plan is None or plan.agent != agent or plan.expires < self._clock.monotonic():
            raise NotFound(
                f"There is no plan {id[:40]!r}",
                hint="Plans live for ten minutes and run once: do the dry_run again.",
            )
        return self._plans.pop(id)

    def join(self, ids: Iterable[str], agent: str) -> Plan | None:
        """Make one plan of an agent's several, in their order; None of none."""
        plans = [self.take(id, agent) for id in ids]
        seen = {place: values for plan in plans for place, values in plan.seen.items()}
        steps = [step for plan in plans for step in plan.steps]
        return self.keep(agent, steps, seen) if steps else None
