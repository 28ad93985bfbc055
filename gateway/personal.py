"""What the surfaces need of personal data, which the core itself knows nothing of."""

from collections.abc import AsyncIterator
from typing import Any, Protocol


class Workouts(Protocol):
    """The book of workouts, as far as files go in and out."""

    async def take_in(
        self, name: str, pieces: AsyncIterator[bytes], person: str | None
    ) -> dict[str, Any]:
        """Take the workouts of a file: all, or none where it raises.

        Returns JSON data that begins with `summary`. Raises InvalidArguments for what is no
        file of a known format, or is damaged or hostile.
        """

    async def going(self) -> list[dict[str, Any]]:
        """Return the imports that go on: `{name, read, total}`, bytes; 0 of 0 waits its turn."""

    async def give_out(self, id: str, format: str) -> tuple[str, bytes]:
        """Return one workout as a file: its name and its bytes.

        Raises NotFound for an unknown workout, InvalidArguments for an unknown format.
        """

    async def assign(self, id: str, person: str | None) -> dict[str, Any]:
        """Say whose workout it is, or that it is nobody's; NotFound where there is none."""
