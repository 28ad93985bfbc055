"""How an answer is kept within what an agent is willing to read."""

from collections.abc import Iterable
from typing import TypeVar

from gateway.schema import Model

BUDGET = 7000
"""Bytes of JSON that an answer's list may have: about two to a token where names are dense."""

Item = TypeVar("Item", bound=Model)


def fitting(models: Iterable[Item], budget: int = BUDGET) -> list[Item]:
    """Return as many models as fit into an answer, at least one."""
    kept: list[Item] = []
    for model in models:
        budget -= len(model.model_dump_json(exclude_none=True).encode())
        if budget < 0 and kept:
            break
        kept.append(model)
    return kept
