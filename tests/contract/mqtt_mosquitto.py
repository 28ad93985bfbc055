"""Debian's mosquitto, the independent broker."""

import asyncio
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

STARTED_WITHIN = 5.0
MOSQUITTO = shutil.which("mosquitto") or shutil.which("/usr/sbin/mosquitto")


class Mosquitto:
    """Debian's broker in a process of its own; it keeps nothing over a power cut."""

    def __init__(self, address: str, port: int = 1883, *more: str, anonymous: bool = True) -> None:
        self.address, self.port = address, port
        self._more = [f"allow_anonymous {str(anonymous).lower()}", *more]
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    async def start(self) -> None:
        """Start it; return when it listens."""
        await asyncio.to_thread(self._start)
        try:
            async with asyncio.timeout(STARTED_WITHIN):
                while not await self._listens():
                    await asyncio.sleep(0.02)
        except TimeoutError:
            await self.stop()
            raise

    async def stop(self) -> None:
        """End it, as a power cut would."""
        await asyncio.to_thread(self._stop)

    unplug, plug_in = stop, start

    def _start(self) -> None:
        assert MOSQUITTO is not None
        self._folder = tempfile.TemporaryDirectory(prefix="mosquitto-")
        settings = Path(self._folder.name, "mosquitto.conf")
        lines = [f"listener {self.port} {self.address}", *self._more]
        if os.geteuid() == 0:
            lines.append("user root")  # otherwise it could not read what is only root's
        settings.write_text("\n".join(lines) + "\n", "utf-8")
        self._process = subprocess.Popen(
            [MOSQUITTO, "-c", str(settings)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    async def _listens(self) -> bool:
        try:
            _, writer = await asyncio.open_connection(self.address, self.port)
        except OSError:
            return False
        writer.transport.abort()
        return True
