"""GET /metrics for Prometheus: counts and ages, with the names of connections, objects and schedules only."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

from core.clock import Clock, millis
from store import vitals
from store.connections import connection_numbers
from store.database import Database
from store.inbox import dropped_hints, waiting
from store.jobs import Job, all_jobs
from store.schedules import schedules
from sync.tasks import key_of

_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def metrics_blueprint(database: Database, clock: Clock) -> Blueprint:
    """GET /metrics."""
    blueprint = Blueprint("metrics", __name__)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Vitals(database, clock))

    @blueprint.get("/metrics")
    def metrics() -> Response:
        return Response(generate_latest(registry), content_type=_TYPE)

    return blueprint


@dataclass(frozen=True, slots=True)
class _Vitals:
    """Reads everything anew whenever it is asked."""

    database: Database
    clock: Clock

    def collect(self) -> Iterator[Metric]:
        now_ms, jobs = millis(self.clock()), all_jobs(self.database)
        yield from _of_jobs(jobs, now_ms)
        yield from self._of_schedules({job.key: job for job in jobs})
        yield from self._of_connections(now_ms)
        yield from self._of_hints(now_ms)

    def _of_schedules(self, jobs: dict[str, Job]) -> Iterator[Metric]:
        done = _gauge("schedule_last_success_timestamp_seconds", "When its job was done last", "schedule")
        paused = _gauge("schedule_paused", "1 while it is paused", "schedule")
        for schedule in schedules(self.database):
            job = jobs.get(key_of(schedule.task, schedule.arguments))
            if job is not None and job.done_at is not None:
                done.add_metric([schedule.name], job.done_at / 1000)
            paused.add_metric([schedule.name], int(schedule.is_paused))
        yield done
        yield paused

    def _of_hints(self, now_ms: int) -> Iterator[Metric]:
        names = {number: name for name, number in connection_numbers(self.database).items()}
        size = _gauge(
            "hints_waiting",
            "Records that CRMs told of and that were not read again yet; each delivery counts until it is looked at",
            "connection",
        )
        age = _gauge("oldest_hint_age_seconds", "How long the oldest of them waits", "connection")
        for number, (found, since_ms) in waiting(self.database).items():
            size.add_metric([names[number]], found)
            age.add_metric([names[number]], (now_ms - since_ms) / 1000)
        yield size
        yield age
        dropped = _gauge("hints_dropped_total", "Events that were left out", "connection", "reason")
        for (number, reason), events in dropped_hints(self.database).items():
            dropped.add_metric([names[number], reason], events)
        yield dropped

    def _of_connections(self, now_ms: int) -> Iterator[Metric]:
        lag = _gauge(
            "cursor_lag_seconds", "Age of the newest change that was surely read", "connection", "object"
        )
        for found in vitals.cursor_lags(self.database):
            if found.since_ms is not None:
                lag.add_metric([found.connection, found.stream], (now_ms - found.since_ms) / 1000)
        yield lag
        left = _gauge("api_calls_left", "API calls left today, as the CRM said last", "connection")
        for name, calls in vitals.calls_left(self.database).items():
            left.add_metric([name], calls)
        yield left
        resting = _gauge("quarantine_size", "Writes that rest", "connection")
        for name, size in vitals.quarantine_sizes(self.database).items():
            resting.add_metric([name], size)
        yield resting


def _of_jobs(jobs: list[Job], now_ms: int) -> Iterator[Metric]:
    waiting = [job.wanted_at for job in jobs if job.is_due(now_ms) and job.wanted_at is not None]
    yield _single("jobs_waiting", "Jobs that are due and not begun", len(waiting))
    yield _single(
        "jobs_running", "Jobs that were begun and have not ended", sum(j.started_at is not None for j in jobs)
    )
    yield _single(
        "jobs_given_up",
        "Jobs that rest until a person asks for them",
        sum(j.dead_at is not None for j in jobs),
    )
    age = (now_ms - min(waiting)) / 1000 if waiting else 0.0
    yield _single("oldest_job_age_seconds", "How long the oldest of them waits", age)


def _gauge(name: str, words: str, *labels: str) -> Any:
    return GaugeMetricFamily(f"shortlist_{name}", words, labels=labels)


def _single(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(f"shortlist_{name}", words, value=value)
