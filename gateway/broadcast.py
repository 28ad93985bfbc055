"""Broadcast probes: what adapters shout into a LAN, and who answers."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from gateway.adapter import Network, Probe, Sighting
from gateway.boundary import at_once
from gateway.datagrams import Wire, broadcasting
from gateway.problems import Problems, reason

LONGEST_PAYLOAD = 2048


class Broadcast:
    """One prober for all probes. Each has a socket of its own on each LAN, so that an answer
    says which probe it answers."""

    name = "broadcast"

    def __init__(
        self,
        networks: Sequence[Network],
        probes: Iterable[Probe],
        heard: Callable[[Sighting], None],
        problems: Problems,
    ) -> None:
        self._networks = networks
        self._heard = heard
        self._problems = problems
        self._payloads: dict[Probe, bytes | None] = {}
        self._probes = tuple(dict.fromkeys(probes))
        self._wires = {
            (network, probe): Wire(
                partial(broadcasting, network.interface), partial(self._received, probe)
            )
            for network in networks
            for probe in self._probes
        }

    async def search(self, turn: int) -> None:
        """Send every probe to every LAN; a probe that cannot be made is left out for good."""
        for probe in self._probes:
            if probe not in self._payloads:
                self._payloads[probe] = self._made(probe)
        for network in self._networks if any(self._payloads.values()) else ():
            where = f"broadcast on {network.broadcast}"
            failed = [why for probe in self._probes if (why := self._send(network, probe))]
            if failed:
                self._problems.failed(where, failed[0])
            else:
                self._problems.works(where)

    async def aclose(self) -> None:
        """Close every socket."""
        for wire in self._wires.values():
            wire.close()

    def _send(self, network: Network, probe: Probe) -> str | None:
        """Send one probe into one LAN; return why it could not be sent."""
        payload = self._payloads[probe]
        if payload is None:
            return None
        try:
            self._wires[network, probe].send(payload, (network.broadcast, probe.port))
        except OSError as error:
            return reason(error)
        return None

    def _made(self, probe: Probe) -> bytes | None:
        what = f"the probe {probe.name}"
        payload = at_once(probe.payload, what, None)
        if payload is None:
            self._problems.failed(what, "cannot be made")
        return payload

    def _received(self, probe: Probe, packet: bytes, sender: str) -> None:
        payload = packet[:LONGEST_PAYLOAD].hex()
        self._heard(Sighting("broadcast", sender, probe.port, probe.name, {"payload": payload}))
