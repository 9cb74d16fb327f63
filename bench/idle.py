"""A large world in both CRMs: a first sync, the one that reads its own writes, and one with nothing to do."""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import sync_world
from bench.areas import Options
from bench.measure import Measured, Watch, in_child
from bench.rows import Row, figure
from bench.servers import Emulator, emulator
from core.clock import system_clock
from scoring.model import DEFAULT_MODEL, load_model
from shortlist.demo.stage import write_config
from shortlist.wiring import open_app
from sync.engine import Engine
from sync.install import install
from sync.progress import Quiet
from sync.runs import run_sync
from sync.wanted import lists_of

AREA = "sync"
SIZES = {"S": 2_000, "M": 20_000, "L": 100_000}
"""Accounts in each CRM."""
_BEGIN = datetime.fromisoformat(f"{sync_world.SINCE}T09:00:00+00:00")
_PAUSE, _NONE = timedelta(hours=3), timedelta(0)
_MOST_CPU_SECONDS, _MOST_MB = 10.0, 400.0
"""Goals for 100,000 accounts."""


@dataclass(frozen=True, slots=True)
class Synced:
    """What one sync read and wrote, and its API calls by CRM and operation."""

    read: int
    written: int
    calls: Counter[str]


def measure(options: Options) -> Iterator[Row]:
    """Three syncs an hour apart on one afternoon, each in a process of its own."""
    size = options.size(SIZES[options.world_size])
    with _crms(size) as crms, TemporaryDirectory() as folder:
        config = write_config(Path(folder), {name: crm.url for name, crm in crms.items()})
        shift = _BEGIN - datetime.now(UTC)
        _advance(crms, shift)
        in_child(install_everywhere, config, shift)
        names = ("first sync", "sync that reads its own writes", "sync with nothing to do")
        for name in names:
            measured = in_child(sync_at, config, shift)
            yield from _shown(f"{name}, {size:,} accounts in two CRMs", measured, is_idle=name == names[-1])
            _advance(crms, _PAUSE)
            shift += _PAUSE


@contextmanager
def _crms(size: int) -> Iterator[dict[str, Emulator]]:
    with ExitStack() as stack:
        crms = {
            name: stack.enter_context(emulator(name, make, size))
            for name, make in (("salesforce", sync_world.salesforce), ("hubspot", sync_world.hubspot))
        }
        crms["hubspot"].change(burst_limit=None, search_per_second=None)
        yield crms


def _advance(crms: dict[str, Emulator], by: timedelta) -> None:
    for crm in crms.values():
        crm.advance(by.total_seconds())


def _shown(name: str, measured: Measured[Synced], *, is_idle: bool) -> Iterator[Row]:
    value = measured.value
    yield figure(AREA, name, value.read, "records read")
    yield figure(AREA, name, measured.wall_seconds, "s (wall)")
    yield figure(AREA, name, measured.cpu_seconds, "CPU s", at_most=_MOST_CPU_SECONDS if is_idle else None)
    yield figure(AREA, name, measured.peak_rss_mb, "MB", at_most=_MOST_MB if is_idle else None)
    yield figure(AREA, name, value.calls.total(), "calls")
    yield figure(AREA, name, value.written, "records and members written", at_most=0 if is_idle else None)
    if is_idle:
        asked = sum(count for operation, count in value.calls.items() if ": read " in operation)
        yield figure(AREA, name, asked, "calls that ask what changed", at_most=least_asking(value.calls))


def least_asking(calls: Counter[str]) -> int:
    """The fewest calls that can ask for everything that was asked for here.

    Salesforce takes one for each object and one for each object's deletions, HubSpot two for each object (a search
    and a look into the recycle bin). Target lists are read page by page, whole.
    """
    least = 0
    for operation, made in calls.items():
        crm, _, asked = operation.partition(": ")
        if asked == "read members":
            least += made
        elif asked.startswith("read "):
            least += 2 if crm == "hubspot" else 1
    return least


def install_everywhere(_watch: Watch, config: Path, shift: timedelta = _NONE) -> None:
    """Make fields and lists in both CRMs; not measured."""
    with _engine(config, shift) as engine:
        for connected in engine.connections:
            install(engine.database, connected, lists_of(engine.model))


def sync_at(watch: Watch, config: Path, shift: timedelta = _NONE) -> Synced:
    """One whole sync, by a clock that is so far from the machine's."""
    with _engine(config, shift) as engine:
        with watch:
            report = run_sync(engine)
        calls: Counter[str] = Counter()
        for name, by_operation in report.calls.items():
            calls.update({f"{name}: {operation}": count for operation, count in by_operation.items()})
        counts = report.counts()
        return Synced(counts["read"], counts["records_written"] + counts["members_changed"], calls)


@contextmanager
def _engine(config: Path, shift: timedelta) -> Iterator[Engine]:
    model, text = load_model(DEFAULT_MODEL), DEFAULT_MODEL.read_text(encoding="utf-8")
    with open_app(config) as app:
        yield Engine(
            app.database, app.connections, app.config, model, text, Quiet(), lambda: system_clock() + shift
        )
