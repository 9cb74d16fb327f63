"""The running service: how fresh the CRMs are, what webhooks cost, how hints are drained."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import hubspot_world
from bench.areas import Options
from bench.freshness import CHANGES_A_SECOND, freshness
from bench.hook_load import EVENTS, send_load
from bench.measure import Watch, in_child
from bench.rows import Row, figure
from bench.servers import emulator
from bench.service_stage import engine_of, prepare, serving, write_config
from bench.sharing import shared_scoring
from bench.workers import throughput
from store.inbox import waiting
from sync.hinted import run_hints

AREA = "service"
_ACCOUNTS, _CHANGES = 2_000, 1_200
_REQUESTS_A_SECOND, _SECONDS = 500, 30
_HINTS = 100_000
_READ = "read companies"
"""What a connector calls the reads; it also looks once at the schema."""
_GOAL_FRESH_SECONDS, _GOAL_ANSWER_MS = 5.0, 50.0


def measure(options: Options) -> Iterator[Row]:
    """Freshness, then the load and the drain of what it left in the inbox."""
    with TemporaryDirectory() as folder:
        accounts, changes = options.size(_ACCOUNTS), options.size(_CHANGES)
        passed = freshness(Path(folder), accounts=accounts, changes=changes)
    name = f"{CHANGES_A_SECOND} changes a second, {accounts:,} accounts in both CRMs, to both written"
    yield figure(AREA, f"{name}: p50", _share(passed, 0.5), "s")
    yield figure(AREA, f"{name}: p95", _share(passed, 0.95), "s", at_most=_GOAL_FRESH_SECONDS)
    yield figure(AREA, f"{name}: changes that moved a score", len(passed), "changes")
    yield from _loaded(options)
    yield from throughput(options)
    yield from shared_scoring(options)


def _loaded(options: Options) -> Iterator[Row]:
    hints, seconds = options.size(_HINTS), options.size(_SECONDS)
    with (
        TemporaryDirectory() as folder,
        emulator("hubspot", hubspot_world.companies_alone, hints) as hubspot,
    ):
        config = write_config(Path(folder), hubspot)
        in_child(_prepare, config)
        with serving(config) as stage:
            # A service that runs for months is warm.
            send_load(stage.url, per_second=_REQUESTS_A_SECOND // 10, seconds=1, objects=hints)
            times, refused = send_load(
                stage.url, per_second=_REQUESTS_A_SECOND, seconds=seconds, objects=hints
            )
        name = f"{_REQUESTS_A_SECOND} requests a second of {EVENTS} events for {seconds} s"
        yield figure(AREA, f"{name}: p50 to the committed answer", _share(times, 0.5), "ms")
        p99 = _share(times, 0.99)
        yield figure(AREA, f"{name}: p99 to the committed answer", p99, "ms", at_most=_GOAL_ANSWER_MS)
        yield figure(AREA, f"{name}: not taken", refused, "requests", at_most=0)
        drained = in_child(_drain, config)
    served, calls, least = drained.value
    name = f"drain {hints:,} hints that say nothing new"
    yield figure(AREA, name, served, "records read again")
    yield figure(AREA, name, drained.wall_seconds, "s (wall)")
    yield figure(AREA, name, drained.cpu_seconds, "CPU s")
    yield figure(AREA, name, calls, "reading calls", at_most=least)


def _prepare(_watch: Watch, config: Path) -> None:
    prepare(config)


def _drain(watch: Watch, config: Path) -> tuple[int, int, int]:
    """Serve everything that waits: records read, calls that read, and the fewest that could have read them."""
    read = calls = least = 0
    with engine_of(config) as engine:
        while waiting(engine.database):
            with watch:
                report = run_hints(engine)
            read += report.counts()["read"]
            calls += sum(by_operation.get(_READ, 0) for by_operation in report.calls.values())
            least += sum(report.least_read_calls.values())
    return read, calls, least


def _share(values: Sequence[float], share: float) -> float:
    """The value that this share of sorted values does not exceed."""
    return values[min(int(len(values) * share), len(values) - 1)] if values else float("inf")
