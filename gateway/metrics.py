"""What homeport counts and measures of itself, in the words of Prometheus.

Most of it is counted where it happens and only read here; what is measured are the attempts of
deliveries. Names follow Prometheus' naming practice: base units, totals end in `_total`.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from gateway.home import Home
    from gateway.outbox import Attempt

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15)


class Metrics:
    """The counters of one home; made once, before anything is delivered."""

    def __init__(self, home: "Home") -> None:
        self._home = home
        self._registry = CollectorRegistry()
        self._counted = _Counted(home)
        self._registry.register(self._counted)
        self._attempts = Histogram(
            "homeport_webhook_attempt_seconds",
            "How long receivers take to answer.",
            buckets=BUCKETS,
            registry=self._registry,
        )
        home.webhooks.deliveries.listener = self._attempt

    def _attempt(self, attempt: "Attempt") -> None:
        if attempt.status is not None:
            self._attempts.observe(attempt.milliseconds / 1000)

    async def text(self) -> str:
        """Return everything in Prometheus' text format 0.0.4."""
        self._counted.pending = await self._home.webhooks.pending()
        return generate_latest(self._registry).decode()


class _Counted(Collector):
    """Reads what is counted elsewhere."""

    def __init__(self, home: "Home") -> None:
        self._home = home
        self.pending: dict[str, int] = {}
        """What waits to be delivered, by webhook: the one thing that is not at hand."""

    def collect(self) -> Iterator[Metric]:
        home = self._home
        seen = [entry for entry in home.registry if not entry.twin_of]
        yield _gauge("homeport_devices", "Known devices.", len(seen))
        online = sum(entry.online for entry in seen)
        yield _gauge("homeport_devices_online", "Devices that answer.", online)
        yield _count("homeport_events", "Events in the log, ever.", home.events.last)
        waiting = home.events.waiting
        yield _gauge("homeport_events_waiting", "Events that are not on the disk yet.", waiting)
        deliveries = CounterMetricFamily(
            "homeport_webhook_attempts", "Attempts to deliver, by outcome.", labels=["outcome"]
        )
        for outcome, number in home.webhooks.deliveries.counts.items():
            deliveries.add_metric([outcome], number)
        yield deliveries
        waiting_for = GaugeMetricFamily(
            "homeport_webhook_pending", "Events that wait to be delivered.", labels=["webhook"]
        )
        for id, pending in self.pending.items():
            waiting_for.add_metric([id], pending)
        yield waiting_for
        lost = CounterMetricFamily(
            "homeport_samples_dropped", "Measurements that could not be kept.", labels=["reason"]
        )
        for reason, number in home.history.lost.items():
            lost.add_metric([reason], number)
        yield lost


def _gauge(name: str, said: str, value: float) -> Metric:
    return GaugeMetricFamily(name, said, value=value)


def _count(name: str, said: str, value: float) -> Metric:
    return CounterMetricFamily(name, said, value=value)
