"""What the server counts, for Prometheus. Every label has few values, all known beforehand; none is a patient's.

The server's own process counts: its workers tell it what they answered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from weakref import WeakSet

from fastapi import APIRouter, Depends, Response
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    Info,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from oncocds_api.audit.filling import AuditFiller
from oncocds_api.security.guards import GUARD_PROBLEMS, Guard
from oncocds_api.web.problems import documented
from oncocds_api.workers.failures import Watching
from oncocds_api.workers.turns import Rank
from oncocds_api.workers.workers import Workers

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
disable_created_metrics()  # type: ignore[no-untyped-call]  # when counters began: as many figures again


class Metrics(Watching):
    """The counters of one server. ``docs/metrics.md`` says what each means."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self._pools: WeakSet[Workers] = WeakSet()
        self._waiting_feedback: Callable[[], int] = lambda: 0
        self._audit_database: AuditFiller | None = None

        def counter(name: str, what: str, *labels: str) -> Counter:
            return Counter(f"oncocds_{name}", what, labels, registry=registry)

        self._requests = counter("requests", "Requests answered.", "route", "status")
        self._seconds = Histogram(
            "oncocds_request_seconds", "How long answers took.", ["route"], registry=registry, buckets=_SECONDS
        )
        self._worked = counter("answers", "Answers of worker processes.", "kind", "outcome")
        self._lost = counter("workers_lost", "Workers that ended, or could not begin.", "why")
        self._missing = counter("data_unavailable", "Hook calls answered with 412: what was missing.", "key", "why")
        self._left_out = counter("records_left_out", "Records of patients that could not be used.", "reason")
        self._open = counter("lists_open", "Lists of patients that may hold more than was read.", "list")
        self._cards = counter("cards", "Cards shown.", "hook", "indicator")
        self._overridden = counter("overrides", "Cards that were overridden, by the rules they rest on.", "rule")
        self._key_sets = counter("key_set_failures", "Sets of keys that could not be fetched.")
        self._connections = counter("connections_ended", "Connections that the server ended.", "why")
        self._knowledge = Info("oncocds_knowledge", "What is answered from.", registry=registry)
        for why in ("died", "hung", "memory", "not-started"):
            self._lost.labels(why)
        for why in ("too-many", "slow-head", "slow-read"):
            self._connections.labels(why)
        registry.register(_Now(self._pools, lambda: self._waiting_feedback(), lambda: self._audit_database))
        ProcessCollector(registry=registry)

    def request(self, route: str, status: int, seconds: float) -> None:
        """Count a request by the template of its path."""
        self._requests.labels(route, status).inc()
        self._seconds.labels(route).observe(seconds)

    def watched(self, pool: Workers) -> None:
        """Take note of a pool of workers: its queue and its workers are told."""
        self._pools.add(pool)

    def answered(self, kind: str, header: Mapping[str, Any]) -> None:
        """Count what a worker answered."""
        outcome: str = header["outcome"]
        self._worked.labels(kind, header["type"] if outcome == "fault" else outcome).inc()
        if outcome == "unavailable":
            for one in header["missing"]:
                self._missing.labels(one["key"], one["why"]).inc()
        about = header.get("about", {})
        for reason, number in about.get("left_out", {}).items():
            self._left_out.labels(reason).inc(number)
        for name in about.get("open", ()):
            self._open.labels(name).inc()
        for card in header.get("shown", ()):
            self._cards.labels(header["hook"], card["urgency"]).inc()

    def lost(self, why: str) -> None:
        """Count a worker that is not there any more, or could not begin."""
        self._lost.labels(why).inc()

    def overridden(self, rule: str) -> None:
        """Count a card that was overridden, for a rule it rests on."""
        self._overridden.labels(rule).inc()

    def key_set_failed(self) -> None:
        """Count a set of keys that could not be had."""
        self._key_sets.inc()

    def connection_ended(self, why: str) -> None:
        """Count a connection that was ended."""
        self._connections.labels(why).inc()

    def feedback(self, waiting: Callable[[], int]) -> None:
        """Take note of what tells how many entries wait for the feedback database."""
        self._waiting_feedback = waiting

    def audit_database(self, filler: AuditFiller) -> None:
        """Take note of what fills the audit database."""
        self._audit_database = filler

    def knowledge(self, **told: str) -> None:
        """Tell what is answered from."""
        self._knowledge.info(told)


class _Now(Collector):
    """What is so at the moment of asking."""

    def __init__(
        self, pools: WeakSet[Workers], feedback: Callable[[], int], audit: Callable[[], AuditFiller | None]
    ) -> None:
        self._pools = pools
        self._feedback = feedback
        self._audit = audit

    def collect(self) -> Iterator[GaugeMetricFamily]:
        pools = list(self._pools)
        queue = GaugeMetricFamily("oncocds_queue", "Requests that wait for a worker.", labels=["rank"])
        for rank in Rank:
            queue.add_metric([rank.name.lower()], sum(pool.waiting(rank) for pool in pools))
        yield queue
        workers = GaugeMetricFamily("oncocds_workers", "Workers that may answer.", sum(pool.able for pool in pools))
        yield workers
        yield GaugeMetricFamily("oncocds_feedback_waiting", "Entries that wait for the database.", self._feedback())
        filler = self._audit()
        if filler is not None and (told := filler.state).state != "elsewhere":
            for name, what, number in (
                ("waiting_bytes", "Bytes of records that the audit database lacks.", told.waiting_bytes),
                ("lag_seconds", "How long the oldest of them waits.", told.lag_seconds),
                ("left_out", "Lines of the files that are no records.", told.left_out),
                ("failing", "Whether the audit database fails.", told.state == "failing"),
            ):
                yield GaugeMetricFamily(f"oncocds_audit_database_{name}", what, number)


def metrics_routes(metrics: Metrics, guard: Guard | None) -> APIRouter:
    """Return the route; ``guard`` checks who asks."""
    router = APIRouter(dependencies=[] if guard is None else [Depends(guard)])

    @router.get("/metrics", response_class=Response, responses=documented(*([] if guard is None else GUARD_PROBLEMS)))
    async def told() -> Response:
        """Tell what the server counts, for Prometheus."""
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)

    return router
