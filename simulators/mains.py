"""What every simulated thing with a plug has in common."""

from __future__ import annotations

from typing import Self


class Mains:
    """Something that has power or not; started it has, stopped it leaves no task and no socket."""

    async def plug_in(self) -> None:
        """Give it power, with the state that it has; OSError where an address or port is taken."""
        raise NotImplementedError

    async def unplug(self) -> None:
        """Take the power away; the state stays. Once is as good as twice."""
        raise NotImplementedError

    async def start(self) -> None:
        """Come up with the state that it has; nothing happens when it is up."""
        await self.plug_in()

    async def stop(self) -> None:
        """Leave no task and no socket behind; nothing happens when it is down."""
        await self.unplug()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.stop()
