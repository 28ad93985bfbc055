"""What one operation is: a path and a method, what it takes and what it answers."""

import re
from dataclasses import dataclass

from gateway.schema import Model


class NoParameters(Model):
    """No parameters."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One path and method: what it takes, what it answers, and the problems that only it has."""

    method: str
    path: str
    name: str
    topic: str
    summary: str
    answer: type[Model]
    query: type[Model] = NoParameters
    body: type[Model] | None = None
    takes_file: bool = False
    """The body is a file of any size, which the page reads by itself."""
    problems: tuple[int, ...] = ()
    media: str = "application/json"
    other_media: tuple[str, ...] = ()
    needs_token: bool = True
    owner_only: bool = False
    owners_parameters: tuple[str, ...] = ()

    @property
    def places(self) -> list[str]:
        """The parts of the path that vary."""
        return re.findall(r"{(\w+)}", self.path)
