"""How much of the past is kept: by age and by bytes, what drifts apart from the rest."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from gateway import event_rows
from gateway.errors import StoreFailed
from gateway.events import Events
from gateway.history import History

log = logging.getLogger("homeport.events")

EVERY = 3600.0
LOOK_EVERY = 10.0


@dataclass(frozen=True, slots=True)
class Kept:
    """How long events are kept, and how many bytes of them."""

    days: float
    megabytes: float


async def prune(events: Events, kept: Mapping[bool, Kept]) -> int:
    """Throw away what is too old or too much, sampled and other events apart; return how many."""
    gone = 0
    for sampled, most in kept.items():
        oldest = int((events.clock.now().timestamp() - most.days * 86400) * 1000)
        surplus = partial(event_rows.surplus, sampled, oldest, int(most.megabytes * 1e6))
        upto = await events.store.scan(surplus)
        thrown = event_rows.SLICE
        while upto and thrown == event_rows.SLICE:
            discard = partial(event_rows.discard, sampled, upto)
            thrown, last = await events.store.write(discard)
            events.horizon[sampled] = max(events.horizon[sampled], last)
            gone += thrown
    return gone


async def tell_losses(events: Events, history: History) -> None:
    """Log what the history could not keep, at most every ten seconds, for ever."""
    told: dict[str, int] = {}
    while True:
        await asyncio.sleep(LOOK_EVERY)
        for reason, lost in history.lost.items():
            if number := lost - told.get(reason, 0):
                told[reason] = lost
                events.note("samples.dropped", {"number": number, "reason": reason})


async def keep_pruning(events: Events, kept: Mapping[bool, Kept]) -> None:
    """Throw away what is too much every hour, for ever."""
    while True:
        await asyncio.sleep(EVERY)
        try:
            await prune(events, kept)
        except StoreFailed as error:
            log.error("old events could not be thrown away: %s", error.detail)
