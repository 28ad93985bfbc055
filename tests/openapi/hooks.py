"""What schemathesis has to know of tools beyond their schemas; schemathesis.toml names this."""

from itertools import count
from typing import Any

import schemathesis

SUBJECTS = {"targets", "target", "name", "id", "plan", "property", "to", "message", "url", "when"}
WAITS = "/v1/tools/wait_for_events"
TURNS = count()


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """Let every second well-formed body ask for one thing at most, each in its turn.

    Optional arguments come all at once or not at all otherwise, and tools refuse both where some
    exclude each other. A body without an optional argument still fits its schema. What waits when
    it is asked nothing is asked not to.
    """
    body = case.body
    if case.operation.path == WAITS and case.meta.generation.mode.is_positive:
        case.body = (body if isinstance(body, dict) else {}) | {"timeout": 0}
        return
    if not case.meta.generation.mode.is_positive or not isinstance(body, dict):
        return
    asked = [None, *sorted(body.keys() - SUBJECTS)]
    turn = next(TURNS)
    if turn % 2:
        kept = {*SUBJECTS, asked[turn // 2 % len(asked)]}
        case.body = {name: value for name, value in body.items() if name in kept}
