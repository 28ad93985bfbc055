"""What moves: it is done when it has taken the place where it is to go."""

from collections.abc import Mapping
from typing import Any

from gateway.capability import Capability
from gateway.schema import Model


class Moving(Capability):
    """Base of kinds with `open` and `target_open`; one that tells no target is judged by `open`."""

    @classmethod
    def shows(cls, state: Model, wanted: Mapping[str, Any]) -> bool:
        told = state.model_dump(include={"target_open"}, exclude_none=True)
        if "target_open" in wanted and not told:
            wanted = {"open": wanted["target_open"]}
        return super().shows(state, wanted)
